"""Whether what was loaded is what was stored, bit for bit."""

from __future__ import annotations

import torch
from safetensors.torch import load_file
from torch import Tensor

from redheart.benchmarks.memory.routes import Route
from redheart.benchmarks.memory.sheets import SheetFiles, touched


class Exactness:
    """Knows the file; maps it only while it compares, for a mapped file stays in the page cache."""

    def __init__(self, files: SheetFiles) -> None:
        self._files = files
        self._seen = sum(int(touched(tensor)) for tensor in load_file(files.safetensors).values())

    def holds(self, route: Route) -> bool:
        """True if every tensor is the stored one; where none is left, if the forward pass saw the stored numbers."""
        weights = route.weights()
        if weights is None:
            return route.seen() == self._seen
        stored = load_file(self._files.safetensors)
        return stored.keys() == weights.keys() and all(_same(stored[name], weights[name]) for name in stored)


def _same(one: Tensor, other: Tensor) -> bool:
    return one.dtype == other.dtype and one.shape == other.shape and torch.equal(_bits(one), _bits(other))


def _bits(tensor: Tensor) -> Tensor:
    return tensor.detach().reshape(-1).view(torch.uint8)
