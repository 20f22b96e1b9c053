"""Small modules with known weights, and where they are stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from redheart.memory.tiers.host import HostTransfer
from redheart.memory.torch_module import TorchModule
from redheart.types.residency import SwapPriority
from redheart.types.weights import HeldWeights, StoredWeights


class Net(nn.Module):
    """Parameters, persistent buffers (in BatchNorm; one of them int64 and of no dimension), one that is in no file."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, 2)
        self.register_buffer("scale", torch.full((2,), 3.0), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(torch.tanh(self.norm(self.first(x)))) * self.scale


class Tied(nn.Module):
    """An embedding whose weights are also its output layer."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.out = nn.Embedding(5, 4), nn.Linear(4, 5, bias=False)
        self.out.weight = self.embed.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.embed(x))


def seeded(build: type[nn.Module], seed: int = 1) -> nn.Module:
    """With random weights and buffers, in eval mode."""
    torch.manual_seed(seed)
    module = build()
    for buffer in module.buffers():
        if buffer.is_floating_point() and buffer.numel() > 2:
            nn.init.uniform_(buffer, 0.5, 1.5)
    return module.eval()


def bits(module: nn.Module) -> dict[str, bytes]:
    """The raw bytes of everything that is stored of a module."""
    return {name: raw(tensor) for name, tensor in module.state_dict().items()}


def raw(tensor: Tensor) -> bytes:
    return tensor.detach().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()


def saved(module: nn.Module, path: Path) -> Path:
    """The module's state in a safetensors file, tied weights under one name."""
    seen: dict[int, str] = {}
    state = module.state_dict(keep_vars=True)
    first = {name: tensor for name, tensor in state.items() if seen.setdefault(id(tensor), name) == name}
    save_file({name: tensor.detach().clone() for name, tensor in first.items()}, path)
    return path


def direct(*files: Path) -> StoredWeights:
    """The files hold the weights as they are used."""
    return StoredWeights("direct", lambda: _all(files), files)


def converting(*files: Path, identity: str | None = None) -> StoredWeights:
    """The same weights, told to be converted; `identity` is by content where none is given."""
    digest = identity or hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()
    return StoredWeights(digest, lambda: _all(files))


def _all(files: tuple[Path, ...]) -> Iterator[tuple[str, Tensor]]:
    for path in files:
        yield from load_file(path).items()


def swappable(module: nn.Module, stored: StoredWeights, **options: object) -> TorchModule:
    """On a transfer of its own, unless one is among the options."""
    transfer = options.pop("transfer", None) or HostTransfer()
    work_bytes = options.pop("work_bytes", 0)
    held = HeldWeights("net", SwapPriority.PRIMARY, module, stored, work_bytes)  # type: ignore[arg-type]
    return TorchModule(held, transfer, **options)  # type: ignore[arg-type]


def chunks_of(module: TorchModule) -> range:
    return range(len(module.chunk_bytes))


def bring(module: TorchModule, chunks: object = None) -> None:
    """Allocate and load these, or all."""
    wanted = list(chunks_of(module) if chunks is None else chunks)  # type: ignore[call-overload]
    module.allocate(wanted)
    module.load(wanted)
