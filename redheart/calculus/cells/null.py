"""What a decomposition gives by chance alone: the target shifted or permuted against its agents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Kind = Literal["permutation", "shift"]
Codes = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Null:
    """By label, shares of H(T); "explained" is the sum of all terms, 1 - leak.

    `mean`: of the draws. `corrected`: raw minus mean, may be negative, never clipped. `p_values`: (1 + draws at or
    above the raw share) / (1 + draws) (Davison and Hinkley 1997). `draws`: how many were taken; a series of N samples
    has only N - 1 - 2 lag circular shifts that are further than the lag. The null cuts the target off from all agents
    at once: its hypothesis is that none of them tells anything. Where one does, "explained" is still fair, and a unique
    term of a bystander exceeds the null too seldom; but what a cause shares with a bystander exceeds it too often at
    p 0.05: a redundancy in a third of the cases, a synergy of several causes and a bystander in a fifth.
    """

    kind: Kind
    draws: int
    seed: int
    mean: dict[str, float]
    corrected: dict[str, float]
    p_values: dict[str, float]


@dataclass(frozen=True, slots=True)
class Draws:
    """How many orders of the target to take, from which seed; `lag` > 0 shifts a series, 0 permutes samples."""

    number: int
    seed: int
    lag: int = 0

    @property
    def kind(self) -> Kind:
        """What is done to the target."""
        return "shift" if self.lag else "permutation"

    def orders(self, target: Codes) -> Iterator[Codes]:
        """`target` (N,) in other orders. Shifts are all different, and further than the lag: one by the lag itself
        would lay the series on its own present. Raises ValueError where no shift is left.
        """
        random = np.random.default_rng(self.seed)
        if self.kind == "permutation":
            return (random.permutation(target) for _ in range(self.number))
        shifts = np.arange(self.lag + 1, len(target) - self.lag)
        if not len(shifts):
            raise ValueError(f"lag '{self.lag}' leaves no circular shift of {len(target)} samples; use a longer series")
        return (np.roll(target, shift) for shift in random.permutation(shifts)[: self.number].tolist())


def null_of(raw: dict[str, float], target: Codes, draws: Draws, shares: Callable[[Codes], dict[str, float]]) -> Null:
    """`raw` shares with "leak"; `shares` decomposes another order of the target's bin numbers (N,)."""
    found = _terms(raw)
    rows = np.array([list(_terms(shares(codes)).values()) for codes in draws.orders(target)])
    mean = rows.mean(0)
    values = np.array(list(found.values()))
    p_values = (1 + (rows >= values - 1e-12).sum(0)) / (1 + len(rows))
    return Null(
        draws.kind,
        len(rows),
        draws.seed,
        dict(zip(found, mean.tolist(), strict=True)),
        dict(zip(found, (values - mean).tolist(), strict=True)),
        dict(zip(found, p_values.tolist(), strict=True)),
    )


def _terms(shares: dict[str, float]) -> dict[str, float]:
    """The terms, then their sum; the leak is the rest of it."""
    return {name: share for name, share in shares.items() if name != "leak"} | {"explained": 1.0 - shares["leak"]}
