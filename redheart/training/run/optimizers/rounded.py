"""A float32 as a bfloat16 and the 16 bits that rounding took away: together exact, apart 2 bytes each."""

from __future__ import annotations

import torch
from torch import Tensor


def split(values: Tensor) -> tuple[Tensor, Tensor]:
    """float32 -> the nearest bfloat16 (ties away from zero), and an int16 remainder. Finite values only."""
    bits = values.contiguous().view(torch.int32)
    high = (bits + 0x8000) >> 16
    low = bits - (high << 16)
    return high.to(torch.int16).view(torch.bfloat16), low.to(torch.int16)


def join(high: Tensor, low: Tensor) -> Tensor:
    """What was split, bit for bit."""
    bits = (high.contiguous().view(torch.int16).to(torch.int32) << 16) + low.to(torch.int32)
    return bits.view(torch.float32)
