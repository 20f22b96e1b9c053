"""The moments of one parameter in 8 bits, and its update."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from redheart.nn.network.footprint.arrangement import BLOCK, CACHED_CHUNK, CHUNK
from redheart.training.run.optimizers.blockwise import Codebook
from redheart.training.run.optimizers.rounded import join, split

BETA_FIRST, BETA_SECOND, EPSILON = 0.9, 0.999, 1e-8


@dataclass(frozen=True, slots=True)
class _Rates:
    """What an update multiplies by, corrected for moments that began at zero."""

    lr: float
    kept: float  # share of the weight that decay leaves
    first: float
    second: float


class EightBitMoments:
    """First moment, and the root of the second: the root has half the decades, and is what the update divides by."""

    def __init__(self, parameter: nn.Parameter, codebooks: tuple[Codebook, Codebook]) -> None:
        self.parameter = parameter
        self._first_code, self._root_code = codebooks
        # A processor works in its cache; a GPU wants much at once.
        self._chunk = CHUNK if parameter.is_cuda else CACHED_CHUNK
        blocks = -(-parameter.numel() // BLOCK)
        zeros = torch.zeros(blocks * BLOCK, device=parameter.device)
        self._first, self._first_scale = self._first_code.encode(zeros)
        self._root, self._root_scale = self._root_code.encode(zeros)
        self._steps = torch.zeros((), dtype=torch.int64)
        self._lost = None
        if parameter.dtype == torch.bfloat16:
            self._lost = torch.zeros(parameter.numel(), dtype=torch.int16, device=parameter.device)

    def tensors(self) -> dict[str, Tensor]:
        """Its state by field, to be saved or overwritten in place."""
        found = {
            "steps": self._steps,
            "first": self._first,
            "first_scale": self._first_scale,
            "root": self._root,
            "root_scale": self._root_scale,
        }
        return found if self._lost is None else found | {"lost": self._lost}

    @torch.no_grad()
    def step(self, lr: float, weight_decay: float) -> None:
        """One update of AdamW, if there is a gradient."""
        if self.parameter.grad is None:
            return
        self._steps += 1
        steps = int(self._steps)
        rates = _Rates(lr, 1 - lr * weight_decay, 1 - BETA_FIRST**steps, math.sqrt(1 - BETA_SECOND**steps))
        gradient, weights = self.parameter.grad.reshape(-1), self.parameter.data.view(-1)
        for at in range(0, len(weights), self._chunk):
            self._step_chunk(slice(at, min(at + self._chunk, len(weights))), weights, gradient, rates)

    def _step_chunk(self, part: slice, weights: Tensor, gradient: Tensor, rates: _Rates) -> None:
        count = part.stop - part.start
        blocks = slice(part.start // BLOCK, -(-part.stop // BLOCK))
        padded = slice(blocks.start * BLOCK, blocks.stop * BLOCK)
        slope = torch.zeros(padded.stop - padded.start, device=weights.device)
        slope[:count] = gradient[part]
        first = self._first_code.decode(self._first[padded], self._first_scale[blocks])
        first.lerp_(slope, 1 - BETA_FIRST)
        root = self._root_code.decode(self._root[padded], self._root_scale[blocks])
        root.square_().mul_(BETA_SECOND).addcmul_(slope, slope, value=1 - BETA_SECOND).sqrt_()
        values = self._values(weights, part).mul_(rates.kept)
        values.addcdiv_(first[:count], root[:count] / rates.second + EPSILON, value=-rates.lr / rates.first)
        self._keep(weights, part, values)
        self._first[padded], self._first_scale[blocks] = self._first_code.encode(first)
        self._root[padded], self._root_scale[blocks] = self._root_code.encode(root)

    def _values(self, weights: Tensor, part: slice) -> Tensor:
        return weights[part] if self._lost is None else join(weights[part], self._lost[part])

    def _keep(self, weights: Tensor, part: slice, values: Tensor) -> None:
        if self._lost is not None:
            weights[part], self._lost[part] = split(values)
