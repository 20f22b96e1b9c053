"""What the benchmark of the decomposition has found so far, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from redheart.benchmarks.surd.measure import SurdRow


@dataclass(slots=True)
class Report:
    """Filled while it runs, so that whatever stops it leaves what is done. `authors`: their checkout, where given."""

    machine: Mapping[str, object]
    authors: str | None = None
    rows: list[SurdRow] = field(default_factory=list)
    stopped_in: str | None = None

    def missed(self) -> list[str]:
        """Inputs that were not fast enough."""
        return [titled(row) for row in self.rows if row.met is False]

    def as_dict(self) -> dict[str, Any]:
        """What `--json` prints."""
        judged = [row for row in self.rows if row.met is not None]
        return {
            "machine": {**self.machine, "complete": self.stopped_in is None, "stopped_in": self.stopped_in},
            "authors": self.authors,
            "rows": [asdict(row) for row in self.rows],
            "judged": len(judged),
            "met": len(judged) - len(self.missed()),
            "missed": self.missed(),
        }

    def as_json(self) -> str:
        """One JSON object, with a newline at its end."""
        return json.dumps(self.as_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def titled(row: SurdRow) -> str:
    """An input as one names it."""
    sets = "" if row.max_order is None else f", sets of at most {row.max_order}"
    return f"{row.name}, {row.agents} agents, {row.samples:,} samples, {row.bins} bins{sets}"
