"""How fast weights come from this machine's RAM and disk: our way, others' ways, and the floors below them all."""

from __future__ import annotations

import gc
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from types import TracebackType
from typing import Final, Self

from redheart.benchmarks.memory import page_cache
from redheart.benchmarks.memory.copies import bytes_copied
from redheart.benchmarks.memory.exactness import Exactness
from redheart.benchmarks.memory.floors import READERS, Floors
from redheart.benchmarks.memory.our_route import OurRoute
from redheart.benchmarks.memory.routes import (
    AccelerateCpuOffload,
    AccelerateDiskOffload,
    DiffusersGroupDisk,
    Hooked,
    LoadFileClone,
    LoadFileMapped,
    Route,
    TorchLoad,
)
from redheart.benchmarks.memory.rows import TierRow
from redheart.benchmarks.memory.samples import seconds_of
from redheart.benchmarks.memory.sheets import write_sheets

SEED: Final = 20261121
INSTALL: Final = "pip install 'redheart[bench]'"
REALLY_READ: Final = 0.9  # share of a file that must come from the disk for a read to be called cold
PEERS: Final[dict[type[Hooked], str]] = {
    AccelerateCpuOffload: "accelerate",
    AccelerateDiskOffload: "accelerate",
    DiffusersGroupDisk: "diffusers",
}


@dataclass(frozen=True, slots=True)
class Trip:
    """One thing that is timed, and the files it reads. `route` is None for a floor."""

    name: str
    cold: bool
    files: tuple[Path, ...]
    action: Callable[[], None]
    route: Route | None = None

    def prepare(self) -> None:
        """Make the page cache what it should be."""
        (page_cache.drop if self.cold else page_cache.warm)(self.files)

    def clear(self) -> None:
        """Let go of what was brought."""
        if self.route is not None:
            self.route.clear()


class TierBench:
    """`gb` GB of weights in a temporary folder, for as long as the context is open.

    `rows` may be asked at any time: it tells what has been measured by then.
    """

    def __init__(self, gb: float, rounds: int, say: Callable[[str], None], seed: int = SEED) -> None:
        self.notes: list[str] = []
        self._gb, self._rounds, self._say, self._seed = gb, rounds, say, seed
        self._absent: dict[str, str] = {}
        self._trips: list[Trip] = []
        self._seconds: defaultdict[str, list[float]] = defaultdict(list)
        self._from_disk: defaultdict[str, list[float]] = defaultdict(list)  # share of the files, where the kernel says
        self._exact: dict[str, bool] = {}
        self._copied: int | None = None

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="redheart-bench-")))
            self._say(f"writing {self._gb:g} GB of weights into '{folder}'")
            self._files = write_sheets(folder, int(self._gb * 1e9), self._seed)
            self._floors = stack.enter_context(closing(Floors(self._files.safetensors)))
            self._ours = stack.enter_context(closing(OurRoute(self._files)))
            routes: list[Route] = [LoadFileClone(self._files), LoadFileMapped(self._files), TorchLoad(self._files)]
            self._trips = list(self._all_trips([*routes, *self._peers(folder)]))
            gc.collect()  # hooking leaves circles that map the file, and a mapped file stays in the page cache
            self._open = stack.pop_all()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._trips = []
        self._open.close()

    def measure(self) -> None:
        """One round to warm up, in which bits are compared; then rounds in random order."""
        self._warm_up()
        draw = random.Random(self._seed)
        for number in range(self._rounds):
            self._say(f"host tiers: round {number + 1} of {self._rounds}")
            for trip in draw.sample(self._trips, len(self._trips)):
                self._time(trip)
            for trip in draw.sample(disk := self._disk_trips(), len(disk)):  # once more: disks vary most of all
                self._time(trip)
            self._evict()

    def _disk_trips(self) -> list[Trip]:
        return [trip for trip in self._trips if trip.cold and (trip.route in (None, self._ours))]

    def rows(self) -> list[TierRow]:
        """Medians of the rounds that are done, floors first."""
        speeds, best = self._speeds(median), self._speeds(min)
        rows = [self._row(trip, speeds, best) for trip in self._trips if trip.name in speeds]
        if "evict" in self._seconds:
            rows.append(self._eviction())
        return [*rows, *(TierRow(name, None, None, note=why) for name, why in self._absent.items())]

    # -- what is timed -----------------------------------------------------------------------------------------------

    def _all_trips(self, routes: list[Route]) -> Iterator[Trip]:
        floors, stored = self._floors, (self._files.safetensors,)
        yield Trip("memcpy", False, (), lambda: floors.copy(1))
        yield Trip("memcpy_threads", False, (), lambda: floors.copy(floors.processors))
        if page_cache.can_drop():
            yield Trip("disk_cold_1", True, stored, lambda: floors.read(1))
            yield Trip(f"disk_cold_{READERS}", True, stored, lambda: floors.read(READERS))
        else:
            self.notes.append("this system drops no page of a file: nothing cold was measured")
        yield Trip("warm", False, stored, self._ours.load, self._ours)
        for route in (self._ours, *routes):
            cold = route is self._ours or route.name.endswith("_cold")
            if page_cache.can_drop() or not cold:
                name = "cold" if route is self._ours else route.name
                yield Trip(name, cold, route.files, route.load, route)

    def _peers(self, folder: Path) -> Iterator[Route]:
        for peer, package in PEERS.items():
            if find_spec(package) is None:
                self._absent[peer.name] = f"{package} is not installed: {INSTALL}"
            else:
                yield peer(self._files, folder)

    def _warm_up(self) -> None:
        exactness = Exactness(self._files)
        for trip in self._trips:
            self._say(f"warming up: {trip.name}")
            trip.prepare()
            trip.action()
            if trip.route is not None:
                self._exact[trip.name] = exactness.holds(trip.route)
            trip.clear()
        self._ours.load()
        self._copied = bytes_copied(self._ours.clear)

    def _time(self, trip: Trip) -> None:
        trip.prepare()
        before = page_cache.read_from_disk()
        seconds = seconds_of(trip.action)
        after = page_cache.read_from_disk()
        trip.clear()
        self._seconds[trip.name].append(seconds)
        if before is not None and after is not None and trip.cold:
            self._from_disk[trip.name].append((after - before) / self._files.nbytes)

    def _evict(self) -> None:
        self._ours.load()
        self._seconds["evict"].append(seconds_of(self._ours.clear))

    # -- what is told ------------------------------------------------------------------------------------------------

    def _speeds(self, middle: Callable[[list[float]], float]) -> dict[str, float]:
        """GB/s of everything that has been timed."""
        return {name: self._files.nbytes / middle(times) / 1e9 for name, times in self._seconds.items()}

    def _row(self, trip: Trip, speeds: dict[str, float], best: dict[str, float]) -> TierRow:
        if trip.route is not None and not trip.route.brings:
            return self._no_speed(trip, trip.route)
        speed, floor = speeds[trip.name], _floor(trip, speeds)
        return TierRow(
            trip.name,
            speed,
            floor,
            share_of_floor=_times(speed, floor),
            best_share_of_floor=_times(best[trip.name], _floor(trip, best)),
            times_load_file_clone=_times(speed, speeds.get("load_file_clone")) if not trip.cold else None,
            times_load_file_mmap_cold=_times(speed, speeds.get("load_file_mmap_cold")) if trip.cold else None,
            rounds=len(self._seconds[trip.name]),
            exact=self._exact.get(trip.name),
            note=self._doubt(trip) or (trip.route.note if trip.route else None),
        )

    def _no_speed(self, trip: Trip, route: Route) -> TierRow:
        seconds = self._seconds[trip.name]
        note = f"{route.note}: {median(seconds) * 1e3:.0f} ms a pass"
        return TierRow(trip.name, None, None, rounds=len(seconds), exact=self._exact.get(trip.name), note=note)

    def _doubt(self, trip: Trip) -> str | None:
        shares = self._from_disk.get(trip.name)
        if shares and median(shares) < REALLY_READ:
            return f"not cold: only {median(shares):.0%} of it came from the disk"
        return None

    def _eviction(self) -> TierRow:
        seconds = self._seconds["evict"]
        return TierRow(
            "evict",
            None,
            None,
            rounds=len(seconds),
            us_per_tensor=median(seconds) * 1e6 / self._files.tensors,
            bytes_copied=self._copied,
        )


def _floor(trip: Trip, speeds: dict[str, float]) -> float | None:
    """Of a cold trip the faster way to read the disk, of any other one thread's memcpy."""
    disks = [speed for name, speed in speeds.items() if name.startswith("disk_cold_")]
    return max(disks, default=None) if trip.cold else speeds.get("memcpy")


def _times(speed: float, other: float | None) -> float | None:
    return speed / other if other else None
