"""How good a checkpoint is on labelled rows: tasks as data, figures with baselines, intervals, calibration."""
