"""An optimizer that changes nothing: for a run that computes and judges only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from redheart.training.run.optimizers import Stepper


class StandStill:
    """Groups and gradients as another stepper has them; no step is taken, and no state is kept."""

    def __init__(self, stepper: Stepper) -> None:
        self._stepper = stepper
        self.param_groups: list[dict[str, Any]] = stepper.param_groups

    def step(self) -> None:
        """Leave every weight as it is."""

    def zero_grad(self) -> None:
        """Drop all gradients."""
        self._stepper.zero_grad()

    def state(self) -> dict[str, Tensor]:
        """Nothing."""
        return {}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Nothing to take."""
