"""Where a module's weights are stored, told to whoever moves them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from redheart.types.residency import SwapPriority

if TYPE_CHECKING:
    from torch import Tensor, nn


def _nothing() -> None:
    return None


@dataclass(frozen=True, slots=True)
class StoredWeights:
    """The master copy on disk of one module's parameters and persistent buffers.

    `read` yields (name, tensor) one by one, ready to use, so that a reader needs no room for all at once; tied weights
    may come under one of their names only. Raises CheckpointError.
    `files` are safetensors that hold the tensors bit for bit as they are used, so that parts can be read directly;
    empty where `read` converts them. `stored_names`: name in the module -> name in the files, where they differ.
    `check` raises CheckpointError if the files are not what they should be; `identity` changes when their bytes do.
    """

    identity: str
    read: Callable[[], Iterable[tuple[str, Tensor]]]
    files: tuple[Path, ...] = ()
    stored_names: Mapping[str, str] = field(default_factory=dict)
    check: Callable[[], None] = _nothing


@dataclass(frozen=True, slots=True)
class HeldWeights:
    """A module whose weights come and go, as told by its owner: structure on the meta device, and the master copy.

    `work_bytes` is what the module needs beside its weights while it is used.
    """

    name: str
    priority: SwapPriority
    module: nn.Module
    stored: StoredWeights
    work_bytes: int = 0
