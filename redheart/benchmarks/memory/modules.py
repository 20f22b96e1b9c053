"""Modules that stand in for real ones: as many bytes, as much to multiply, weights from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

GB: Final = 1e9
DTYPE: Final = torch.bfloat16
WIDEST: Final = 4096
FEWEST_LAYERS: Final = 8

#: GB of each module, as they are in the largest preset that 8 GB should serve.
WEIGHTS_GB: Final = {"llm": 4.0, "analysis": 1.46, "encoder": 1.1, "circuit": 0.6}


@dataclass(frozen=True, slots=True)
class Phase:
    """One step of a request: which modules compute, one after the other, for how long, with what beside weights."""

    name: str
    modules: tuple[str, ...]
    compute_ms: float
    work_gb: float


PHASES: Final = (
    Phase("llm_initial", ("llm",), 300, 1.2),
    Phase("red_heart", ("encoder", "analysis"), 80, 0.9),
    Phase("circuit", ("encoder", "circuit"), 40, 0.4),
    Phase("llm_final", ("llm",), 300, 1.2),
)


class StandIn(nn.Module):
    """`layers` square matrices of `width`, each followed by tanh, so that nothing grows. (rows, width) in and out.

    `came`, `went`: bytes that `to` has moved from the CPU to another device, and back.
    """

    def __init__(self, width: int, layers: int) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(width, width, bias=False, dtype=DTYPE) for _ in range(layers))
        self.width = width
        self.came = self.went = 0

    def to(self, *args: Any, **kwargs: Any) -> StandIn:
        """As any module, counted."""
        before = self.device.type
        super().to(*args, **kwargs)
        if before != self.device.type:
            self.came += self.get_memory_footprint() if before == "cpu" else 0
            self.went += self.get_memory_footprint() if self.device.type == "cpu" else 0
        return self

    @property
    def device(self) -> torch.device:
        """Where the weights are; peers ask for it."""
        return next(self.parameters()).device

    def get_memory_footprint(self) -> int:
        """Bytes of the weights; peers ask for it."""
        return sum(parameter.nbytes for parameter in self.parameters())

    def forward(self, rows: Tensor) -> Tensor:
        """(rows, width) -> (rows, width)."""
        for layer in self.layers:
            rows = torch.tanh(layer(rows))
        return rows


@dataclass(frozen=True, slots=True)
class Shape:
    """Width and number of layers."""

    width: int
    layers: int

    @classmethod
    def of_bytes(cls, nbytes: float) -> Shape:
        """The widest layers of which there are still enough to be chunks of their own; off by at most half a layer."""
        width = WIDEST
        while width > 16 and nbytes / (width * width * DTYPE.itemsize) < FEWEST_LAYERS:
            width //= 2
        return cls(width, max(1, round(nbytes / (width * width * DTYPE.itemsize))))

    def build(self, device: Literal["cpu", "meta"] = "meta") -> StandIn:
        """The module, without its weights."""
        with torch.device(device):
            return StandIn(self.width, self.layers)


@dataclass(frozen=True, slots=True)
class Weights:
    """The stand-ins of one run: a shape and a safetensors file each, in `folder`."""

    folder: Path
    shapes: dict[str, Shape]

    def file(self, name: str) -> Path:
        """Where a module's weights lie."""
        return self.folder / f"{name}.safetensors"

    def on_host(self, names: Sequence[str]) -> dict[str, StandIn]:
        """Modules with weights of their own in plain memory, in eval mode, without gradients."""
        modules: dict[str, StandIn] = {}
        for name in names:
            module = self.shapes[name].build()
            state = {key: tensor.clone() for key, tensor in load_file(self.file(name)).items()}
            module.load_state_dict(state, assign=True)
            module.eval().requires_grad_(False)
            modules[name] = module
        return modules

    def nbytes(self, name: str) -> int:
        """Bytes of a module."""
        shape = self.shapes[name]
        return shape.layers * shape.width * shape.width * DTYPE.itemsize


def write_weights(folder: Path, scale: float, seed: int = 0) -> Weights:
    """Draw every module's weights, `scale` times as many bytes as the real ones, and write them."""
    weights = Weights(folder, {name: Shape.of_bytes(gb * GB * scale) for name, gb in WEIGHTS_GB.items()})
    generator = torch.Generator().manual_seed(seed)
    for name, shape in weights.shapes.items():
        drawn = torch.randn(shape.width, shape.width, generator=generator)
        # One matrix is drawn, the layers are its rolls: drawing billions of numbers would take minutes.
        state = {
            f"layers.{layer}.weight": (drawn.roll(layer, 0) / shape.width**0.5).to(DTYPE)
            for layer in range(shape.layers)
        }
        save_file(state, weights.file(name))
    return weights


def inputs(weights: Weights, name: str, rows: int, device: torch.device) -> Tensor:
    """(rows, width), the same for everybody who asks."""
    along = torch.linspace(-1, 1, weights.shapes[name].width).to(device, DTYPE)
    return torch.outer(torch.linspace(0.5, 1, rows).to(device, DTYPE), along)


def checksum(rows: Tensor) -> tuple[int, int, int]:
    """Of a tensor's bits and where they stand; takes hardly any memory beside it."""
    bits = rows.view(torch.int16)
    down, across = bits.sum(0, dtype=torch.int64), bits.sum(1, dtype=torch.int64)
    weighted = [(sums * torch.arange(1, len(sums) + 1, device=rows.device)).sum() for sums in (down, across)]
    return int(down.sum()), int(weighted[0]), int(weighted[1])
