"""One step's samples in pieces small enough to compute, smaller ones after a refused allocation."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from redheart.devices import is_out_of_memory
from redheart.errors import OutOfMemoryError
from redheart.training.run.oom import OomLog, Refusal, refusal_of

T = TypeVar("T")


class MicroBatches:
    """Remembers how many samples can be computed at once. `forget` drops the gradients of a step that broke off."""

    def __init__(self, size: int, log: OomLog, device: torch.device, forget: Callable[[], None]) -> None:
        self.size = size
        self._log, self._device, self._forget = log, device, forget

    def run(self, step: int, samples: np.ndarray, work: Callable[[list[np.ndarray]], T]) -> T:
        """What `work` returns for the samples (K,) cut into micro-batches of at most `size`.

        (1) Where memory is refused: count it, drop what the step has computed, halve the size, and do the same step
        again with the same random draws. (2) Where one sample is too much: raise OutOfMemoryError.
        `work` must have changed no weight by the time memory can be refused. Any other error passes through.
        """
        draws = _random_states(self._device)
        while True:
            refusal, done = self._attempt(step, samples, work)
            if refusal is None:
                return done[0]
            # Here, not in the handler: the error's traceback has kept the activations alive.
            self._clear()
            _set_random_states(draws, self._device)
            if refusal.next_micro_batch is None:
                raise OutOfMemoryError(_too_large(refusal))  # (2)
            self.size = refusal.next_micro_batch  # (1)

    def _attempt(
        self, step: int, samples: np.ndarray, work: Callable[[list[np.ndarray]], T]
    ) -> tuple[Refusal | None, list[T]]:
        """Nothing with what was done, or the refusal with nothing."""
        try:
            return None, [work(pieces(samples, self.size))]
        except Exception as error:
            if not is_out_of_memory(error):
                raise
            computed = min(self.size, len(samples))
            refusal = refusal_of(error, step, computed, computed // 2 or None, self._device)
        self._log.add(refusal)
        return refusal, []

    def _clear(self) -> None:
        self._forget()
        gc.collect()
        if self._device.type == "cuda":
            torch.cuda.empty_cache()


def pieces(samples: np.ndarray, size: int) -> list[np.ndarray]:
    """Samples in order, in as few pieces of at most `size` as there can be, none much smaller than the others."""
    return np.array_split(samples, max(1, -(-len(samples) // size)))


def _too_large(refusal: Refusal) -> str:
    return (
        f"step {refusal.step}: one sample at a time is still too much for the memory ('{refusal.message}'). Give "
        "--gradient-checkpointing, --precision bfloat16 or --optimizer offloaded, or a smaller --preset."
    )


def _random_states(device: torch.device) -> list[Tensor]:
    states = [torch.get_rng_state()]
    return [*states, torch.cuda.get_rng_state(device)] if device.type == "cuda" else states


def _set_random_states(states: list[Tensor], device: torch.device) -> None:
    torch.set_rng_state(states[0])
    if device.type == "cuda":
        torch.cuda.set_rng_state(states[1], device)
