"""What the benchmark of training has found so far, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from redheart.benchmarks.training.rows import CompileRow, Fairness, LoopRow

if TYPE_CHECKING:
    from redheart.benchmarks.training.attention import AttentionRow


@dataclass(slots=True)
class Report:
    """Filled while it runs, so that whatever stops it leaves what is done."""

    machine: Mapping[str, object]
    lesson: Mapping[str, object]
    loops: list[LoopRow] = field(default_factory=list)
    fairness: Fairness | None = None
    attention: list[AttentionRow] = field(default_factory=list)
    compiled: list[CompileRow] = field(default_factory=list)
    stopped_in: str | None = None

    def verdict(self, row: LoopRow) -> bool | None:
        """Whether ours is as much faster as demanded; None where nothing is asked, or not all learned the same."""
        return row.met if self.fairness is not None and self.fairness.fair else None

    def missed(self) -> list[str]:
        """Contenders against which ours is not as fast as demanded."""
        return [row.contender for row in self.loops if self.verdict(row) is False]

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints."""
        fair = self.fairness
        return {
            "machine": {**self.machine, "complete": self.stopped_in is None, "stopped_in": self.stopped_in},
            "lesson": dict(self.lesson),
            "fairness": None if fair is None else {**asdict(fair), "fair": fair.fair},
            "loops": [{**asdict(row), "met": self.verdict(row)} for row in self.loops],
            "attention": [asdict(row) for row in self.attention],
            "compiled": [asdict(row) for row in self.compiled],
            "missed": self.missed(),
        }

    def as_json(self) -> str:
        """One JSON object, with a newline at its end."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
