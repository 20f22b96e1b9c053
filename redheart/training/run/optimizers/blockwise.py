"""Numbers in 8 bits: a code a number, a scale a block, after Dettmers et al. (2021), arXiv 2110.02861, section 2."""

from __future__ import annotations

import torch
from torch import Tensor

from redheart.nn.network.footprint.arrangement import BLOCK


def signed_code() -> Tensor:
    """256 values in [-1, 1], ascending: seven decades, twice as many values in each as in the one below, 0, and 1."""
    halves = torch.cat([_decade(-(6 - i), 2**i) for i in range(7)])
    return torch.cat([-halves, torch.tensor([0.0, 1.0]), halves]).sort().values


def positive_code() -> Tensor:
    """256 values in (0, 1], ascending, over eight decades.

    Without 0: a second moment that is not zero must not become zero, for the update divides by it
    (Li et al. (2023), arXiv 2309.01507).
    """
    return torch.cat([*(_decade(-(7 - i), 2**i) for i in range(8)), torch.tensor([1.0])])


def _decade(exponent: int, values: int) -> Tensor:
    """Middles of equal parts of (0.1, 1], times 10^exponent."""
    edges = torch.linspace(0.1, 1.0, values + 1, dtype=torch.float64)
    return ((edges[1:] + edges[:-1]) / 2 * 10.0**exponent).float()


class Codebook:
    """Encodes blocks to their nearest codes and back.

    The nearest code is looked up by the 16 bits of the value as a bfloat16: several times as fast as a search, and
    off by at most its rounding, 2^-9 of the value.
    """

    def __init__(self, code: Tensor, device: torch.device) -> None:
        patterns = torch.arange(-(2**15), 2**15, dtype=torch.int32).to(torch.int16).view(torch.bfloat16)
        middles = (code[1:] + code[:-1]) / 2
        self._nearest = torch.bucketize(patterns.float().nan_to_num(), middles).to(torch.uint8).to(device)
        self._code = code.to(device)

    def encode(self, values: Tensor) -> tuple[Tensor, Tensor]:
        """(N * BLOCK,) float32 -> codes (N * BLOCK,) uint8, scales (N,) float32: the largest magnitude of a block."""
        blocks = values.view(-1, BLOCK)
        scales = blocks.abs().amax(1)
        shares = blocks / scales.clamp(min=torch.finfo(torch.float32).tiny)[:, None]
        places = shares.view(-1).bfloat16().view(torch.int16).to(torch.int32).add_(2**15)
        return self._nearest.index_select(0, places), scales

    def decode(self, codes: Tensor, scales: Tensor) -> Tensor:
        """Codes (N * BLOCK,) and scales (N,) -> (N * BLOCK,) float32."""
        shares = self._code.index_select(0, codes.to(torch.int32))
        return (shares.view(-1, BLOCK) * scales[:, None]).view(-1)
