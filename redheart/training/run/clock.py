"""Seconds of every stage, added up over all sessions of a run."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydantic import Field, ValidationError

from redheart.errors import InputError
from redheart.training.whole_file import write_record
from redheart.types.base import Frozen


class Sessions(Frozen):
    """How often a run was begun or gone on with, and how long all of it took. No figure depends on it."""

    sessions: int = Field(ge=1)
    seconds: dict[str, float]  # stage -> seconds, those of steps that a killed session lost included


class Clock:
    """Adds up what each named stretch takes: of this session, and once it has a file, of those before it too."""

    def __init__(self) -> None:
        self.sessions = 1
        self.seconds: dict[str, float] = {}
        self._file: Path | None = None
        self._running: dict[str, float] = {}  # stage -> when it began

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """The time inside counts for `stage`."""
        self._running[stage] = time.monotonic()
        try:
            yield
        except BaseException:
            self._end(stage)
            with suppress(InputError):  # what is raised already is what the user must know
                self.keep()
            raise
        self._end(stage)
        self.keep()

    def go_on(self, file: Path, resume: bool, warn: Callable[[str], None]) -> None:
        """Count for the run that owns `file`: with `resume` behind the sessions before, else from this one on.

        Warns where earlier sessions cannot be read. Raises InputError if the disk refuses.
        """
        self._file = file
        if resume:
            self._add(file, warn)
        self.keep()

    def keep(self) -> None:
        """Write all seconds until now. Raises InputError if the disk refuses."""
        if self._file is not None:
            now = time.monotonic()
            running = {stage: now - begun for stage, begun in self._running.items()}
            write_record(self._file, Sessions(sessions=self.sessions, seconds=_sum(self.seconds, running)))

    def _add(self, file: Path, warn: Callable[[str], None]) -> None:
        try:
            before = Sessions.model_validate_json(file.read_bytes())
        except (OSError, ValidationError):
            warn(f"'{file}' cannot be read: seconds and sessions are counted from this session on")
            return
        self.sessions += before.sessions
        self.seconds = _sum(before.seconds, self.seconds)

    def _end(self, stage: str) -> None:
        self.seconds = _sum(self.seconds, {stage: time.monotonic() - self._running.pop(stage)})


def _sum(one: dict[str, float], other: dict[str, float]) -> dict[str, float]:
    return {stage: one.get(stage, 0.0) + other.get(stage, 0.0) for stage in (*one, *other)}
