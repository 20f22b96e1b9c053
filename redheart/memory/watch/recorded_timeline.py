"""A stored timeline, read back: its samples, its decisions, the ledger as it stood at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from redheart.errors import InputError
from redheart.memory.journal import Decision, Journal
from redheart.memory.ledger import Ledger
from redheart.memory.plan import Outlook
from redheart.memory.states import OFF_PLAN, ModuleState, Piece
from redheart.memory.watch.timeline import VERSION, Record
from redheart.types.residency import SwapPriority, Tier

_DECISION_FIELDS = frozenset(Decision.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Span:
    """A phase, from second to second."""

    phase: str
    begin_s: float
    end_s: float


@dataclass(slots=True)
class Timeline:
    """One run. `whole` is False if the process that wrote it was cut off; what it had told is here all the same."""

    head: Record
    modules: list[ModuleState] = field(default_factory=list)
    samples: list[Record] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    whole: bool = False

    @property
    def end_s(self) -> float:
        """The last second that was sampled."""
        return max((float(sample["at_s"]) for sample in self.samples), default=0.0)

    def journal(self) -> Journal:
        """All its decisions, each with the phase that ran then where it bears no step of its own."""
        journal = Journal(capacity=max(1, len(self.decisions)))
        for decision in self.decisions:
            journal.write(decision if decision.step else replace(decision, step=self._phase_at(decision.at_s)))
        return journal

    def ledger(self) -> Ledger:
        """The working tier as the last sample saw it, but for what was set aside."""
        ledger = Ledger(Tier(self.head["tier"]), int(self.head["budget"]))
        for state in self.modules:
            ledger.register(state)
        for name, (chunks, leases) in self.residents().items():
            pieces = [Piece(name, chunk) for chunk in chunks]
            ledger.reserve(pieces)
            ledger.commit(pieces)
            for _ in range(leases if ledger[name].whole else 0):
                ledger.lease([name])
        return ledger

    def residents(self) -> dict[str, tuple[list[int], int]]:
        """Module -> (chunks that are in, leases), at the last sample."""
        told = [sample["residents"] for sample in self.samples if "residents" in sample]
        return {name: (chunks, leases) for name, (chunks, leases) in told[-1].items()} if told else {}

    def outlook(self) -> Outlook:
        """What the plan said at the last sample."""
        if not self.samples or not self.samples[-1]["next_use"]:
            return OFF_PLAN
        return Outlook(step=self.samples[-1]["step"], next_use=self.samples[-1]["next_use"])

    def _phase_at(self, at_s: float) -> str:
        return next((span.phase for span in self.spans if span.begin_s <= at_s <= span.end_s), "")


def read_timeline(path: Path) -> Timeline:
    """Read a file; a last line that was cut off is passed over. Raises InputError for one that is no timeline."""
    records = list(_records(path))
    if not records or records[0].get("record") != "timeline":
        raise InputError(f"'{path}' is no memory timeline. Name one that --memory-timeline wrote.")
    if records[0].get("version") != VERSION:
        raise InputError(f"'{path}' has version '{records[0].get('version')}', not {VERSION}. Record it again.")
    timeline = Timeline(records[0])
    try:
        _sort(records[1:], timeline)
        timeline.ledger()  # a chunk that no module has is found here, not by whoever asks
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise InputError(f"'{path}' is damaged: {type(error).__name__} {error}. Record it again.") from error
    return timeline


def _records(path: Path) -> Iterator[Record]:
    try:
        content = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}). Check the path.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"'{path}' is no memory timeline: it is not UTF-8. Check the path.") from error
    for number, line in enumerate(content.split("\n")[:-1], 1):  # what follows the last line break was cut off
        yield _record(path, number, line)


def _record(path: Path, number: int, line: str) -> Record:
    try:
        found: Any = json.loads(line)
    except ValueError as error:
        raise InputError(f"'{path}', line {number}: not JSON ('{line[:30]}'). Record it again.") from error
    if not isinstance(found, dict):
        raise InputError(f"'{path}', line {number}: no object ('{line[:30]}'). Record it again.")
    return found


def _sort(records: list[Record], timeline: Timeline) -> None:
    edges = []
    for record in records:
        match record["record"]:
            case "sample":
                timeline.samples.append(record)
            case "decision":
                timeline.decisions.append(_decision(record))
            case "module":
                timeline.modules.append(_state(record))
            case "phase":
                edges.append(record)
            case "end":
                timeline.whole = True
    timeline.spans.extend(_spans(edges, timeline.end_s))


def _spans(edges: list[Record], end_s: float) -> Iterator[Span]:
    """A phase lasts until the next edge; phases come one after another."""
    for edge, following in pairwise([*edges, {"at_s": end_s}]):
        if edge["edge"] == "started":
            yield Span(edge["phase"], float(edge["at_s"]), max(float(edge["at_s"]), float(following["at_s"])))


def _decision(record: Record) -> Decision:
    told = {key: value for key, value in record.items() if key in _DECISION_FIELDS}
    # A decision at second 0 of its run would be taken for one without a time.
    return Decision(**{**told, "chunks": tuple(told["chunks"]), "at_s": told["at_s"] or 1e-9})


def _state(record: Record) -> ModuleState:
    return ModuleState(
        record["module"],
        SwapPriority(record["priority"]),
        tuple(record["chunks"]),
        requires=frozenset(record["requires"]),
        work_bytes=record["work_bytes"],
    )
