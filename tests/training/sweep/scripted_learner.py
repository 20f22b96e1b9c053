"""A learner whose losses are a formula: a parabola over the log rate, noise by rate and seed, then divergence."""

import math
import random

from redheart.training.sweep.trial import Trial


class ScriptedLearner:
    """Counts its trials; raises KeyboardInterrupt in place of the trial numbered `dies_at`, counted from 1."""

    def __init__(
        self,
        best: float = 7e-4,
        noise: float = 0.0,
        diverges_above: float = 5e-3,
        dies_at: int | None = None,
        dies_in_range_test: bool = False,
    ) -> None:
        self.steps = 48
        self.best, self.noise, self.diverges_above = best, noise, diverges_above
        self.dies_at, self.dies_in_range_test = dies_at, dies_in_range_test
        self.asked: list[tuple[float, int]] = []

    def at(self, lr: float, seed: int) -> Trial:
        self.asked.append((lr, seed))
        if len(self.asked) == self.dies_at:
            raise KeyboardInterrupt
        if lr > self.diverges_above:
            return self._diverged(lr, seed)
        loss = self.loss(lr, seed)
        curve = tuple(loss + (2 - loss) * math.exp(-step * lr / self.best / 12) for step in range(self.steps))
        return Trial(
            lr=lr,
            seed=seed,
            steps=self.steps,
            validation_loss=loss,
            train_losses=curve,
            metric=1 - loss / 3,
            gradient_norm=1.0,
            seconds=0.25 + random.random(),
        )

    def loss(self, lr: float, seed: int) -> float:
        gust = random.Random(f"{lr!r} {seed}").gauss(0, self.noise)
        return 0.4 + 0.02 * math.log(lr / self.best) ** 2 + gust

    def ranged(self, lowest: float, highest: float, steps: int) -> tuple[tuple[float, float], ...]:
        if self.dies_in_range_test:
            raise KeyboardInterrupt
        rates = [lowest * (highest / lowest) ** (step / (steps - 1)) for step in range(steps)]
        return tuple((rate, self._ranged_loss(rate)) for rate in rates)

    def _ranged_loss(self, rate: float) -> float:
        fallen = 2 - 1.5 / (1 + (self.best / rate) ** 1.5)
        return fallen + max(0.0, math.log(rate / self.diverges_above)) ** 3 + random.Random(rate).gauss(0, 0.03)

    def _diverged(self, lr: float, seed: int) -> Trial:
        return Trial(
            lr=lr,
            seed=seed,
            steps=self.steps,
            validation_loss=None,
            train_losses=(2.0, 90.0),
            metric=None,
            gradient_norm=None,
            seconds=0.25,
            diverged=True,
        )
