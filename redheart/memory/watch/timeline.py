"""Memory over time as JSON Lines: what was sampled, what was decided, which phase ran."""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from redheart.errors import InputError
from redheart.events import PHASE_FINISHED, PHASE_STARTED, Event
from redheart.memory.monitor import MemoryMonitor
from redheart.memory.watch.moment import Moment, Reader

_log = logging.getLogger(__name__)

VERSION: Final = 1
KEPT: Final = 20
QUIET_BYTES: Final = 1 << 20  # RSS that moves by less has not changed
QUIET_S: Final = 1.0  # while nothing changes, one sample in so many seconds is enough

Record = dict[str, Any]


class TimelineWriter:
    """Writes each record as one whole line at once: whatever ends the process, what was told is in the file."""

    def __init__(self, monitor: MemoryMonitor, path: Path, descriptor: int) -> None:
        self.path = path
        self._monitor, self._descriptor = monitor, descriptor
        self._lock = threading.Lock()
        assert monitor.watched is not None
        self._decisions = Reader(monitor.watched.journal)
        self._known: set[str] = set()
        self._residents: Record = {}
        self._pulse: object = None
        self._written_s = -QUIET_S
        self._broken = False
        monitor.sampler.look()
        self._write(_header(monitor))

    def tell(self, event: Event) -> None:
        """A phase has begun or ended."""
        if event.kind in (PHASE_STARTED, PHASE_FINISHED):
            at_s, edge = self._now(), event.kind.removeprefix("phase_")
            self._write({"record": "phase", "at_s": at_s, "phase": event.name, "edge": edge})

    def sample(self) -> None:
        """What is unwritten of the decisions, then this moment, if anything changed."""
        with self._lock:
            now_s, rss = self._now(), self._monitor.sampler.last
            pulse = (self._monitor.pulse(), rss // QUIET_BYTES)
            if pulse == self._pulse and now_s - self._written_s < QUIET_S and not self._decisions.waiting:
                return
            self._pulse, self._written_s = pulse, now_s
            self._write_all(self._monitor.moment())

    def _write_all(self, moment: Moment) -> None:
        self._write_modules(moment)
        for decision in self._decisions.unread():
            at_s = round(decision.at_s - self._monitor.began_s, 4)
            self._write({"record": "decision", **asdict(decision), "at_s": at_s})
        record = _sample(moment)
        if record["residents"] == self._residents:
            del record["residents"]
        else:
            self._residents = record["residents"]
        self._write({"record": "sample", "at_s": round(moment.at_s, 4), **record})

    def close(self) -> None:
        """The last sample, and the file is whole."""
        self.sample()
        self._write({"record": "end", "at_s": self._now()})
        os.close(self._descriptor)

    def _now(self) -> float:
        return round(time.monotonic() - self._monitor.began_s, 4)

    def _write_modules(self, moment: Moment) -> None:
        """Each module once, when it is first seen: its chunks do not change."""
        for state in moment.modules:
            if state.name not in self._known:
                self._known.add(state.name)
                told = {"module": state.name, "priority": int(state.priority), "chunks": state.chunks}
                more = {"requires": sorted(state.requires), "work_bytes": state.work_bytes}
                self._write({"record": "module", **told, **more})

    def _write(self, record: Record) -> None:
        """A full disk ends the timeline, told once: no request may fail for want of it."""
        if self._broken:
            return
        try:
            os.write(self._descriptor, (json.dumps(record, ensure_ascii=False) + "\n").encode())
        except OSError as error:
            self._broken = True
            _log.warning("the timeline '%s' cannot be written any more (%s)", self.path, error.strerror)


@contextmanager
def recording(monitor: MemoryMonitor, path: Path | None, folder: Path) -> Iterator[TimelineWriter]:
    """Inside, a timeline is written: to `path`, anew, or else as the newest of `KEPT` in `folder`.

    For the owner's eyes alone (mode 0600). Raises InputError where it cannot be written.
    """
    try:
        place, descriptor = _opened(path) if path is not None else _next_in(folder)
    except OSError as error:
        wanted = path if path is not None else folder
        raise InputError(
            f"the timeline '{wanted}' cannot be written ({error.strerror}). Name another file with --memory-timeline."
        ) from error
    writer = TimelineWriter(monitor, place, descriptor)
    try:
        with monitor.sampler.wanted(writer.sample):
            yield writer
    finally:
        writer.close()


def stored_timelines(folder: Path) -> list[Path]:
    """The timelines kept in a folder, oldest first."""
    return sorted(folder.glob("*.jsonl"))


def _opened(path: Path) -> tuple[Path, int]:
    return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)


def _next_in(folder: Path) -> tuple[Path, int]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    now = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    path = folder / f"{now}-{os.getpid()}.jsonl"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
    for old in stored_timelines(folder)[:-KEPT]:
        old.unlink(missing_ok=True)
    return path, descriptor


def _header(monitor: MemoryMonitor) -> Record:
    watched = monitor.watched
    assert watched is not None
    return {
        "record": "timeline",
        "version": VERSION,
        "began": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "mode": watched.mode,
        "policy": watched.policy,
        "device": monitor.device,
        "tier": str(watched.ledger.tier),
        "budget": watched.ledger.budget,
    }


def _sample(moment: Moment) -> Record:
    return {
        "step": moment.step,
        "rss": moment.rss,
        "rss_before_load": moment.rss_before_load,
        "rss_peak": moment.rss_peak,
        "reserved": moment.tier.reserved,
        "committed": moment.tier.committed,
        "peak_committed": moment.peak_committed,
        "lines": dict(moment.tier.lines),
        "measured": moment.tier.measured,
        "behind": {str(tier.tier): tier.committed for tier in moment.behind},
        "cuda_reserved": moment.cuda_reserved,
        "gpu_used": moment.gpu_used,
        "residents": {
            state.name: [sorted(state.resident), state.leases]
            for state in moment.modules
            if state.resident or state.leases
        },
        "next_use": dict(moment.next_use),
    }
