"""AdamW in three arrangements of memory, behind one protocol."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from redheart.config.train import TrainSection
from redheart.training.run.optimizers.adamw import PlainAdamW
from redheart.training.run.optimizers.adamw8bit import EightBitAdamW
from redheart.training.run.optimizers.mastered import MasteredAdamW
from redheart.training.run.optimizers.stepper import ParameterGroup, Stepper

__all__ = ["ParameterGroup", "Stepper", "build_stepper"]


def build_stepper(groups: Sequence[ParameterGroup], settings: TrainSection, device: torch.device) -> Stepper:
    """The optimizer that the settings name, over parameters that already lie on `device` in their precision."""
    if settings.optimizer == "adamw8bit":
        return EightBitAdamW(groups, device)
    if settings.optimizer == "offloaded":
        return MasteredAdamW(groups, device, torch.device("cpu"))
    if settings.precision == "bfloat16":
        return MasteredAdamW(groups, device, device)
    return PlainAdamW(groups, device)
