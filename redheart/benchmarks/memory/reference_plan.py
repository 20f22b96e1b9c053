"""The plan that everybody is measured on: what the largest preset's models weigh, and who is needed when."""

from __future__ import annotations

from typing import Final

from redheart.benchmarks.memory.random_ledger import chunked
from redheart.memory.plan import Cycle, Step

MB: Final = 1_000_000
BUDGETS_MB: Final = (5600, 6500, 7300, 8000)
WEIGHTS_MB: Final = {"llm": 4000, "analysis": 1460, "encoder": 1100, "circuit": 600}
#: Step -> (modules, MB beside their weights, seconds of computing).
STEPS: Final = {
    "llm_initial": (("llm",), 1200, 0.3),
    "red_heart": (("encoder", "analysis"), 900, 0.08),
    "circuit": (("encoder", "circuit"), 400, 0.04),
    "llm_final": (("llm",), 1200, 0.3),
}
COMPUTE_S: Final = {name: seconds for name, (_, _, seconds) in STEPS.items()}


def reference_cycle(whole: bool = False) -> Cycle:
    """One request, in chunks of at most 64 MB, or in `whole` modules."""
    sizes = {name: weight * MB for name, weight in WEIGHTS_MB.items()}
    return Cycle(
        tuple(Step(name, frozenset(modules), work * MB) for name, (modules, work, _) in STEPS.items()),
        {name: (nbytes,) if whole else chunked(nbytes) for name, nbytes in sizes.items()},
    )
