"""Requests, phase after phase, by any contender: timed, checked, counted."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

import torch

from redheart.benchmarks.memory.cuda_stage import Contender, Stage
from redheart.benchmarks.memory.modules import DTYPE, PHASES, Phase, StandIn, checksum, inputs
from redheart.blocking import run_blocking
from redheart.errors import OutOfMemoryError
from redheart.types.residency import Grant

Sums = tuple[tuple[int, int, int], ...]
TRIAL_ROWS: Final = 1024
MOST_RUNGS: Final = 8  # a ladder has fewer: more would be a loop


@dataclass(eq=False)
class Record:
    """What one contender's requests took. Lists have one entry a request, by phase; None where it ran out of memory.

    Milliseconds run from the end of the former phase's computing to the end of this one's. Bytes.
    """

    contender: str
    ms: dict[str, list[float | None]] = field(default_factory=lambda: defaultdict(list))
    bytes_in: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    bytes_out: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    sums: dict[str, set[Sums]] = field(default_factory=lambda: defaultdict(set))
    reserved: list[int] = field(default_factory=list)
    ooms: int = 0
    rungs: int = 0
    peak_allocated: int = 0
    peak_reserved: int = 0

    @property
    def requests(self) -> int:
        """How many were counted."""
        return max((len(times) for times in self.ms.values()), default=0)


@dataclass(eq=False)
class Spikes:
    """Somebody else's `nbytes` during every `every`-th request; `refused` counts those that found no room."""

    nbytes: int
    every: int
    came: int = 0
    refused: int = 0

    def during(self, request: int, device: torch.device) -> torch.Tensor | None:
        """What to keep while the request runs."""
        if request % self.every != self.every - 1:
            return None
        try:
            spike = torch.empty(self.nbytes, dtype=torch.uint8, device=device)
        except torch.OutOfMemoryError:
            self.refused += 1
            return None
        self.came += 1
        return spike


class Requests:
    """Runs contenders on one stage. `rows`: how many each module computes on."""

    def __init__(self, stage: Stage, rows: dict[str, int]) -> None:
        self.stage, self._rows = stage, rows

    async def run(
        self, contender: Contender, record: Record, warm_up: int, count: int, spikes: Spikes | None = None
    ) -> None:
        """Open, warm up, count, close."""
        contender.open(self.stage)
        before, unread = self._now(), Record(contender.name)
        try:
            for _ in range(warm_up):
                before = await self._request(contender, unread, before)
            self._forget_peaks()
            for request in range(count):
                spike = spikes.during(request, self.stage.device) if spikes is not None else None
                before = await self._request(contender, record, before)
                del spike
                record.reserved.append(self._reserved())
            self._note_peaks(record)
            record.rungs += contender.rungs()
        finally:
            await contender.close()

    def rows_for(self, name: str, module: StandIn) -> int:
        """Rows on which `module` takes its share of its longest phase, as far as that phase's work memory goes."""
        phase = max((phase for phase in PHASES if name in phase.modules), key=lambda phase: phase.compute_ms)
        for _ in range(2):  # the first is warm-up
            begun = self._now()
            self._module(name, module, TRIAL_ROWS)
            took = self._ms(begun, self._now())
        wanted = TRIAL_ROWS * phase.compute_ms / len(phase.modules) / took
        room = self.stage.work(phase) / 2 / (3 * module.width * DTYPE.itemsize)
        return max(64, int(min(wanted, room)) // 64 * 64)

    async def _request(self, contender: Contender, record: Record, before: Any) -> Any:
        """When its last phase's computing ended; `before`: when that of the last request's did."""
        for phase in PHASES:
            came, went = contender.moved()
            ended = await self._phase(contender, phase, record)
            now_came, now_went = contender.moved()
            record.bytes_in[phase.name] += now_came - came
            record.bytes_out[phase.name] += now_went - went
            record.ms[phase.name].append(None if ended is None else self._ms(before, ended))
            before = self._now() if ended is None else ended
        return before

    async def _phase(self, contender: Contender, phase: Phase, record: Record) -> Any:
        """The moment its computing ended; None if it ran out of memory."""
        try:
            async with contender.phase(phase) as grant:
                record.sums[phase.name].add(await self._computed(contender, phase, grant))
                return self._now()
        except (torch.OutOfMemoryError, OutOfMemoryError):
            record.ooms += 1
        await contender.recover()
        return None

    async def _computed(self, contender: Contender, phase: Phase, grant: Grant | None) -> Sums:
        """(1) compute; (2) out of memory, and somebody can make room: again; (3) nobody can: raise."""
        for _ in range(MOST_RUNGS):
            try:
                return await run_blocking(self._compute, contender, phase)  # (1)
            except torch.OutOfMemoryError as error:
                if grant is None:
                    raise  # (3)
                await grant.relieve(error)  # (2)
        raise OutOfMemoryError(f"phase '{phase.name}' still finds no memory after {MOST_RUNGS} rungs")

    @torch.no_grad()
    def _compute(self, contender: Contender, phase: Phase) -> Sums:
        """Half of the phase's work memory is taken as such, the other half is there for what layers pass on."""
        scratch = torch.empty(self.stage.work(phase) // 2, dtype=torch.uint8, device=self.stage.device)
        sums = tuple(self._module(name, contender.modules[name], self._rows[name]) for name in phase.modules)
        del scratch
        return sums

    def _module(self, name: str, module: StandIn, rows: int) -> tuple[int, int, int]:
        return checksum(module(inputs(self.stage.weights, name, rows, self.stage.device)))

    # -- the device --------------------------------------------------------------------------------------------------

    def _now(self) -> Any:
        """A point in the compute stream's work; off a GPU, in time."""
        if not self.stage.on_gpu:
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
        event.record()
        return event

    def _ms(self, begun: Any, ended: Any) -> float:
        if not self.stage.on_gpu:
            return float(ended - begun) * 1e3
        ended.synchronize()
        return float(begun.elapsed_time(ended))

    def _reserved(self) -> int:
        return torch.cuda.memory_reserved(self.stage.device) if self.stage.on_gpu else 0

    def _forget_peaks(self) -> None:
        if self.stage.on_gpu:
            torch.cuda.reset_peak_memory_stats(self.stage.device)

    def _note_peaks(self, record: Record) -> None:
        if self.stage.on_gpu:
            record.peak_allocated = max(record.peak_allocated, torch.cuda.max_memory_allocated(self.stage.device))
            record.peak_reserved = max(record.peak_reserved, torch.cuda.max_memory_reserved(self.stage.device))
