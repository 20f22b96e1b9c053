"""Progress on standard error, for work that takes more than a second."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from redheart.events import Event, EventBus

_PATIENCE_S = 1.0
_PHASES = {
    "llm_initial": "reading the situation",
    "red_heart": "reading emotions, worth and causes",
    "circuit": "weighing the options",
    "llm_final": "putting it into words",
}


class Progress:
    """A spinner with the current phase; with a `total`, a bar of lines. Plain lines where there is no terminal.

    A thread starts it after a second, because loading models may hold the event loop that long.
    """

    def __init__(self, console: Console, total: int | None = None) -> None:
        self.console = console
        self._total = total
        self._lock = threading.Lock()
        self._shown = self._left = False
        self._phase = "loading the models"
        self._tenths = 0
        self._bar = Bar(*_columns(total), console=console, transient=True)
        self._row = self._bar.add_task(self._phase, total=total)
        self._timer = threading.Timer(_PATIENCE_S, self.show)
        self._timer.daemon = True

    def __enter__(self) -> Progress:
        self._timer.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._timer.cancel()
        with self._lock:
            self._left = True
            if self._shown and self.console.is_terminal:
                self._bar.stop()

    def show(self) -> None:
        """Be seen from now on: what the timer calls."""
        with self._lock:
            if self._left:
                return
            self._shown = True
            if self.console.is_terminal:
                self._bar.start()
        self._plain(f"{self._phase} …")

    def phase(self, name: str) -> None:
        """Say which phase runs now."""
        self._phase = _PHASES.get(name, name)
        self._bar.update(self._row, description=self._phase)
        if self._total is None:  # a batch passes each phase many times; its lines say enough
            self._plain(f"{self._phase} …")

    def lines(self, done: int) -> None:
        """Say how many lines of a batch are done."""
        self._bar.update(self._row, completed=done)
        tenths = done * 10 // self._total if self._total else 0
        if tenths > self._tenths:
            self._tenths = tenths
            self._plain(f"{done} of {self._total} lines")

    def _plain(self, line: str) -> None:
        if self._shown and not self.console.is_terminal:
            self.console.print(line, markup=False, highlight=False)


@asynccontextmanager
async def following(events: EventBus, *listeners: Callable[[Event], None]) -> AsyncIterator[None]:
    """Inside, every event reaches every listener; on leaving, what is unread is still delivered."""
    subscription = events.subscribe(256)

    async def follow() -> None:
        async for event in subscription:
            for listener in listeners:
                listener(event)

    task = asyncio.create_task(follow())
    try:
        yield
    finally:
        subscription.close()
        await task


def _columns(total: int | None) -> list[ProgressColumn]:
    lines: list[ProgressColumn] = [BarColumn(bar_width=24), MofNCompleteColumn()] if total is not None else []
    return [SpinnerColumn(), TextColumn("{task.description}", markup=False), *lines, TimeElapsedColumn()]
