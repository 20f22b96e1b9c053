"""Which label was taken for which: a cell a pair, as a share of the rows that have the label."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from redheart.training.evaluation.kinds.binary import BinaryJudge
from redheart.training.evaluation.kinds.classes import ClassJudge
from redheart.training.report.figure import INK, LARGE, SMALL, WIDTH, axes_at, family_for, plain_figure, save

if TYPE_CHECKING:
    from redheart.training.evaluation.kinds import Answers, Judge

#: Cells that have room for a number.
_NUMBERED: Final = 14
_HEAD, _BELOW = 0.62, 0.3


def draw_confusion(judge: Judge, answers: Answers, title: str, out: Path) -> bool:
    """Of one label a row; False, and no file, for other kinds. Raises InputError if the disk refuses."""
    named = _names(judge)
    if named is None:
        return False
    counts = confusion(answers.guess.astype(int), answers.truth.astype(int), len(named))
    save(_picture(counts, named, title), out)
    return True


def confusion(guess: np.ndarray, truth: np.ndarray, labels: int) -> np.ndarray:
    """(labels, labels) counts: a row is the true label, a column the guessed one."""
    counts: np.ndarray = np.bincount(truth * labels + guess, minlength=labels * labels).reshape(labels, labels)
    return counts


def _names(judge: Judge) -> tuple[str, ...] | None:
    if isinstance(judge, ClassJudge):
        return judge.labels
    if isinstance(judge, BinaryJudge):
        positive = ", ".join(judge.asked.positive)
        return (", ".join(judge.asked.negative) or f"not {positive}", positive)
    return None


def _picture(counts: np.ndarray, names: Sequence[str], title: str) -> Any:
    aside = 0.25 + max(_inches(name) for name in names) + 0.45
    side = min(WIDTH - aside - 0.25, max(1.9, 0.42 * len(names)))
    slanted = 0.75 * max(_inches(name) for name in names) if side / len(names) < max(map(_inches, names)) else 0.16
    figure = plain_figure(_HEAD + side + slanted + _BELOW)
    axes = axes_at(figure, aside, _HEAD, side, side)
    shares = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="equal")
    _number(axes, counts, shares)
    _label(axes, names, slanted > 0.16)
    height = figure.get_figheight()
    figure.text(0.02, 1 - 0.1 / height, title, va="top", fontsize=LARGE, color=INK, parse_math=False)
    said = "down: the true label, across: the one read; rows, coloured by their share of the true label"
    figure.text(0.02, 1 - 0.33 / height, said, va="top", fontsize=SMALL, color=INK)
    return figure


def _number(axes: Any, counts: np.ndarray, shares: np.ndarray) -> None:
    if len(counts) > _NUMBERED:
        return
    small = 7 if len(counts) > 6 else SMALL
    for row, column in np.ndindex(*counts.shape):
        ink = "white" if shares[row, column] > 0.55 else INK
        axes.text(column, row, f"{counts[row, column]:,}", ha="center", va="center", fontsize=small, color=ink)


def _label(axes: Any, names: Sequence[str], slanted: bool) -> None:
    turned = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(range(len(names)), names, fontsize=SMALL, **turned)
    axes.set_yticks(range(len(names)), names, fontsize=SMALL)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    for place, tick in [*enumerate(axes.get_xticklabels()), *enumerate(axes.get_yticklabels())]:
        family = family_for(names[place])
        tick.set(fontfamily=family or ["DejaVu Sans"], color=INK)
        if family is None:
            tick.set_text(f"label {place + 1}")


def _inches(name: str) -> float:
    """How wide a name is, a little more than less: a syllable of Hangul is as wide as two letters."""
    return sum(0.14 if "\u1100" <= letter else 0.078 for letter in name)
