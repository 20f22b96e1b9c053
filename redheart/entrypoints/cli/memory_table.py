"""The live table of memory: one look at the tier, the residents, the last decisions."""

from __future__ import annotations

import time
from collections import deque
from typing import TYPE_CHECKING, Final

from rich.box import ROUNDED
from rich.console import Console, ConsoleOptions, RenderResult
from rich.panel import Panel
from rich.segment import Segment
from rich.table import Table
from rich.text import Text

from redheart.entrypoints.ink import clipped

if TYPE_CHECKING:
    from redheart.memory.journal import Decision
    from redheart.memory.monitor import MemoryMonitor
    from redheart.memory.states import ModuleState
    from redheart.memory.watch.moment import Moment
    from redheart.types.residency import TierReport

REFRESH_S: Final = 0.25
MODULES: Final = 8
DECISIONS: Final = 4
_WIDEST: Final = 110
_BAR: Final = 36
_MIB: Final = 1 << 20


class MemoryTable:
    """Renders the present each time it is asked, at most four times a second: a spinner beside it asks more often."""

    def __init__(self, monitor: MemoryMonitor) -> None:
        from redheart.memory.watch.moment import Reader

        assert monitor.watched is not None
        self._monitor, self._watched = monitor, monitor.watched
        self._unread = Reader(monitor.watched.journal)
        self._decisions: deque[Decision] = deque(maxlen=DECISIONS)
        self._drawn: list[Segment] = []
        self._drawn_for = (-REFRESH_S, 0)  # second, width

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        now, width = time.monotonic(), min(options.max_width, _WIDEST)
        if now - self._drawn_for[0] >= REFRESH_S or width != self._drawn_for[1]:
            self._decisions.extend(self._unread.unread())
            self._drawn = list(console.render(self.panel(width), options.update(width=width)))
            self._drawn_for = (now, width)
        yield from self._drawn

    def panel(self, width: int) -> Panel:
        """The whole table for a width in cells."""
        moment = self._monitor.moment()
        body = Table.grid(padding=(0, 1))
        body.add_row(_tiers(moment))
        body.add_row(_modules(moment))
        if self._decisions:
            body.add_row(_decisions(list(self._decisions), self._monitor.began_s, width - 4))
        title = f"memory: mode {self._watched.mode}, policy {self._watched.policy}, {self._monitor.device}"
        return Panel(body, title=title, title_align="left", box=ROUNDED, border_style="dim", width=width)


def _tiers(moment: Moment) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_row(Text(moment.tier.tier, style="bold"), tier_bar(moment.tier), _tier_numbers(moment.tier))
    if moment.tier.lines:
        told = ", ".join(f"{name} {_mib(nbytes)}" for name, nbytes in moment.tier.lines.items())
        grid.add_row("", Text("set aside", style="dim"), Text(f"{told} MiB", overflow="ellipsis", no_wrap=True))
    for tier in moment.behind:
        grid.add_row(Text(tier.tier, style="dim"), tier_bar(tier), _tier_numbers(tier))
    grid.add_row(Text("RSS", style="bold"), Text(_rss(moment)), _gpu(moment))
    return grid


def tier_bar(tier: TierReport) -> Text:
    """Filled, promised, set aside, free: a cell for each part of the budget."""
    parts = ((tier.committed, "█", "green"), (tier.reserved, "▒", "yellow"), (sum(tier.lines.values()), "░", "blue"))
    text, drawn, told = Text(), 0, 0
    for nbytes, sign, style in parts:
        told += nbytes
        end = min(_BAR, round(_BAR * told / tier.budget)) if tier.budget else 0
        text.append(sign * (end - drawn), style=style)
        drawn = max(drawn, end)
    return text.append("·" * (_BAR - drawn), style="dim")


def _tier_numbers(tier: TierReport) -> Text:
    text = Text(f"{_mib(tier.committed)} of {_mib(tier.budget)} MiB", no_wrap=True)
    if tier.reserved:
        text.append(f", {_mib(tier.reserved)} promised", style="yellow")
    if tier.measured is not None:
        text.append(f", {_mib(tier.measured)} measured", style="dim")
    return text


def _rss(moment: Moment) -> str:
    now = f"{_mib(moment.rss)} MiB now"
    over = moment.over_baseline
    return now if over is None else f"{now}, at most +{_mib(over)}"


def _gpu(moment: Moment) -> Text:
    before = moment.rss_before_load
    told = [] if before is None else [f"above {_mib(before)} before the first load"]
    told += [] if moment.gpu_used is None else [f"GPU {_mib(moment.gpu_used)} MiB, everybody's"]
    return Text(", ".join(told), style="dim", no_wrap=True)


def _modules(moment: Moment) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name, justify in (("module", "left"), ("chunks", "right"), ("MiB", "right"), ("used by", "right")):
        table.add_column(name, justify=justify, no_wrap=True)  # type: ignore[arg-type]
    table.add_column("next use", no_wrap=True)
    ranked = sorted(moment.modules, key=lambda state: (not state.resident, -state.nbytes))
    for state in ranked[:MODULES]:
        table.add_row(*_module_row(state, moment), style="" if state.resident or state.reserved else "dim")
    if left := ranked[MODULES:]:
        there = sum(state.size(state.resident) for state in left)
        table.add_row(f"and {len(left)} more", "", _mib(there), "", "", style="dim")
    return table


def _module_row(state: ModuleState, moment: Moment) -> tuple[str, ...]:
    there, coming = state.size(state.resident), f" +{len(state.reserved)}" if state.reserved else ""
    steps = moment.next_use.get(state.name)
    return (
        state.name,
        f"{len(state.resident)}{coming} / {len(state.chunks)}",
        _mib(there) if state.whole else f"{_mib(there)} of {_mib(state.nbytes)}",
        str(state.leases) if state.leases else "—",
        "" if steps is None else "now" if steps == 0 else f"in {steps}",
    )


def _decisions(decisions: list[Decision], began_s: float, width: int) -> Table:
    grid = Table.grid(padding=(0, 1))
    for decision in decisions:
        size = f" {_mib(decision.nbytes)} MiB" if decision.nbytes else ""
        head = f"{decision.at_s - began_s:7.2f} s  {decision.kind} {decision.module}{size}"
        line = clipped(f"{head}: {decision.reason}", max(20, width))
        grid.add_row(Text(line, style="dim", no_wrap=True))
    return grid


def _mib(nbytes: float) -> str:
    return f"{nbytes / _MIB:.1f}"
