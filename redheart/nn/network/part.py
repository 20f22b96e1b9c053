"""What every head, analyzer, auxiliary and wrapper of the network is: features in, raw predictions by target out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal

from torch import Tensor, nn

from redheart.nn.network.packed import Packed

#: The projection of the backbone that a part reads.
Task = Literal["emotion", "bentham", "regret", "surd"]
TASKS: tuple[Task, ...] = ("emotion", "bentham", "regret", "surd")


@dataclass(frozen=True, slots=True)
class Features:
    """One task's projection of the backbone: `states` (R, d), a document token before each document's sentences."""

    states: Packed
    document: Tensor  # (B, d): the document tokens


@dataclass(frozen=True, slots=True)
class PartOutput:
    """Raw predictions (B, outputs) by target, before any squashing, and penalties, each a mean over what was read."""

    predictions: dict[str, Tensor]
    penalties: dict[str, Tensor] = field(default_factory=dict)


class Part(nn.Module):
    """One part of the network. Subclasses say what they read and what they may be taught."""

    task: ClassVar[Task]
    targets: ClassVar[tuple[str, ...]]

    def forward(self, features: Features) -> PartOutput:
        """Features of `task` -> predictions of every target of `targets`."""
        raise NotImplementedError
