"""A training run on standard error: live on a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from redheart.entrypoints.ink import sparkline
from redheart.entrypoints.train_standing import Standing, stage_word

if TYPE_CHECKING:
    from redheart.training.corpus.distribution import DataReport
    from redheart.training.report.listener import Stage
    from redheart.training.run.figures import EpochFigures, StepFigures
    from redheart.training.sweep.trial import Trial

REFRESH: Final = 2  # pictures a second: drawing must not take the processor from learning
_BAR: Final = 28
_QUIET_S: Final = 10.0  # between lines about one stage, where there is no terminal


class TrainView:
    """A listener that shows. `on_data` gets the data report, to print it where results go."""

    def __init__(self, console: Console, on_data: Callable[[DataReport], None]) -> None:
        self.console, self._on_data = console, on_data
        self.standing = Standing()
        self._live: Live | None = None
        self._said_at = time.monotonic()
        self._parts = Text()  # the table of parts, drawn once an epoch

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._hide()

    def begin(self, stage: Stage, total: int | None = None) -> None:
        """A bar where there is a total, one line where there is no terminal."""
        self.standing.begin(stage, total, time.monotonic())
        if self.console.is_terminal:
            self._show()
        else:
            items = f": {total:,} {_ITEMS[stage]}" if total and stage in _ITEMS else ""
            self._line(f"{stage_word(stage)}{items} …")

    def advance(self, done: int, total: int | None = None) -> None:
        """Move the bar; without a terminal, a line every few seconds."""
        now = time.monotonic()
        self.standing.advance(done, total, now)
        if now - self._said_at >= _QUIET_S:
            self._said_at = now
            self._plain(progress_line(self.standing, now))

    def say(self, line: str) -> None:
        """One line above the bar."""
        self._line(line)

    def data(self, report: DataReport) -> None:
        """Hand it on while nothing is drawn: both may go to one terminal."""
        shown = self._live is not None
        self._hide()
        self._on_data(report)
        if shown:
            self._show()

    def step(self, figures: StepFigures) -> None:
        """Remember it; the next picture shows it."""
        self.standing.step(figures)

    def epoch(self, figures: EpochFigures) -> None:
        """Remember it; without a terminal, one line."""
        self.standing.epoch(figures)
        self._parts = _drawn(parts_table(self.standing), self.console.width)
        self._plain(epoch_line(figures, self.standing))

    def trial(self, trial: Trial, stage: int | None, number: int) -> None:
        """Remember it; whoever sweeps says a line a stage."""
        self.standing.sweep.trial(trial, stage, number)
        self.standing.done = number

    def warning(self, text: str) -> None:
        """One line above the bar."""
        self._line(f"warning: {text}", style="yellow")

    def done(self, stage: Stage) -> None:
        """The bar goes; what it came to stays as a line."""
        last = closing_line(stage, self.standing)
        self._hide()
        if last:
            self._line(last)

    def picture(self) -> RenderableType:
        """What a terminal shows now."""
        now = time.monotonic()
        if self.standing.stage == "training":
            return Group(*_training(self.standing, now), self._parts)
        if self.standing.stage == "sweep":
            return Group(bar_line(self.standing, now), _below(self.standing.sweep.line()))
        return bar_line(self.standing, now)

    def _show(self) -> None:
        if self._live is None:
            self._live = Live(
                get_renderable=self.picture, console=self.console, refresh_per_second=REFRESH, transient=True
            )
            self._live.start()

    def _hide(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _plain(self, line: str) -> None:
        if not self.console.is_terminal:
            self._line(line)

    def _line(self, line: str, style: str | None = None) -> None:
        self.console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


_ITEMS: Final = {"embedding": "texts", "sweep": "trials", "training": "steps"}


def epoch_line(figures: EpochFigures, standing: Standing) -> str:
    """'epoch 3 of 60: train 0.412, validation 0.387 (best), lr 3.0e-04, 812 samples/s, 0:01:20 left'."""
    best = " (best so far)" if standing.best_epoch == figures.epoch else ""
    left = standing.left(time.monotonic())
    return (
        f"epoch {figures.epoch}: train {figures.train_loss:.4f}, validation {figures.validation_loss:.4f}{best}, "
        f"lr {figures.lr:.1e}, {figures.samples_per_second:,.0f} samples/s"
        + (f", {_clock(left)} left" if left is not None else "")
    )


def progress_line(standing: Standing, now: float) -> str:
    """'embedding: 200 of 2,000 texts, 20 texts/s, 0:01:30 left'."""
    items = f" {_ITEMS[standing.stage]}" if standing.stage in _ITEMS else ""
    left = standing.left(now)
    told = [f"{standing.done:,} of {standing.total:,}{items}", standing.speed(now)]
    told += [f"{_clock(left)} left"] if left is not None else []
    return f"{stage_word(standing.stage)}: {', '.join(part for part in told if part)}"


def closing_line(stage: Stage, standing: Standing) -> str:
    """What remains to be said of a stage that is over; empty for most."""
    if stage == "training" and standing.epochs:
        best = standing.epochs[standing.best_epoch]
        return f"learned; best epoch by validation loss: {best.epoch}, {best.validation_loss:.4f}"
    return ""


def _training(standing: Standing, now: float) -> list[RenderableType]:
    rows: list[RenderableType] = [bar_line(standing, now)]
    if standing.last is not None:
        rows.append(_last_step(standing, now))
    return rows


def _drawn(table: Table, width: int) -> Text:
    """What a table looks like, so that it need not be laid out for every picture."""
    paper = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False)
    paper.print(table)
    assert isinstance(paper.file, io.StringIO)
    return Text(paper.file.getvalue().rstrip("\n"), no_wrap=True, overflow="crop")


def bar_line(standing: Standing, now: float) -> Text:
    """How far a stage is, as a bar, with its speed where it has one, and the time left."""
    line = Text(f"{stage_word(standing.stage):<12}", style="bold", no_wrap=True, overflow="crop")
    if not standing.total:
        return line.append(f"{_clock(now - standing.begun)}", style="dim")
    share = min(1.0, standing.done / standing.total)
    whole = round(share * _BAR)
    line.append("━" * whole, style="cyan").append("━" * (_BAR - whole), style="bright_black")
    line.append(f" {share * 100:3.0f} %  {standing.done:,}/{standing.total:,}", style="")
    if standing.stage == "embedding":
        line.append(f" texts  {standing.speed(now)}")
    if standing.last is not None and standing.stage == "training":
        line.append(f"  epoch {standing.last.epoch}")
    left = standing.left(now)
    return line.append(f"  {_clock(left)} left" if left is not None else "", style="dim")


def _last_step(standing: Standing, now: float) -> Text:
    last = standing.last
    assert last is not None
    line = Text(" " * 12, no_wrap=True, overflow="crop")
    line.append(sparkline(standing.losses.between(-1.0, 1.0)), style="cyan")
    line.append(f"  loss {standing.losses.last:.4f}", style="bold")
    return line.append(f"  lr {last.lr:.2e}  {standing.speed(now)}", style="dim")


def parts_table(standing: Standing) -> Table:
    """Validation of the last epoch by part, with the best epoch of each; a star where the last is the best."""
    table = Table(box=None, padding=(0, 1), show_edge=False, width=None)
    table.add_column("validation", no_wrap=True)
    for name in ("loss", "best", "at epoch"):
        table.add_column(name, justify="right")
    table.add_column("metric", no_wrap=True, overflow="ellipsis")
    for name in ("value", "best", "at epoch"):
        table.add_column(name, justify="right")
    for row in standing.part_rows():
        table.add_row(*row)
    return table


def _below(line: str) -> Text:
    return Text(" " * 12 + line, style="dim", no_wrap=True, overflow="crop")


def _clock(seconds: float) -> str:
    whole = max(0, round(seconds))
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"
