"""What other tools do with modules that take turns on a device, as rules: who leaves before a step begins.

Each rule is described from how the tool behaves, for whole steps: no code of theirs, and no device.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import Final, NamedTuple

from redheart.memory.plan import Cycle, Step

GB: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Scene:
    """A step is about to begin. `resident`: bytes of each module that are in; `last_use`: position, counted on."""

    cycle: Cycle
    capacity: int
    position: int
    resident: Mapping[str, int]
    last_use: Mapping[str, int]

    @property
    def step(self) -> Step:
        """The step that begins."""
        return self.cycle.steps[self.position % len(self.cycle.steps)]

    @property
    def idle(self) -> dict[str, int]:
        """Bytes of the modules that are in, at least in part, and that the step does not need."""
        needed = self.cycle.needed(self.position)
        return {name: nbytes for name, nbytes in self.resident.items() if nbytes and name not in needed}

    @property
    def missing(self) -> int:
        """Bytes that the step needs and that are not in."""
        needed = self.cycle.needed(self.position)
        return self.cycle.size(needed) - sum(self.resident.get(name, 0) for name in needed)

    @property
    def free(self) -> int:
        """Bytes that no weights fill."""
        return self.capacity - sum(self.resident.values())

    def next_use(self, name: str) -> int:
        """Steps until a module is needed."""
        ways = range(len(self.cycle.steps))
        return next(away for away in ways if name in self.cycle.needed(self.position + away))


Leaving = Mapping[str, int]  # module -> bytes that leave


class Peer(NamedTuple):
    """A contender: who leaves before a step, and whether what leaves is copied out though nothing changed it."""

    leaving: Callable[[Scene], Leaving]
    copies_out: bool


def everything_idle(scene: Scene) -> Leaving:
    """Only what the next step needs stays: a hook that hands the device on, and dropping after use."""
    return scene.idle


def nothing(scene: Scene) -> Leaving:
    """All stays, whatever the device can hold."""
    return {}


def least_recently_used(scene: Scene) -> Leaving:
    """Whole modules leave until the step fits, the least recently used first, then the larger."""
    return _until_it_fits(scene, sorted(scene.idle, key=lambda name: (scene.last_use[name], -scene.idle[name], name)))


def farthest_next_use(scene: Scene) -> Leaving:
    """Whole modules leave until the step fits, the one needed last first, then the larger."""
    return _until_it_fits(scene, sorted(scene.idle, key=lambda name: (-scene.next_use(name), -scene.idle[name], name)))


def smallest_sum(margin_bytes: int) -> Callable[[Scene], Leaving]:
    """Keep a margin free beside weights; if that is short, the modules leave whose sum is least among those enough."""

    def leaving(scene: Scene) -> Leaving:
        short = scene.missing + margin_bytes - scene.free
        if not scene.missing or short <= 0:  # looked at only when something has to come in
            return {}
        chosen = smallest_combination(scene.idle, short)
        return {name: scene.idle[name] for name in (scene.idle if chosen is None else chosen)}

    return leaving


def smallest_combination(sizes: Mapping[str, int], enough: int) -> tuple[str, ...] | None:
    """Of all combinations of modules the one with the least sum >= `enough`; None if all are too little. 2^n steps."""
    best: tuple[int, tuple[str, ...]] | None = None
    for count in range(1, len(sizes) + 1):
        for names in combinations(sizes, count):
            total = sum(sizes[name] for name in names)
            if total >= enough and (best is None or total < best[0]):
                best = total, names
    return best[1] if best else None


def bytes_of_most_offloaded(headroom_bytes: int) -> Callable[[Scene], Leaving]:
    """Free a tenth more than is missing, and a headroom; bytes leave, of modules that have lost most, then smallest."""

    def leaving(scene: Scene) -> Leaving:
        short = scene.missing + scene.missing // 10 + max(headroom_bytes, scene.step.work_bytes) - scene.free
        gone = {}
        size = {name: scene.cycle.size([name]) for name in scene.idle}
        for name in sorted(size, key=lambda name: (scene.idle[name] - size[name], size[name], name)):
            if short > 0:
                gone[name] = min(short, scene.idle[name])
                short -= gone[name]
        return gone

    return leaving


def _until_it_fits(scene: Scene, order: Iterable[str]) -> Leaving:
    gone = {}
    short = scene.missing + scene.step.work_bytes - scene.free
    for name in order:
        if short > 0:
            gone[name] = scene.idle[name]
            short -= gone[name]
    return gone


PEERS: Final[dict[str, Peer]] = {
    # accelerate's cpu_offload_with_hook, diffusers' enable_model_cpu_offload
    "chain": Peer(everything_idle, copies_out=True),
    # diffusers' ComponentsManager with its usual margin of 3 GB
    "components_manager": Peer(smallest_sum(3 * GB), copies_out=True),
    # ComfyUI's free_memory, without dynamic loading: 0.8 GB to compute in and 0.4 GB set aside
    "comfy_classic": Peer(bytes_of_most_offloaded(12 * GB // 10), copies_out=True),
    # SGLang's component offload
    "drop_after_use": Peer(everything_idle, copies_out=False),
    "lru": Peer(least_recently_used, copies_out=False),
    "farthest_next_use": Peer(farthest_next_use, copies_out=False),
    "resident": Peer(nothing, copies_out=False),
}
