"""What adds up over one epoch."""

from __future__ import annotations

from pydantic import Field

from redheart.training.run.learner import Learned
from redheart.types.base import Frozen


class EpochSums(Frozen):
    """Sums over the steps of an epoch so far; plain float additions, in order, so that a resumed epoch sums alike."""

    steps: int = 0
    samples: int = 0
    loss: float = 0.0
    gradient_norms: dict[str, float] = Field(default_factory=dict)
    seconds: float = 0.0

    def plus(self, learned: Learned, samples: int, seconds: float) -> EpochSums:
        """With one more step."""
        norms = {name: self.gradient_norms.get(name, 0.0) + norm for name, norm in learned.gradient_norms.items()}
        return EpochSums(
            steps=self.steps + 1,
            samples=self.samples + samples,
            loss=self.loss + learned.loss,
            gradient_norms=norms,
            seconds=self.seconds + seconds,
        )

    def mean_norms(self) -> dict[str, float]:
        """Module -> mean gradient norm."""
        return {name: norm / self.steps for name, norm in self.gradient_norms.items()}
