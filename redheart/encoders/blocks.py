"""The 4-bit block format (Q4_0) of linear weights: 32 values share one float16 scale. Pack, unpack; no model here."""

from __future__ import annotations

import torch
from torch import Tensor

BLOCK = 32


def split_blocks(raw: Tensor, rows: int, columns: int) -> tuple[Tensor, Tensor]:
    """(bytes,) uint8 of 18-byte blocks -> nibbles (rows, columns / 2) uint8, scales (rows, columns / 32) float16."""
    blocks = raw.reshape(rows, columns // BLOCK, 2 + BLOCK // 2)
    scales = blocks[..., :2].contiguous().view(torch.float16).reshape(rows, columns // BLOCK)
    nibbles = blocks[..., 2:].reshape(rows, columns // 2)
    return nibbles.contiguous(), scales.contiguous()


def dequantise(nibbles: Tensor, scales: Tensor) -> Tensor:
    """nibbles (R, C / 2) uint8 and scales (R, C / 32) float16 -> (R, C) float32: (nibble - 8) * scale.

    Low nibbles hold values 0 to 15 of a block, high nibbles 16 to 31.
    """
    rows = nibbles.shape[0]
    packed = nibbles.reshape(rows, -1, BLOCK // 2)  # (R, C/2) -> (R, blocks, 16)
    values = torch.cat([packed & 0x0F, packed >> 4], dim=-1).to(torch.float32).sub_(8.0)  # (R, blocks, 32)
    return values.mul_(scales.to(torch.float32).unsqueeze(-1)).reshape(rows, -1)
