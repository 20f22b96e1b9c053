"""What one run was asked to do: settings with the places of its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from redheart.config.train import TrainSection
from redheart.training.run.folder import RunFolder


@dataclass(frozen=True, slots=True)
class Asked:
    """One `redheart train`."""

    settings: TrainSection
    data: tuple[Path, ...]
    folder: RunFolder
    sweep: bool = False  # search the learning rate first
    update: bool = True  # false: the main run computes and judges, and changes no weight
    resume: bool = False
    plots: bool = True
    tensorboard: bool = False
