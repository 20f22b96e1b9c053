"""What the memory benchmark has found so far, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from redheart.benchmarks.memory.rows import DecisionRow, OverheadRow, PlanRow, TierRow


@dataclass(slots=True)
class Report:
    """Filled while the parts run, so that whatever stops them leaves what is done.

    `stopped_in` names the part that was running at Ctrl-C; `notes` are sentences the reader should know.
    """

    machine: Mapping[str, object]
    plans: list[PlanRow] = field(default_factory=list)
    decisions: list[DecisionRow] = field(default_factory=list)
    tiers: list[TierRow] = field(default_factory=list)
    cuda: list[Mapping[str, object]] = field(default_factory=list)
    overhead: list[OverheadRow] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    stopped_in: str | None = None

    def note(self, sentence: str) -> None:
        """Keep a sentence, once."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints. A list whose part was not asked for is empty."""
        machine = {**self.machine, "complete": self.stopped_in is None, "stopped_in": self.stopped_in}
        return {
            "machine": {**machine, "notes": list(self.notes)},
            "plans": [_rounded(asdict(row)) for row in self.plans],
            "decisions": [_rounded(asdict(row)) for row in self.decisions],
            "tiers": [_rounded(asdict(row)) for row in self.tiers],
            "cuda": [_rounded(dict(row)) for row in self.cuda],
            "overhead": [_rounded(asdict(row)) for row in self.overhead],
        }

    def as_json(self) -> str:
        """One JSON object, with a newline at its end."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """Nanoseconds of a millisecond, bytes of a gigabyte: nothing measured is finer."""
    return {key: round(value, 9) if isinstance(value, float) else value for key, value in row.items()}
