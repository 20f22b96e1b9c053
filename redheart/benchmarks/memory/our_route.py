"""Our own way from a file into RAM, shaped like the ways of others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from redheart.benchmarks.memory.sheets import SheetFiles, sheets
from redheart.memory.tiers.host import HostTransfer
from redheart.memory.torch_module import TorchModule
from redheart.types.residency import SwapPriority
from redheart.types.weights import HeldWeights, StoredWeights


def sheet_module(name: str, files: SheetFiles, transfer: HostTransfer) -> TorchModule:
    """The model of these files, unloaded."""
    with torch.device("meta"):
        model = sheets(files.nbytes)
    stored = StoredWeights(str(files.safetensors), lambda: _read(files), (files.safetensors,))
    return TorchModule(HeldWeights(name, SwapPriority.PRIMARY, model, stored), transfer)


class OurRoute:
    """A TorchModule over a HostTransfer: what it gave back is filled again."""

    name = "warm"
    brings = True
    note: str | None = None

    def __init__(self, files: SheetFiles) -> None:
        self.transfer = HostTransfer()
        self.module = sheet_module("sheets", files, self.transfer)
        self.files: tuple[Path, ...] = (files.safetensors,)
        self._all = range(len(self.module.chunk_bytes))

    def load(self) -> None:
        """Every chunk, into recycled memory."""
        self.module.allocate(self._all)
        self.module.load(self._all)

    def weights(self) -> Mapping[str, Tensor]:
        """What was brought."""
        return self.module.module.state_dict()

    def seen(self) -> None:
        """No pass."""
        return None

    def clear(self) -> None:
        """Evict every chunk."""
        self.module.unload(self._all)

    def close(self) -> None:
        """Give the recycled memory back too."""
        self.transfer.release_cached()


def _read(files: SheetFiles) -> Iterable[tuple[str, Tensor]]:
    yield from load_file(files.safetensors).items()
