"""Measures a published checkpoint's appraisals on dev rows, then records their errors in its config; weights stay.

    REDHEART_DATA=<folders> python -m redheart.training.appraisal_errors [--features runs/features] [--model FOLDER]

The features must have been made before: python -m redheart.training.features
"""

from __future__ import annotations

import argparse
from pathlib import Path

from redheart.nn.checkpoint import CheckpointConfig, build_model, read_config, state_reader, write_config
from redheart.nn.model import CompactModel
from redheart.training.batches import Dataset
from redheart.training.evaluate import appraisal_errors, outputs
from redheart.training.features import load


def main() -> None:
    """Measure, print, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--features", type=Path, default=Path("runs/features"))
    parser.add_argument("--model", type=Path, default=Path("models/compact"))
    given = parser.parse_args()
    dev = Dataset("crowd_envent", load("crowd_envent", "dev", given.features))
    model = loaded(given.model, read_config(given.model))
    errors = appraisal_errors(outputs(model, dev, ("appraisal",))["appraisal"], dev.targets["appraisal"])
    for name, error in errors.items():
        print(f"dev crowd_envent rmse {name:20s} {error:.4f}  (n {len(dev)})")
    # Read again only now: what others recorded meanwhile must not be lost.
    write_config(read_config(given.model).model_copy(update={"appraisal_errors": errors}), given.model)


def loaded(folder: Path, config: CheckpointConfig) -> CompactModel:
    """The model of a checkpoint with its weights. Raises CheckpointError if a file is missing or changed."""
    model = build_model(config)
    for name, module in model.modules().items():
        module.load_state_dict(state_reader(folder, config, name)(), strict=True, assign=True)
    for module in model.modules().values():
        module.eval().requires_grad_(False)
    return model


if __name__ == "__main__":
    main()
