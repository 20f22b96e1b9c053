"""A model of plain sheets of weights, stored in files: something to load that computes nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

SHEETS: Final = 100
WIDTH: Final = 1024
PAGE: Final = 4096 // 2  # bfloat16 numbers


class Sheet(nn.Module):
    """A weight and a bias; `forward` adds one number of each page to what it is given, so it has seen them all."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(rows, WIDTH, dtype=torch.bfloat16), False)
        self.bias = nn.Parameter(torch.empty(WIDTH, dtype=torch.bfloat16), False)

    def forward(self, seen: Tensor) -> Tensor:
        """(1,) int64 -> (1,) int64."""
        return seen + touched(self.weight) + touched(self.bias)


def touched(tensor: Tensor) -> Tensor:
    """One number of each page, added up as integers: exact whatever the bits mean."""
    return tensor.reshape(-1).view(torch.int16)[::PAGE].sum(dtype=torch.int64)


def sheets(nbytes: int) -> nn.Sequential:
    """About `nbytes` of weights in 2 x SHEETS tensors of bfloat16, on the present default device, not initialised."""
    rows = max(1, nbytes // SHEETS // (2 * WIDTH) - 1)
    return nn.Sequential(*(Sheet(rows) for _ in range(SHEETS)))


@dataclass(frozen=True, slots=True)
class SheetFiles:
    """The same weights twice: as safetensors, as torch's own file. `nbytes` of weights in `tensors` tensors."""

    safetensors: Path
    torch: Path
    nbytes: int
    tensors: int


def write_sheets(folder: Path, nbytes: int, seed: int) -> SheetFiles:
    """Random bits, on the disk when this returns."""
    model = sheets(nbytes)
    draw = np.random.default_rng(seed)
    for parameter in model.parameters():
        bits = np.frombuffer(draw.bytes(parameter.nbytes), np.int16).copy()
        parameter.data.view(torch.int16).copy_(torch.from_numpy(bits).view(parameter.shape))
    sizes = [parameter.nbytes for parameter in model.parameters()]
    files = SheetFiles(folder / "sheets.safetensors", folder / "sheets.pt", sum(sizes), len(sizes))
    save_file(model.state_dict(), files.safetensors)
    torch.save(model.state_dict(), files.torch)
    for file in (files.safetensors, files.torch):
        with file.open("rb") as stream:
            os.fsync(stream.fileno())
    return files
