"""The probe of a network: vectors made by a formula, and the raw predictions they must give again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import numpy as np
import torch
from torch import Tensor

from redheart.errors import CheckpointError
from redheart.nn.network.header import Outputs
from redheart.nn.network.network import Network
from redheart.nn.network.packed import Packed, groups_of

SENTENCES: Final = (0, 1, 2, 5)
TOLERANCE: Final = 1e-3
_DIGITS: Final = 6


def probe_documents(dim: int) -> Packed:
    """Documents of 0, 1, 2 and 5 sentence vectors (8, dim) of length about 1: sqrt(2 / dim) cos(r c + c / 7)."""
    rows, columns = np.arange(1, sum(SENTENCES) + 1)[:, None], np.arange(1, dim + 1)[None, :]
    values = np.sqrt(2 / dim) * np.cos(rows * columns + columns / 7)
    return Packed(torch.from_numpy(values.astype(np.float32)), groups_of(SENTENCES))


def predictions(network: Network, dim: int) -> dict[str, dict[str, np.ndarray]]:
    """part -> target -> raw predictions (4, outputs) of a float32 network on CPU. It is left in eval mode."""
    network.eval()
    with torch.no_grad(), _plain_float32():
        found = network(probe_documents(dim))
    return {
        part: {target: values.double().numpy() for target, values in output.predictions.items()}
        for part, output in found.items()
    }


def measured(network: Network, dim: int) -> Outputs:
    """What the header records. Raises CheckpointError naming the part whose predictions are no finite numbers."""
    found = predictions(network, dim)
    for part, target, values in _each(found):
        if not np.isfinite(values).all():
            raise CheckpointError(
                f"'{part}' predicts '{target}' as NaN or infinity: these weights diverged, and are not written. "
                "Lower --lr."
            )
    return {
        part: {target: tuple(tuple(row) for row in values.round(_DIGITS).tolist()) for target, values in by.items()}
        for part, by in found.items()
    }


def deviation(network: Network, dim: int, expected: Outputs, where: str) -> float:
    """The largest deviation from the recorded predictions. Raises CheckpointError beyond 1e-3, naming the part."""
    largest = 0.0
    for part, target, values in _each(predictions(network, dim)):
        recorded = np.array(expected.get(part, {}).get(target, ()))
        if recorded.shape != values.shape:
            raise CheckpointError(
                f"{where}: its probe of '{part}' '{target}' has the shape {recorded.shape}, the network predicts "
                f"{values.shape}. Restore the file, or train again."
            )
        off = float(np.abs(values - recorded).max())
        if not off <= TOLERANCE:  # NaN fails too
            raise CheckpointError(
                f"{where}: '{part}' does not reproduce its probe of '{target}': off by {off:.2g}, allowed "
                f"{TOLERANCE:g}. Restore the file, or use the versions of Red Heart and torch that wrote it."
            )
        largest = max(largest, off)
    return largest


def _each(found: dict[str, dict[str, np.ndarray]]) -> Iterator[tuple[str, str, np.ndarray]]:
    for part, by_target in found.items():
        for target, values in by_target.items():
            yield part, target, values


@contextmanager
def _plain_float32() -> Iterator[None]:
    """Neither autocast nor faster, coarser products of matrices."""
    kept = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.autocast("cpu", enabled=False):
            yield
    finally:
        torch.set_float32_matmul_precision(kept)


def in_float32(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors on CPU, those of real numbers in float32; what is so already is not copied."""
    return {
        name: value.detach().to("cpu", torch.float32 if value.is_floating_point() else value.dtype)
        for name, value in state.items()
    }
