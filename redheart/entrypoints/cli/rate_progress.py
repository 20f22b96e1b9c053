"""Progress of counted work on standard error: how much, how fast, how long still."""

from __future__ import annotations

import time
from types import TracebackType
from typing import TYPE_CHECKING, Final

from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn
from rich.progress import Progress as Bar

if TYPE_CHECKING:
    from rich.console import Console

_PATIENCE_S: Final = 1.0
_PLAIN_S: Final = 10.0  # between two lines where there is no terminal


class RateProgress:
    """A bar, or plain lines where there is no terminal; nothing of work that is done within a second."""

    def __init__(self, console: Console, noun: str) -> None:
        self.console, self.noun = console, noun
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(bar_width=24))
        self._bar = Bar(
            *columns, MofNCompleteColumn(), TextColumn("{task.fields[rate]}", markup=False), console=console,
            transient=True,
        )  # fmt: skip
        self._row = self._bar.add_task("", total=None, rate="")
        self._what = ""
        self._begun = self._told = time.monotonic()

    def __enter__(self) -> RateProgress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._bar.live.is_started:
            self._bar.stop()

    def begin(self, what: str) -> None:
        """Something else is counted from now on, from 0."""
        self._bar.remove_task(self._row)
        self._row = self._bar.add_task(what, total=None, rate="")
        self._what, self._begun = what, time.monotonic()
        self._told = self._begun

    def tell(self, done: int, total: int) -> None:
        """So many are done, of so many; with none done the clock starts again: what came before was preparation."""
        now = time.monotonic()
        if done == 0:
            self._begun = now
        if now - self._begun < _PATIENCE_S:
            return
        rate = self._rate(done, total, now - self._begun)
        if self.console.is_terminal:
            self._bar.start()
            self._bar.update(self._row, completed=done, total=total, rate=rate)
        elif now - self._told >= _PLAIN_S:
            self._told = now
            self.console.print(f"{self._what}: {done:,} of {total:,} {rate}", markup=False, highlight=False)

    def say(self, line: str) -> None:
        """A line above the bar."""
        self.console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _rate(self, done: int, total: int, seconds: float) -> str:
        if not done:
            return self.noun
        left = round((total - done) * seconds / done)
        return f"{self.noun}, {done / seconds:,.0f}/s, {left // 60}:{left % 60:02d} left"
