"""Rounds of every contender in turn over the same texts, and what they come to."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Final

import numpy as np

from redheart.benchmarks.inference.contender import Contender, Outputs
from redheart.benchmarks.inference.rows import AloneRow, Sameness, TogetherRow
from redheart.types.messages import TaskMessage

OURS: Final = "ours"
PIPELINE: Final = "transformers pipeline"
BY_HAND: Final = "by hand, stem shared"
EIGHT_BIT: Final = "ours, 8 bits"
#: Of any raw output, absolute: the same sums in another order.
TOLERANCE: Final = 1e-3
#: How many times our rate must be of its; what share of its time ours may take at most.
TOGETHER: Final = {PIPELINE: 4.0}
ALONE: Final = {PIPELINE: 1.05}
WHAT: Final = {
    OURS: "phase red_heart of redheart infer: batches by length, packed, memory manager holding, interpreted",
    PIPELINE: "pipeline('feature-extraction') text by text, a whole BERT a branch, then our trunk and heads",
    BY_HAND: "BERT's modules text by text without a pipeline, lower layers run once; for information",
    EIGHT_BIT: "as ours, the encoder's products by torch's dynamic 8 bits; off unless faster and near enough",
}


def sameness(read: Mapping[str, Outputs]) -> Sameness:
    """Everyone's outputs held against ours, but for the 8 bits, which are judged by themselves."""
    mine = read[OURS]
    others = {name: outputs for name, outputs in read.items() if name not in (OURS, EIGHT_BIT)}
    differences = {
        name: {head: float(np.abs(outputs[head] - mine[head]).max()) for head in mine}
        for name, outputs in others.items()
    }
    return Sameness(TOLERANCE, len(next(iter(mine.values()))), differences)


def in_turn(names: Sequence[str], turn: int) -> list[str]:
    """All names; who begins changes with the turn."""
    first = turn % len(names)
    return [*names[first:], *names[:first]]


def together_rounds(
    those: Mapping[str, Contender], tasks: Sequence[TaskMessage], rounds: int
) -> Iterator[dict[str, list[float]]]:
    """Seconds of every round so far, by contender, after each round."""
    spent: dict[str, list[float]] = {name: [] for name in those}
    for turn in range(rounds):
        for name in in_turn(list(those), turn):
            gc.collect()
            spent[name].append(those[name].read(tasks).seconds)
        yield spent


def alone_rounds(
    those: Mapping[str, Contender], tasks: Sequence[TaskMessage], rounds: int
) -> Iterator[dict[str, list[list[float]]]]:
    """Seconds of every text in every round so far, by contender, after each round; all read a text, then the next."""
    spent: dict[str, list[list[float]]] = {name: [] for name in those}
    for turn in range(rounds):
        gc.collect()
        for name in those:
            spent[name].append([])
        for place, task in enumerate(tasks):
            for name in in_turn(list(those), turn + place):
                spent[name][-1].append(those[name].read([task]).seconds)
        yield spent


def together_rows(spent: Mapping[str, Sequence[float]], texts: int) -> list[TogetherRow]:
    """One row a contender, ours first."""
    return [_together(name, spent, texts) for name in WHAT if name in spent]


def alone_rows(spent: Mapping[str, Sequence[Sequence[float]]]) -> list[AloneRow]:
    """One row a contender, ours first."""
    each = {name: np.median(np.array(spent[name]), axis=0) for name in WHAT if name in spent}  # (rounds, N) -> (N,)
    return [_alone(name, each, len(spent[name])) for name in each]


def _together(name: str, spent: Mapping[str, Sequence[float]], texts: int) -> TogetherRow:
    seconds, demanded = median(spent[name]), TOGETHER.get(name)
    faster = None if name == OURS else seconds / median(spent[OURS])
    return TogetherRow(
        name,
        WHAT[name],
        rounds=len(spent[name]),
        texts=texts,
        seconds=seconds,
        best_seconds=min(spent[name]),
        texts_per_second=texts / seconds,
        ours_faster=faster,
        demanded=demanded,
        met=None if demanded is None or faster is None else faster >= demanded,
    )


def _alone(name: str, each: Mapping[str, np.ndarray], rounds: int) -> AloneRow:
    its, demanded = each[name], ALONE.get(name)
    ratio = None if name == OURS else float(np.median(each[OURS] / its))
    return AloneRow(
        name,
        WHAT[name],
        rounds=rounds,
        texts=len(its),
        milliseconds=1e3 * float(np.median(its)),
        p90_milliseconds=1e3 * float(np.quantile(its, 0.9)),
        ours_of_its=ratio,
        demanded=demanded,
        met=None if demanded is None or ratio is None else ratio <= demanded,
    )
