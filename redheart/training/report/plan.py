"""What a run would do, told without doing it."""

from __future__ import annotations

from redheart.training.report.story import ModuleSize
from redheart.types.base import Frozen


class TrainPlan(Frozen):
    """One `redheart train --dry-run`."""

    preset: str
    encoder: str
    encoder_dim: int
    modules: tuple[ModuleSize, ...]
    samples: dict[str, int]  # split -> samples
    batch_size: int
    micro_batch: int
    epochs: int
    steps_an_epoch: int
    lr: float | None  # null: a sweep would find it
    sweep_trials: int = 0
    sweep_steps: int = 0  # of one trial
    device: str
    memory: dict[str, int]  # predicted bytes: 'weights', 'gradients', 'optimizer', 'activations', 'total'
    notes: tuple[str, ...] = ()

    @property
    def steps(self) -> int:
        """Updates of the main run."""
        return self.epochs * self.steps_an_epoch
