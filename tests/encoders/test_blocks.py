import struct

import torch

from redheart.encoders.blocks import dequantise, split_blocks


def packed(values: list[int], scale: float) -> bytes:
    """One block: float16 scale, then low nibbles = values 0-15, high nibbles = values 16-31."""
    return struct.pack("<e", scale) + bytes(low | high << 4 for low, high in zip(values[:16], values[16:], strict=True))


def test_a_block_unpacks_to_nibble_minus_eight_times_scale() -> None:
    values = [i % 16 for i in range(32)]
    raw = torch.frombuffer(bytearray(packed(values, 0.5)), dtype=torch.uint8)
    nibbles, scales = split_blocks(raw, rows=1, columns=32)
    assert dequantise(nibbles, scales).tolist() == [[(value - 8) * 0.5 for value in values]]


def test_rows_keep_their_own_scales() -> None:
    raw = torch.frombuffer(bytearray(packed([9] * 32, 1.0) + packed([9] * 32, 2.0)), dtype=torch.uint8)
    restored = dequantise(*split_blocks(raw, rows=2, columns=32))
    assert restored[0].unique().tolist() == [1.0]
    assert restored[1].unique().tolist() == [2.0]
