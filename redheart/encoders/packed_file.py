"""Safetensors files with weights in 4 or 8 bits: one tensor at a time, as float32, under the module's names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import torch
from torch import Tensor

from redheart.encoders.blocks import BLOCK, dequantise

_LAYER_PARTS: Final = {
    "merge": "attention.output.dense", "after_attention": "attention.output.LayerNorm",
    "widen": "intermediate.dense", "narrow": "output.dense", "after_feed_forward": "output.LayerNorm",
}  # fmt: skip
_EMBEDDING_PARTS: Final = {
    "embeddings.pieces.weight": "embeddings.word_embeddings.weight",
    "embeddings.normalise.weight": "embeddings.LayerNorm.weight",
    "embeddings.normalise.bias": "embeddings.LayerNorm.bias",
}


def unpacked(tensors: Any, name: str) -> Tensor:
    """One tensor of an open safetensors file, float32. Raises SafetensorError if there is none."""
    if f"{name}.q4" in tensors.keys():
        return dequantise(tensors.get_tensor(f"{name}.q4"), tensors.get_tensor(f"{name}.scale"))
    if f"{name}.q8" in tensors.keys():
        return from_bytes(tensors.get_tensor(f"{name}.q8"), tensors.get_tensor(f"{name}.scale"))
    plain: Tensor = tensors.get_tensor(name)
    return plain.float()


def to_bytes(weights: Tensor) -> tuple[Tensor, Tensor]:
    """(R, C) float32 -> values (R, C) int8, scales (R, C / 32) float16: each block of 32 by its largest magnitude."""
    blocks = weights.reshape(len(weights), -1, BLOCK)
    scales = (blocks.abs().amax(-1) / 127).half()
    steps = scales.float().clamp(min=torch.finfo(torch.float16).tiny).unsqueeze(-1)
    return (blocks / steps).round().clamp(-127, 127).to(torch.int8).reshape(weights.shape), scales


def from_bytes(values: Tensor, scales: Tensor) -> Tensor:
    """The float32 weights (R, C) that `to_bytes` kept, each off by half a step at most."""
    blocks = values.reshape(len(values), -1, BLOCK).to(torch.float32)
    return blocks.mul_(scales.to(torch.float32).unsqueeze(-1)).reshape(values.shape)


def packed_state(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """A module's state for a file: matrices in 8 bits, all else float32."""
    stored: dict[str, Tensor] = {}
    for name, value in state.items():
        if value.ndim == 2 and value.shape[1] % BLOCK == 0:
            stored[f"{name}.q8"], stored[f"{name}.scale"] = to_bytes(value.detach().float())
        else:
            stored[name] = value.detach().float().contiguous()
    return stored


def encoder_tensor(tensors: Any, name: str, stem_layers: int) -> Tensor:
    """One tensor of the pre-trained encoder, whose file has BERT's names; `embedding` counts on where `stem` ends.

    Raises SafetensorError if there is none.
    """
    if name in _EMBEDDING_PARTS:
        return unpacked(tensors, _EMBEDDING_PARTS[name])
    if name == "embeddings.positions.weight":  # with the one token type that occurs
        kind = unpacked(tensors, "embeddings.token_type_embeddings.weight")[0]
        return unpacked(tensors, "embeddings.position_embeddings.weight") + kind
    stack, _, number, part, value = name.split(".")
    layer = f"encoder.layer.{int(number) + (stem_layers if stack == 'embedding' else 0)}"
    if part != "qkv":
        return unpacked(tensors, f"{layer}.{_LAYER_PARTS[part]}.{value}")
    return torch.cat([unpacked(tensors, f"{layer}.attention.self.{x}.{value}") for x in ("query", "key", "value")])
