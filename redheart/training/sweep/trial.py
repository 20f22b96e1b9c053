"""What the search for a learning rate asks of whoever can learn."""

from __future__ import annotations

from typing import Protocol

from redheart.types.base import Frozen


class Trial(Frozen):
    """One learning rate tried for a fixed number of steps from the same initial weights on the same batches.

    A trial whose loss left the finite numbers is `diverged`; its losses are then null.
    """

    lr: float
    seed: int
    steps: int
    validation_loss: float | None
    train_losses: tuple[float, ...]  # one a step, up to the divergence
    metric: float | None  # mean of the validation metrics that rise with quality
    gradient_norm: float | None  # mean over the steps, before clipping
    seconds: float
    diverged: bool = False


class Trials(Protocol):
    """A learner that starts anew at every call."""

    @property
    def steps(self) -> int:
        """Of one trial."""
        ...

    def at(self, lr: float, seed: int) -> Trial:
        """Learn at one peak rate. Another `seed` changes the order of samples, dropout; never the initial weights."""
        ...

    def ranged(self, lowest: float, highest: float, steps: int) -> tuple[tuple[float, float], ...]:
        """Learning-rate range test (Smith, 2017): (rate, loss) while the rate rises exponentially, to divergence."""
        ...
