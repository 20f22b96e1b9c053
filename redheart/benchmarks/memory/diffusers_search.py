"""The search by which diffusers' ComponentsManager chooses whom to offload, run on stand-ins for its hooks."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Final

INSTALL: Final = "pip install 'redheart[bench]'"
LARGEST: Final = 22  # modules; each one more doubles the seconds, and 22 take about five


@dataclass(frozen=True, slots=True)
class Component:
    """As much of a model as the search looks at."""

    nbytes: int

    def get_memory_footprint(self) -> int:
        """Bytes."""
        return self.nbytes


@dataclass(frozen=True, slots=True)
class Hook:
    """As much of a UserCustomOffloadHook as the search looks at."""

    model_id: str
    model: Component


@dataclass(frozen=True, slots=True)
class Found:
    """What the search chose, and how long it took."""

    evicted: tuple[int, ...]
    seconds: float


def available() -> bool:
    """True where diffusers is installed."""
    return find_spec("diffusers") is not None and find_spec("accelerate") is not None


def search(resident: Sequence[int], wanted: int) -> Found:
    """Run it: `wanted` bytes are needed, nothing is free, modules of `resident` bytes are in. Indices that must go."""
    from diffusers.modular_pipelines import components_manager

    strategy = components_manager.AutoOffloadStrategy()
    hooks = [Hook(str(index), Component(nbytes)) for index, nbytes in enumerate(resident)]
    with _nothing_free(components_manager, strategy.memory_reserve_margin):
        begun = time.perf_counter()
        chosen = strategy(hooks, "wanted", Component(wanted), "cpu")
        seconds = time.perf_counter() - begun
    return Found(tuple(int(hook.model_id) for hook in chosen), seconds)


@contextmanager
def _nothing_free(components_manager: Any, margin: int) -> Iterator[None]:
    """Its view of the device: just its own margin is free."""
    real = components_manager.TorchDeviceBackend
    components_manager.TorchDeviceBackend = lambda device: _Full(margin)
    try:
        yield
    finally:
        components_manager.TorchDeviceBackend = real


@dataclass(frozen=True, slots=True)
class _Full:
    free: int

    def mem_get_info(self) -> tuple[int, int]:
        return self.free, self.free
