"""Our loop with torch.compile on and off: what compiling costs, and what it gives back."""

from __future__ import annotations

import torch

from redheart.benchmarks.training.contenders import run_loop
from redheart.benchmarks.training.lesson import Lesson
from redheart.benchmarks.training.measure import Spent, clock_of
from redheart.benchmarks.training.rows import CompileRow
from redheart.nn.network.compiling import compile_blocks


def compile_row(lesson: Lesson, compiled: bool) -> CompileRow:
    """Two passes of one learner: whatever is compiled, is compiled in the first, or while the second needs it."""
    from torch._dynamo.utils import counters

    torch.compiler.reset()
    counters.clear()
    learner, spent = lesson.learner(), Spent()
    if compiled:
        compile_blocks(learner.network)
    for _ in range(2):
        run_loop(learner, lesson, clock_of(spent, lesson.device))
    first, then = spent.wall
    graphs, breaks = counters["stats"]["unique_graphs"], sum(counters["graph_break"].values())
    note = f"{graphs} graphs, {breaks} breaks" if compiled else None
    return CompileRow(compiled, first, then, len(lesson.data) / then, note)
