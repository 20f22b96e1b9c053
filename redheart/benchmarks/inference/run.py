"""Runs the parts of the benchmark of inference in order; what is done when it is interrupted, stays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from redheart.benchmarks.inference.report import Report
from redheart.benchmarks.inference.rows import EightBit
from redheart.benchmarks.inference.texts import MOST, one_sentence_tasks
from redheart.benchmarks.memory.machine import installed, look
from redheart.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from redheart.benchmarks.inference.opened import Opened
    from redheart.config.schema import Settings

Say = Callable[[str], None]

ALLOWED: Final = 5e-3  # change of a probability, for a number format that is on by default


@dataclass(frozen=True, slots=True)
class Wanted:
    """How many texts together and how many alone, in how many rounds; whose weights, on how many threads.

    `threads` 0 leaves torch's choice; `batch`, the texts that walk together in ours, None the setting.
    """

    texts: int = 500
    singles: int = 50
    rounds: int = 3
    threads: int = 0
    batch: int | None = None
    checkpoint: Path | None = None

    def __post_init__(self) -> None:
        if not 1 <= self.texts <= MOST:
            raise ConfigError(f"--texts '{self.texts}' cannot be read. Use 1 to {MOST}.")
        for option, value in (("--singles", self.singles), ("--rounds", self.rounds)):
            if value < 1:
                raise ConfigError(f"{option} '{value}' measures nothing. Use a number above 0.")

    def settings(self) -> Settings:
        """Of all that is ours here: the processor, no LLM, no experiences. Raises ConfigError."""
        from redheart.benchmarks.answers import bench_settings

        overrides = ["device=cpu", "llm.backend=none", f"model.threads={self.threads}"]
        if self.batch is not None:
            overrides.append(f"pipeline.batch_size={self.batch}")
        if self.checkpoint is not None:
            overrides.append(f"model.path={self.checkpoint}")
        return bench_settings("medium", *overrides)


def begin(wanted: Wanted) -> Report:
    """An empty report. Raises ConfigError, CheckpointError for what cannot be measured, before anything is."""
    import torch

    from redheart.benchmarks.inference.loaded import structure
    from redheart.devices import limit_threads

    settings = wanted.settings()
    limit_threads(settings.model.threads)
    loaded, encoder = structure(settings)
    lengths = [len(row) for row in encoder.token_ids([task.text for task in one_sentence_tasks(wanted.texts)])[0]]
    machine = {name: value for name, value in look().items() if name not in ("diffusers", "accelerate")}
    machine |= {
        "transformers": installed("transformers"),
        "threads": torch.get_num_threads(),
        "omp_wait_policy": os.environ.get("OMP_WAIT_POLICY"),
        "device": "cpu",
    }
    read = {
        "checkpoint": str(loaded.folder),
        "branches": list(encoder.branches),
        "heads": list(loaded.model.heads),
        "precision": settings.encoder.precision,
        "texts": wanted.texts,
        "pieces": {"least": min(lengths), "mean": round(sum(lengths) / len(lengths), 1), "most": max(lengths)},
        "batch": settings.pipeline.batch_size,
    }
    return Report(machine, read)


def measure(wanted: Wanted, report: Report, say: Say) -> None:
    """Fill the report. Ctrl-C ends it early, and is told in `report.stopped_in`."""
    from redheart.benchmarks.inference.opened import opened

    name = "loading"
    try:
        with opened(wanted.settings(), one_sentence_tasks(wanted.texts)) as contest:
            for name in PARTS:
                PARTS[name](contest, wanted, report, say)
    except KeyboardInterrupt:
        report.stopped_in = name


def _same(contest: Opened, wanted: Wanted, report: Report, say: Say) -> None:
    """All texts once by everyone, which warms everyone up as well."""
    from redheart.benchmarks.inference import measure as by
    from redheart.benchmarks.inference.eight_bit import probability_change

    read = {name: reading.read(contest.tasks).outputs for name, reading in contest.those.items()}
    report.same = by.sameness(read)
    report.eight_bit = EightBit(ALLOWED, note=contest.eight_bit_refusal)
    if by.EIGHT_BIT in read:
        languages = [task.require_situation().language for task in contest.tasks]
        moved, head = probability_change(contest.config, languages, read[by.OURS], read[by.EIGHT_BIT])
        report.eight_bit = replace(report.eight_bit, moved=moved, moved_head=head)
    say(f"outputs differ by {report.same.largest:.1e} at most, allowed {by.TOLERANCE:g}")


def _together(contest: Opened, wanted: Wanted, report: Report, say: Say) -> None:
    from redheart.benchmarks.inference import measure as by

    for done, spent in enumerate(by.together_rounds(contest.those, contest.tasks, wanted.rounds), 1):
        report.together = by.together_rows(spent, len(contest.tasks))
        rows = {row.contender: row for row in report.together}
        if report.eight_bit is not None and by.EIGHT_BIT in rows:
            faster = rows[by.OURS].seconds / rows[by.EIGHT_BIT].seconds
            report.eight_bit = replace(report.eight_bit, times_faster=faster)
        rates = (f"{row.contender} {row.texts_per_second:.1f}" for row in report.together)
        say(f"together, round {done} of {wanted.rounds}, texts/s: {'; '.join(rates)}")


def _alone(contest: Opened, wanted: Wanted, report: Report, say: Say) -> None:
    from redheart.benchmarks.inference import measure as by

    tasks = contest.tasks[: wanted.singles]
    for done, spent in enumerate(by.alone_rounds(contest.those, tasks, wanted.rounds), 1):
        report.alone = by.alone_rows(spent)
        times = (f"{row.contender} {row.milliseconds:.1f}" for row in report.alone)
        say(f"alone, round {done} of {wanted.rounds}, ms: {'; '.join(times)}")


def _whole(contest: Opened, wanted: Wanted, report: Report, say: Say) -> None:
    from redheart.benchmarks.inference.whole import whole_row

    report.whole = contest.runner.run(whole_row(contest.settings, [task.text for task in contest.tasks]))
    say(f"the whole of redheart infer: {report.whole.texts_per_second:.1f} texts/s")


PARTS: Final[dict[str, Callable[[Opened, Wanted, Report, Say], None]]] = {
    "same": _same,
    "together": _together,
    "alone": _alone,
    "whole": _whole,
}


def tables(report: Report) -> Iterator[RenderableType]:
    """For people; needs no terminal."""
    from redheart.benchmarks.inference.tables import tables as tables_of

    return tables_of(report)
