"""What the benchmark of inference has found so far, as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from redheart.benchmarks.inference.rows import AloneRow, EightBit, Sameness, TogetherRow, WholeRow


@dataclass(slots=True)
class Report:
    """Filled while it runs, so that whatever stops it leaves what is done."""

    machine: Mapping[str, object]
    read: Mapping[str, object]
    same: Sameness | None = None
    together: list[TogetherRow] = field(default_factory=list)
    alone: list[AloneRow] = field(default_factory=list)
    eight_bit: EightBit | None = None
    whole: WholeRow | None = None
    stopped_in: str | None = None

    def verdict(self, row: TogetherRow | AloneRow) -> bool | None:
        """Whether ours is as fast as demanded; None where nothing is asked, or not all read the same."""
        return row.met if self.same is not None and self.same.same else None

    def missed(self) -> list[str]:
        """What is not as fast as demanded."""
        together = [f"together: {row.contender}" for row in self.together if self.verdict(row) is False]
        return together + [f"alone: {row.contender}" for row in self.alone if self.verdict(row) is False]

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints."""
        same, eight_bit = self.same, self.eight_bit
        return {
            "machine": {**self.machine, "complete": self.stopped_in is None, "stopped_in": self.stopped_in},
            "read": dict(self.read),
            "same": None if same is None else _same(same),
            "together": [{**asdict(row), "met": self.verdict(row)} for row in self.together],
            "alone": [{**asdict(row), "met": self.verdict(row)} for row in self.alone],
            "eight_bit": None if eight_bit is None else {**asdict(eight_bit), "worth_it": eight_bit.worth_it},
            "whole": None if self.whole is None else asdict(self.whole),
            "missed": self.missed(),
        }

    def as_json(self) -> str:
        """One JSON object, with a newline at its end."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def _same(same: Sameness) -> dict[str, Any]:
    differences = {name: {head: _finite(each) for head, each in by.items()} for name, by in same.differences.items()}
    return {**asdict(same), "differences": differences, "largest": _finite(same.largest), "same": same.same}


def _finite(value: float) -> float | None:
    """JSON has no NaN."""
    return value if math.isfinite(value) else None
