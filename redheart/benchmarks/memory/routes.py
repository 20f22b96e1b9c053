"""Ways of others to bring weights from files into a process, one class each, all of the same shape."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from redheart.benchmarks.memory.sheets import SheetFiles, sheets, touched

CPU = torch.device("cpu")


class Route(Protocol):
    """`load` is timed; `files` are what it reads. Bits are compared by `weights`, or by `seen` where it has none.

    `brings` is false for one that finds its weights where they are used: its time is no speed.
    """

    name: str
    brings: bool
    note: str | None

    @property
    def files(self) -> tuple[Path, ...]:
        """What it reads."""
        ...

    def load(self) -> None:
        """Bring everything."""
        ...

    def weights(self) -> Mapping[str, Tensor] | None:
        """What was brought; None where it is gone once a forward pass has ended."""
        ...

    def seen(self) -> int | None:
        """What a forward pass saw of it: `touched` of every tensor, added up. None where there was no pass."""
        ...

    def clear(self) -> None:
        """Let go of what was brought."""
        ...


class Owned:
    """Shared by those who end with tensors in hand."""

    brings = True
    note: str | None = None

    def __init__(self, files: SheetFiles) -> None:
        self._files = files
        self._state: Mapping[str, Tensor] | None = None

    def weights(self) -> Mapping[str, Tensor] | None:
        """What was brought."""
        return self._state

    def seen(self) -> None:
        """No pass."""
        return None

    def clear(self) -> None:
        """Let go."""
        self._state = None


class LoadFileClone(Owned):
    """safetensors' load_file, then a copy of each tensor: how one commonly comes to own weights."""

    name = "load_file_clone"

    @property
    def files(self) -> tuple[Path, ...]:
        """What it reads."""
        return (self._files.safetensors,)

    def load(self) -> None:
        """Map, copy."""
        self._state = {name: tensor.clone() for name, tensor in load_file(self._files.safetensors).items()}


class LoadFileMapped(Owned):
    """safetensors' load_file, then a look at every page, which is when a mapped file is read."""

    name = "load_file_mmap_cold"

    @property
    def files(self) -> tuple[Path, ...]:
        """What it reads."""
        return (self._files.safetensors,)

    def load(self) -> None:
        """Map, touch."""
        self._state = load_file(self._files.safetensors)
        for tensor in self._state.values():
            touched(tensor)


class TorchLoad(Owned):
    """torch.load of torch's own file."""

    name = "torch_load"

    @property
    def files(self) -> tuple[Path, ...]:
        """What it reads."""
        return (self._files.torch,)

    def load(self) -> None:
        """Read."""
        self._state = torch.load(self._files.torch, map_location="cpu", weights_only=True)


class Hooked:
    """Shared by those who bring weights when a module is called, and let them go after it."""

    name = "hooked"
    brings = True
    note: str | None = None

    def __init__(self, files: SheetFiles, folder: Path) -> None:
        model = sheets(files.nbytes)
        model.load_state_dict(load_file(files.safetensors), assign=True)
        self.folder = folder / self.name
        self.folder.mkdir()
        self._model = self.hooked(model)
        self._seen: int | None = None

    @property
    def files(self) -> tuple[Path, ...]:
        """What it reads."""
        return tuple(sorted(file for file in self.folder.iterdir() if file.is_file()))

    def hooked(self, model: nn.Module) -> nn.Module:
        """The model with the peer's hooks on it."""
        raise NotImplementedError

    def load(self) -> None:
        """One forward pass."""
        self._seen = int(self._model(torch.zeros(1, dtype=torch.int64)))

    def weights(self) -> None:
        """Gone."""
        return None

    def seen(self) -> int | None:
        """By the last pass."""
        return self._seen

    def clear(self) -> None:
        """The hooks have done it."""


class AccelerateCpuOffload(Hooked):
    """accelerate's cpu_offload."""

    name = "accelerate_cpu_offload"
    brings = False
    note = "on a CPU its hooks rebind what lies in RAM, and bring no byte"

    def hooked(self, model: nn.Module) -> nn.Module:
        """Hooks that hold the weights in RAM."""
        from accelerate import cpu_offload

        cpu_offload(_owned(model), execution_device=CPU)
        return model


class AccelerateDiskOffload(Hooked):
    """accelerate's disk_offload."""

    name = "accelerate_disk_offload_cold"
    note = "maps its files, owns no copy"

    def hooked(self, model: nn.Module) -> nn.Module:
        """Hooks that map files of weights."""
        from accelerate import disk_offload

        disk_offload(model, str(self.folder), execution_device=CPU)
        return model


class DiffusersGroupDisk(Hooked):
    """diffusers' group offloading to disk."""

    name = "diffusers_group_disk_cold"
    note = "maps its files, owns no copy"

    def hooked(self, model: nn.Module) -> nn.Module:
        """Hooks that load one file a group."""
        from diffusers.hooks import apply_group_offloading

        where: dict[str, Any] = {"onload_device": CPU, "offload_device": CPU, "offload_to_disk_path": str(self.folder)}
        apply_group_offloading(model, offload_type="leaf_level", **where)
        return model


def _owned(model: nn.Module) -> nn.Module:
    """Tensors of its own instead of a mapped file's: whoever starts from RAM."""
    for parameter in model.parameters():
        parameter.data = parameter.data.clone()
    return model
