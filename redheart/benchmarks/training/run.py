"""Runs the parts of the benchmark of training in order; what is done when it is interrupted, stays."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

from redheart.benchmarks.memory.machine import installed, look
from redheart.benchmarks.training.report import Report
from redheart.benchmarks.training.rows import Sentences
from redheart.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType

    from redheart.benchmarks.training.lesson import Lesson

Say = Callable[[str], None]

WARM: Final = 2  # batches of the pass that warms up
ATTENTION_ROUNDS: Final = 4  # times the rounds: each takes milliseconds


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to measure: which preset, over what, in how many rounds, with torch.compile or without."""

    preset: str = "tiny"
    samples: int = 2048
    batch_size: int = 64
    sentences: Sentences = "short"
    rounds: int = 5
    compile: bool = False
    device: Literal["auto", "cpu", "cuda"] = "auto"

    def __post_init__(self) -> None:
        if self.rounds < 1:
            raise ConfigError(f"--rounds '{self.rounds}' measures nothing. Use a number above 0.")
        if self.sentences not in get_args(Sentences):
            raise ConfigError(f"--sentences '{self.sentences}' is unknown. Use short or long.")


def begin(wanted: Wanted) -> Report:
    """An empty report. Raises ConfigError for what cannot be measured, before anything is."""
    import torch

    from redheart.benchmarks.training.contenders import our_threads

    lesson = _lesson(wanted, wanted.samples)
    with our_threads(lesson):
        ours = torch.get_num_threads()
    machine = {name: value for name, value in look().items() if name != "diffusers"}
    machine |= {
        "transformers": installed("transformers"),
        "threads": torch.get_num_threads(),
        "threads_of_ours": ours,
        "omp_wait_policy": os.environ.get("OMP_WAIT_POLICY"),
        "device": torch.cuda.get_device_name() if lesson.device.type == "cuda" else "cpu",
    }
    learned = {
        "preset": wanted.preset,
        "parameters": sum(p.numel() for p in lesson.blueprint.network().parameters()),
        "samples": len(lesson.data),
        "documents": len(lesson.data.starts) - 1,
        "sentences": int(lesson.data.starts[-1]),
        "sentences_each": round(int(lesson.data.starts[-1]) / (len(lesson.data.starts) - 1), 1),
        "sentences_a_document": wanted.sentences,
        "batch": lesson.course.batch_size,
        "steps": lesson.course.steps,
    }
    return Report(machine, learned)


def measure(wanted: Wanted, report: Report, say: Say) -> None:
    """Fill the report. Ctrl-C ends it early, and is told in `report.stopped_in`."""
    parts: dict[str, Callable[[Wanted, Report, Say], None]] = {"loops": _loops, "attention": _attention}
    if wanted.compile:
        parts["compile"] = _compile
    for name, part in parts.items():
        try:
            part(wanted, report, say)
        except KeyboardInterrupt:
            report.stopped_in = name
            return


def _loops(wanted: Wanted, report: Report, say: Say) -> None:
    from redheart.benchmarks.training import measure as by

    lesson, warm = _lesson(wanted, wanted.samples), _lesson(wanted, min(WARM * wanted.batch_size, wanted.samples))
    those = by.contenders()
    for done, spent in enumerate(by.loop_rounds(lesson, wanted.rounds, those, warm), 1):
        report.loops = by.loop_rows(lesson, spent)
        report.fairness = by.fairness(lesson, report.loops)
        rates = (f"{row.contender} {row.samples_per_second:.1f}" for row in report.loops if row.samples_per_second)
        say(f"round {done} of {wanted.rounds}, samples/s: {', '.join(rates)}")


def _attention(wanted: Wanted, report: Report, say: Say) -> None:
    from redheart.benchmarks.training.attention import attention_rows

    lesson = _lesson(wanted, wanted.samples)
    preset = lesson.blueprint.preset
    report.attention = attention_rows(
        preset.width, preset.attention_heads, ATTENTION_ROUNDS * wanted.rounds, lesson.device
    )
    say("attention: packed, padded, nested")


def _compile(wanted: Wanted, report: Report, say: Say) -> None:
    from redheart.benchmarks.training.compiled import compile_row

    lesson = _lesson(wanted, wanted.samples)
    for compiled in (False, True):
        report.compiled.append(compile_row(lesson, compiled))
        say(f"torch.compile {'on' if compiled else 'off'}: {report.compiled[-1].samples_per_second:.1f} samples/s")


def _lesson(wanted: Wanted, samples: int) -> Lesson:
    from redheart.benchmarks.training.lesson import Size, synthetic_lesson
    from redheart.config.environment import force_cpu
    from redheart.devices import resolve_device

    size = Size(samples, wanted.batch_size, wanted.sentences)
    return synthetic_lesson(wanted.preset, size, resolve_device(wanted.device, force_cpu()))


def tables(report: Report) -> Iterator[RenderableType]:
    """For people; needs no terminal."""
    from redheart.benchmarks.training.tables import tables as tables_of

    return tables_of(report)
