"""What the choice of weights asks of whoever can measure them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Judgement:
    """Weights measured on one split."""

    loss: float  # what training lowers, without penalties
    parts: dict[str, float]  # part -> its share of that loss
    sample_losses: np.ndarray  # (samples,) float64, their mean is `loss`: for paired comparison


class Judge(Protocol):
    """Measures weights on data that no step learned from."""

    def on(self, split: Literal["validation", "holdout"], weights: Mapping[str, Tensor]) -> Judgement:
        """`weights` are the whole network's, by parameter and buffer name."""
        ...
