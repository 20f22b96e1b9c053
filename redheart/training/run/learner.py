"""A network that learns, one step at a time: the same step serves the main run and every trial of a sweep."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from redheart.nn.network.network import Network
from redheart.training.corpus.dataset import Dataset
from redheart.training.run.gradients import Gradients
from redheart.training.run.objective import Objective
from redheart.training.run.optimizers import Stepper
from redheart.training.run.readers import Readers

#: Draws of one step must not repeat those of another; a prime keeps (seed, step) apart from (seed + 1, step - 1).
_STRIDE = 1_000_003


@dataclass(frozen=True, slots=True)
class Learned:
    """One step: loss before the update, by part and whole, and gradient norms before clipping, by module."""

    loss: float
    parts: dict[str, float]
    gradient_norm: float
    gradient_norms: dict[str, float]

    @property
    def finite(self) -> bool:
        """False if the loss or its gradient left the finite numbers."""
        return bool(np.isfinite([self.loss, self.gradient_norm]).all())


class Learner:
    """Owns the gradients of one network. `samples` of a step are numbers into `data`."""

    def __init__(
        self, network: Network, stepper: Stepper, data: Dataset, objective: Objective, clip: float, seed: int
    ) -> None:
        self.network, self.stepper, self.data, self.objective = network, stepper, data, objective
        self.clip, self.seed = clip, seed
        self.gradients = Gradients(network)
        self._parts = tuple(network.parts())
        self._readers = Readers(data, network.targets_by_part())
        self._device = next(network.parameters()).device
        self._compute: Callable[..., dict[str, Tensor]] = self._losses

    def step(self, number: int, micro_batches: Sequence[np.ndarray], lr: float) -> Learned:
        """One update from samples cut into micro-batches. A step whose gradient is not finite changes nothing.

        What is random in it (dropout) follows from seed and number alone, so that a step that is repeated, after a
        refused allocation or in a resumed run, is the same step.
        """
        torch.manual_seed((self.seed * _STRIDE + number) % 2**63)
        self.stepper.zero_grad()
        parts = self._accumulate(micro_batches)
        norms = self.gradients.clip(self.clip)
        loss = self.objective.total(parts) if parts else norms.new_zeros(())
        read = torch.cat([loss.reshape(1), norms, *(value.reshape(1) for value in parts.values())]).tolist()
        learned = self._learned(read, tuple(parts))
        if learned.finite:
            self._update(lr)
        return learned

    def _accumulate(self, micro_batches: Sequence[np.ndarray]) -> dict[str, Tensor]:
        """FORWARD and COMPUTE of every micro-batch; gradients add up. The parts' losses, detached."""
        whole = np.concatenate(micro_batches)
        known, read = self.data.known(whole), self._readers.counts(self.data.documents_of(whole)[0])
        sums: dict[str, Tensor] = {}
        for samples in micro_batches:
            losses = self._compute(samples, known, read)
            if not losses:
                continue
            self.objective.total(losses).backward()  # type: ignore[no-untyped-call]
            for part, loss in losses.items():
                sums[part] = sums[part] + loss.detach() if part in sums else loss.detach()
        return {part: sums[part] for part in self._parts if part in sums}

    def _losses(self, samples: np.ndarray, known: Mapping[str, float], read: Mapping[str, int]) -> dict[str, Tensor]:
        """`known` and `read` of the whole batch, of which `samples` may be a part."""
        batch = self.data.batch(samples).to(self._device)
        readers = self._readers.of(batch)
        shares = {part: len(chosen.documents) / read[part] for part, chosen in readers.items()}
        # FORWARD
        outputs = self.network(batch.documents, readers)
        # COMPUTE
        losses = self.objective.losses(outputs, batch, known, shares)
        if self.objective.r_drop:
            again = self.network(batch.documents, readers)
            second = self.objective.losses(again, batch, known, shares)
            apart = self.objective.divergences(outputs, again, batch, known)
            losses = {part: loss + second[part] + apart.get(part, 0.0) for part, loss in losses.items()}
        return losses

    def _update(self, lr: float) -> None:
        # UPDATE
        for group in self.stepper.param_groups:
            group["lr"] = lr * group["lr_scale"]
        self.stepper.step()

    def _learned(self, read: list[float], parts: tuple[str, ...]) -> Learned:
        modules = self.gradients.modules
        loss, norms, whole = read[0], read[1 : 1 + len(modules)], read[1 + len(modules)]
        by_part = dict(zip(parts, read[2 + len(modules) :], strict=True))
        return Learned(loss, by_part, whole, dict(zip(modules, norms, strict=True)))
