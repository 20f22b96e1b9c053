"""How others bring modules to a GPU, one class each, all of the same shape."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from importlib.util import find_spec
from typing import Any
from unittest.mock import patch

import torch

from redheart.benchmarks.memory.cuda_stage import Stage
from redheart.benchmarks.memory.modules import PHASES, Phase


class Peer:
    """Shared by those that keep whole modules in plain host memory. As it stands: all resident, without a cap."""

    name, lifts_cap = "resident", True

    def missing(self, device: torch.device) -> str | None:
        """Torch alone is enough."""
        return None

    def open(self, stage: Stage) -> None:
        """Read all from disk."""
        self.stage = stage
        self.modules = stage.weights.on_host(list(stage.weights.shapes))
        self.prepare()

    def prepare(self) -> None:
        """After all are read."""
        for module in self.modules.values():
            module.to(self.stage.device)

    def begin(self, phase: Phase) -> None:
        """Before a phase computes."""

    def end(self, phase: Phase) -> None:
        """After it."""

    @asynccontextmanager
    async def phase(self, phase: Phase) -> AsyncIterator[None]:
        """Bring, compute, take away."""
        self.begin(phase)
        yield
        self.end(phase)

    def moved(self) -> tuple[int, int]:
        """By what `to` has moved."""
        modules = self.modules.values()
        return sum(module.came for module in modules), sum(module.went for module in modules)

    def rungs(self) -> int:
        """It has none."""
        return 0

    async def recover(self) -> None:
        """Everything to the host."""
        for module in self.modules.values():
            module.to("cpu")
        self.clean()

    async def close(self) -> None:
        """Forget everything."""
        self.modules = {}
        self.clean()

    def clean(self) -> None:
        """What nobody uses goes back to the device."""
        gc.collect()
        if self.stage.on_gpu:
            torch.cuda.empty_cache()


class Plain(Peer):
    """`.to` the device before a phase, `.to` the CPU after it."""

    name, lifts_cap = "plain", False

    def prepare(self) -> None:
        """Nothing."""

    def begin(self, phase: Phase) -> None:
        """In."""
        for name in phase.modules:
            self.modules[name].to(self.stage.device)

    def end(self, phase: Phase) -> None:
        """Out."""
        for name in phase.modules:
            self.modules[name].to("cpu")


class PlainEmptied(Plain):
    """The same, and the cache emptied each time."""

    name = "plain_empty_cache"

    def end(self, phase: Phase) -> None:
        """Out, and clean."""
        super().end(phase)
        self.clean()


class Chain(Peer):
    """accelerate's hooks: a module that is called sends its predecessor away. The encoder, which two phases use, is
    sent away by hand at the end, as pipelines do, so that nothing moves twice in a request.
    """

    name, lifts_cap = "chain", False

    def missing(self, device: torch.device) -> str | None:
        """accelerate."""
        return _absent("accelerate")

    def prepare(self) -> None:
        """Hooks in the order of the request."""
        from accelerate import cpu_offload_with_hook

        device, hooks = self.stage.device, dict[str, Any]()
        for name, before in (("llm", None), ("encoder", "llm"), ("analysis", "llm"), ("circuit", "analysis")):
            previous = hooks[before] if before else None
            _, hooks[name] = cpu_offload_with_hook(self.modules[name], device, prev_module_hook=previous)
        hooks["llm"].hook.prev_module_hook = hooks["circuit"]
        self._hooks = hooks

    def begin(self, phase: Phase) -> None:
        """By hand."""
        if phase.name == "llm_final":
            self._hooks["encoder"].offload()

    async def close(self) -> None:
        """Hooks off, for they know the modules."""
        for hook in self._hooks.values():
            hook.remove()
        self._hooks = {}
        await super().close()


class Components(Peer):
    """diffusers' ComponentsManager. It believes `mem_get_info`, which does not know the cap: `shimmed`, it is told."""

    lifts_cap = False

    def __init__(self, shimmed: bool) -> None:
        self.name = "components_manager" if shimmed else "components_manager_unshimmed"
        self._shimmed = shimmed

    def missing(self, device: torch.device) -> str | None:
        """diffusers, accelerate, a device that says what is free."""
        return _absent("diffusers", "accelerate") or _needs_gpu(device)

    def prepare(self) -> None:
        """All known to one manager; its margin is the most that a phase needs beside weights."""
        from diffusers import ComponentsManager

        self._stack = ExitStack()
        if self._shimmed:
            self._stack.enter_context(memory_as_capped(self.stage.cap))
        self._manager = ComponentsManager()
        for name, module in self.modules.items():
            self._manager.add(name, module)
        margin = max(self.stage.work(phase) for phase in PHASES)
        self._manager.enable_auto_cpu_offload(self.stage.device, memory_reserve_margin=f"{margin // 10**6}MB")

    async def close(self) -> None:
        """Hooks off, the shim too."""
        self._manager.disable_auto_cpu_offload()
        self._stack.close()
        del self._manager
        await super().close()


class GroupOffload(Peer):
    """diffusers' group offload, leaf by leaf, on streams, from pinned memory: weights come again with each call."""

    name, lifts_cap = "group_offload", False

    def missing(self, device: torch.device) -> str | None:
        """diffusers, accelerate, streams."""
        return _absent("diffusers", "accelerate") or _needs_gpu(device)

    def prepare(self) -> None:
        """Hooks on every layer."""
        from diffusers.hooks import apply_group_offloading

        self._called, streams = 0, self.stage.on_gpu
        for module in self.modules.values():
            apply_group_offloading(
                module, self.stage.device, offload_type="leaf_level", use_stream=streams, record_stream=streams
            )

    def end(self, phase: Phase) -> None:
        """It does not use `to`, so what came is counted here: all, once."""
        self._called += sum(self.stage.weights.nbytes(name) for name in phase.modules)

    def moved(self) -> tuple[int, int]:
        """Nothing goes out."""
        return self._called, 0

    async def recover(self) -> None:
        """Its layers leave by themselves."""
        self.clean()


def _absent(*packages: str) -> str | None:
    gone = [package for package in packages if find_spec(package) is None]
    return f"{' and '.join(gone)} not installed" if gone else None


def _needs_gpu(device: torch.device) -> str | None:
    return None if device.type == "cuda" else f"cannot run on '{device.type}'"


@contextmanager
def memory_as_capped(cap: int) -> Iterator[None]:
    """Inside, CUDA says that so many bytes are all there are, less what this process's allocator holds."""

    def told(device: object = None) -> tuple[int, int]:
        return max(0, cap - torch.cuda.memory_reserved()), cap

    with patch.object(torch.cuda, "mem_get_info", told), patch.object(torch.cuda.memory, "mem_get_info", told):
        yield
