"""Rounds of every contender in turn, each from the same weights over the same batches."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from statistics import median
from typing import Final

import torch

from redheart.benchmarks.training.contenders import Clock, Contender, ours, plain, plain_padded
from redheart.benchmarks.training.lesson import Lesson
from redheart.benchmarks.training.rows import Fairness, LoopRow

OURS: Final = "ours"
#: Relative: the same sums in another order, a few hundred steps apart.
TOLERANCE: Final = 1e-3
TRAINERS: Final = ("Trainer, packed", "Trainer, padded", "Trainer, our threads")
DEMANDED: Final = {"plain, packed": 1.0, "plain, padded": 1.0, **dict.fromkeys(TRAINERS, 1.2)}
WHAT: Final = {
    OURS: "redheart train: packed batches, each part reads what teaches it, update monitor on",
    "plain, packed": "DataLoader and five lines, our packed batches: the loops alone differ",
    "plain, padded": "the same as people would write it, backbone padded and masked",
    "Trainer, packed": "transformers.Trainer, our packed batches: the loops alone differ",
    "Trainer, padded": "the same as people would write it, backbone padded and masked",
    "Trainer, our threads": "transformers.Trainer, our packed batches, on as many threads as ours",
}


def contenders() -> dict[str, Contender]:
    """Those who can run here: the Trainer only where accelerate is installed."""
    found: dict[str, Contender] = {OURS: ours, "plain, packed": plain, "plain, padded": plain_padded}
    if find_spec("accelerate") is not None:
        from redheart.benchmarks.training.hf_trainer import trainer, trainer_our_threads, trainer_padded

        found |= dict(zip(TRAINERS, (trainer, trainer_padded, trainer_our_threads), strict=True))
    return found


@dataclass(slots=True)
class Spent:
    """Wall and process seconds of every round of one contender, with the loss it ends at."""

    wall: list[float] = field(default_factory=list)
    process: list[float] = field(default_factory=list)
    loss: float | None = None


def loop_rounds(
    lesson: Lesson, rounds: int, those: Mapping[str, Contender], warm: Lesson
) -> Iterator[dict[str, Spent]]:
    """What was spent so far, after every round; first all learn `warm`, uncounted. Who begins changes by the round."""
    spent = {name: Spent() for name in those}
    for learn in those.values():
        _once(learn, warm, Spent())
    names = list(those)
    for turn in range(rounds):
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            _once(those[name], lesson, spent[name])
        yield spent


def _once(learn: Contender, lesson: Lesson, spent: Spent) -> None:
    gc.collect()
    network = learn(lesson, clock_of(spent, lesson.device))
    spent.loss = lesson.loss(network)


def clock_of(spent: Spent, device: torch.device) -> Clock:
    """A clock that adds a round to `spent`."""
    return lambda: _clock(spent, device)


@contextmanager
def _clock(spent: Spent, device: torch.device) -> Iterator[None]:
    _wait(device)
    wall, process = time.perf_counter(), time.process_time()
    yield
    _wait(device)
    spent.process.append(time.process_time() - process)
    spent.wall.append(time.perf_counter() - wall)


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def loop_rows(lesson: Lesson, spent: Mapping[str, Spent]) -> list[LoopRow]:
    """One row a contender, ours first."""
    return [_row(name, lesson, spent) for name in WHAT]


def _row(name: str, lesson: Lesson, spent: Mapping[str, Spent]) -> LoopRow:
    samples = len(lesson.data)
    if name not in spent:
        missing = "accelerate is not installed: pip install 'redheart[bench]'"
        return LoopRow(name, WHAT[name], 0, samples, demanded=DEMANDED[name], note=missing)
    mine, theirs = spent[OURS], spent[name]
    faster, demanded = median(theirs.wall) / median(mine.wall), DEMANDED.get(name)
    return LoopRow(
        name,
        WHAT[name],
        len(theirs.wall),
        samples,
        seconds=median(theirs.wall),
        best_seconds=min(theirs.wall),
        process_seconds=median(theirs.process),
        samples_per_second=samples / median(theirs.wall),
        ours_faster=None if name == OURS else faster,
        ours_faster_process=None if name == OURS else median(theirs.process) / median(mine.process),
        demanded=demanded,
        met=None if demanded is None else faster >= demanded,
        loss=theirs.loss,
    )


def fairness(lesson: Lesson, rows: list[LoopRow]) -> Fairness:
    """Of the losses that the contenders end at; the initial one shows that there was something to learn."""
    losses = [row.loss for row in rows if row.loss is not None]
    difference = max(abs(loss - losses[0]) / abs(losses[0]) for loss in losses)
    return Fairness(lesson.loss(lesson.blueprint.network()), difference, TOLERANCE)
