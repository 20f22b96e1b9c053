"""Cues of regret, measured: the rules by class, and what the heads' outputs say of the same sentences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from pydantic import Field

from redheart.situation.regret_cues import find_regret_cues
from redheart.training.data import Row
from redheart.training.evaluation.documents import sentences_of
from redheart.training.evaluation.reads import Reads
from redheart.training.probes.records import language_of, rows_of
from redheart.training.probes.share import Share, share_of
from redheart.types.base import Frozen
from redheart.types.situation import RegretCues

CLASSES: Final = ("regret_action", "regret_inaction", "none")
#: Part of a set -> what was done with it: rules were written with one in view, and not with the other.
PARTS: Final = ("tuning", "aside")
#: What a head without a regret label of its own may show: head, output, label of the rows it should be high for.
_PROXIES: Final = (("emotion", "remorse", "regret"), ("counterfactual", "counterfactual", "counterfactual"))


class ClassFigures(Frozen):
    """Of one class; null where nothing was found, or nothing is there."""

    precision: float | None
    recall: float | None
    rows: int


class RuleFigures(Frozen):
    """Rules on one part of a set."""

    accuracy: Share
    classes: dict[str, ClassFigures]
    counterfactual: ClassFigures = Field(description="that there is a counterfactual form at all")
    direction: Share | None = Field(description="of the forms that were rightly found: upward, downward or open")
    feelings: ClassFigures = Field(description="feelings of the writer's own, each sentence's names pooled")
    traps: dict[str, Share] = Field(description="kinds of sentences without regret: share that is left alone")


class RegretFigures(Frozen):
    """Language -> what was measured."""

    rules: dict[str, dict[str, RuleFigures]]
    areas: dict[str, dict[str, float | None]] = Field(
        description="area under the curve of an output: does it rank the sentences; null where the head is not there"
    )


def regret(reads: Reads) -> RegretFigures:
    """Both languages."""
    sets = {"ko": rows_of("korean_regret"), "en": rows_of("english_regret")}
    return RegretFigures(
        rules={
            language: {part: rule_figures([row for row in rows if row.meta["part"] == part]) for part in PARTS}
            for language, rows in sets.items()
        },
        areas={language: _areas(reads, rows) for language, rows in sets.items()},
    )


def rule_figures(rows: Sequence[Row]) -> RuleFigures:
    """Of one row or more."""
    cues = [find_regret_cues(row.text, language_of(row)) for row in rows]
    truth, guess = [row.labels[0] for row in rows], [class_of(each) for each in cues]
    right = [a == b for a, b in zip(truth, guess, strict=True)]
    forms = [(row.meta["counterfactual"], _direction(each)) for row, each in zip(rows, cues, strict=True)]
    found = [gold == read for gold, read in forms if gold and read]
    traps = dict.fromkeys(row.meta["trap"] for row in rows if "trap" in row.meta)
    return RuleFigures(
        accuracy=share_of(right),
        classes={name: _class([each == name for each in truth], [each == name for each in guess]) for name in CLASSES},
        counterfactual=_class([gold is not None for gold, _ in forms], [read is not None for _, read in forms]),
        direction=share_of(found) if found else None,
        feelings=_feelings(rows, cues),
        traps={
            trap: share_of(
                [is_right for row, is_right in zip(rows, right, strict=True) if row.meta.get("trap") == trap]
            )
            for trap in traps
        },
    )


def class_of(cues: RegretCues) -> str:
    """The class that the rules read."""
    return "none" if cues.deed is None else f"regret_{cues.deed.kind}"


def _direction(cues: RegretCues) -> str | None:
    return cues.counterfactuals[0].direction if cues.counterfactuals else None


def _class(truth: Sequence[bool], guess: Sequence[bool]) -> ClassFigures:
    return _figures(sum(a and b for a, b in zip(truth, guess, strict=True)), sum(guess), sum(truth))


def _feelings(rows: Sequence[Row], cues: Sequence[RegretCues]) -> ClassFigures:
    gold = [set(row.meta["feelings"]) for row in rows]
    read = [{cue.feeling for cue in each.feelings if cue.bearing == "own"} for each in cues]
    hits = sum(len(a & b) for a, b in zip(gold, read, strict=True))
    return _figures(hits, sum(map(len, read)), sum(map(len, gold)))


def _figures(hits: int, found: int, there: int) -> ClassFigures:
    return ClassFigures(precision=hits / found if found else None, recall=hits / there if there else None, rows=there)


def _areas(reads: Reads, rows: Sequence[Row]) -> dict[str, float | None]:
    truths = {
        "regret": np.array([row.labels[0] != "none" for row in rows]),
        "counterfactual": np.array([row.meta["counterfactual"] is not None for row in rows]),
    }
    documents = [sentences_of(row.text, language_of(row)) for row in rows]
    found: dict[str, float | None] = {}
    for head, output, what in _PROXIES:
        key = f"{head}.{output} for {what}"
        if head not in reads.heads:
            found[key] = None
            continue
        raw = reads.raw(documents, (head,))[head][:, reads.heads[head].index(output)]
        found[key] = area_under_curve(raw, truths[what])
    return found


def area_under_curve(values: np.ndarray, truth: np.ndarray) -> float:
    """P(a true row's value is above a false one's), ties by half; values and truth (N,), both kinds present."""
    gaps = values[truth][:, None] - values[~truth][None, :]
    return float(((gaps > 0) + 0.5 * (gaps == 0)).mean())
