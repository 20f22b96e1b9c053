"""A stored timeline in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redheart.memory.journal import Decision
    from redheart.memory.watch.recorded_timeline import Timeline

_MIB = 1 << 20


def story(timeline: Timeline) -> list[str]:
    """What ran, what memory held at most, what moved."""
    head = timeline.head
    cut = "" if timeline.whole else "; the run was cut off, this is what it had told"
    return [
        f"mode {head['mode']}, policy {head['policy']}, device {head['device']}, began {head['began']}, "
        f"{timeline.end_s:.1f} s{cut}",
        *_levels(timeline),
        *_phases(timeline),
        *_moves(timeline.decisions),
    ]


def _levels(timeline: Timeline) -> list[str]:
    if not timeline.samples:
        return ["nothing was sampled"]
    last, head = timeline.samples[-1], timeline.head
    lines = [
        f"{head['tier']}: {_mib(last['committed'])} of {_mib(head['budget'])} MiB held at the end, "
        f"{_mib(last['peak_committed'])} at most"
    ]
    if last["rss_before_load"] is not None:
        over = last["rss_peak"] - last["rss_before_load"]
        lines.append(f"RSS: at most {_mib(over)} MiB over the {_mib(last['rss_before_load'])} before the first load")
    measured = [sample["measured"] for sample in timeline.samples if sample["measured"] is not None]
    if measured:
        lines.append(f"allocator: {_mib(max(measured))} MiB at most")
    return lines


def _phases(timeline: Timeline) -> list[str]:
    seconds: Counter[str] = Counter()
    for span in timeline.spans:
        seconds[span.phase] += span.end_s - span.begin_s  # type: ignore[assignment]
    return [f"phases: {', '.join(f'{phase} {spent:.2f} s' for phase, spent in seconds.items())}"] if seconds else []


def _moves(decisions: list[Decision]) -> list[str]:
    count = Counter(decision.kind for decision in decisions)
    moved = Counter({kind: sum(d.nbytes for d in decisions if d.kind == kind) for kind in ("load", "evict")})
    told = [
        f"{number} {kind}" + (f" ({_mib(moved[kind])} MiB)" if moved[kind] else "") for kind, number in count.items()
    ]
    return [f"decisions: {', '.join(told) or 'none'}"]


def _mib(nbytes: float) -> str:
    return f"{nbytes / _MIB:,.1f}"
