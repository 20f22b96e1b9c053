"""What was stated beside what came true, before calibration and after."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from redheart.calculus.reliability import debiased_ece, reliability
from redheart.training.evaluation.kinds.labels import POSITIVES, LabelsJudge
from redheart.training.report.figure import BLUE, FAINT, INK, LARGE, ORANGE, SMALL, WIDTH, axes_at, plain_figure, save

if TYPE_CHECKING:
    from redheart.training.evaluation.kinds import Answers, Judge, Stated

BINS: Final = 15
_SIDE, _LEFT, _HEAD, _BELOW = 2.5, 0.66, 0.62, 0.5


def draw_reliability(judge: Judge, answers: Answers, title: str, out: Path) -> bool:
    """False, and no file, where no probability is stated. Raises InputError if the disk refuses."""
    before = judge.stated(answers.logits, answers.truth)
    if not before:
        return False
    after = [] if answers.calibrated is None else judge.stated(answers.calibrated, answers.truth)
    what = "label by label" if isinstance(judge, LabelsJudge) else "of the answer given"
    save(_picture(before, after, title, what), out)
    return True


def _picture(before: Sequence[Stated], after: Sequence[Stated], title: str, what: str) -> Any:
    panels = [("as read", before, ORANGE), *([("calibrated", after, BLUE)] if after else [])]
    figure = plain_figure(_HEAD + 0.25 + _SIDE + _BELOW)
    for place, (name, stated, colour) in enumerate(panels):
        axes = axes_at(figure, _LEFT + place * (WIDTH - 0.1) / 2, _HEAD + 0.25, _SIDE, _SIDE)
        _draw(axes, stated, colour)
        error = float(np.mean([debiased_ece(each.probability, each.came_true, BINS) for each in stated]))
        axes.set_title(f"{name}: ECE {error:.3f}", loc="left", fontsize=LARGE, color=INK)
    height = figure.get_figheight()
    figure.text(0.02, 1 - 0.1 / height, title, va="top", fontsize=LARGE, color=INK, parse_math=False)
    said = f"probability {what}, {BINS} bins of equal mass, with 95 % intervals"
    if len(before) > 1:
        said = f"probability {what}: a line a label of {POSITIVES} rows or more, all of them pooled as dots"
    figure.text(0.02, 1 - 0.33 / height, said, va="top", fontsize=SMALL, color=INK)
    return figure


def _draw(axes: Any, stated: Sequence[Stated], colour: str) -> None:
    axes.plot([0, 1], [0, 1], color=FAINT, linewidth=0.9, linestyle="--", zorder=1)
    if len(stated) > 1:
        for each in stated:
            bins = reliability(each.probability, each.came_true, BINS, binning="mass")
            axes.plot([b.confidence for b in bins], [b.accuracy for b in bins], color=colour, alpha=0.22, linewidth=1)
    pooled = [np.concatenate(part) for part in zip(*stated, strict=True)]
    bins = reliability(pooled[0], pooled[1], BINS, binning="mass")
    said, came = [b.confidence for b in bins], [b.accuracy for b in bins]
    below = [max(0.0, b.accuracy - b.interval[0]) for b in bins]
    above = [max(0.0, b.interval[1] - b.accuracy) for b in bins]
    axes.errorbar(said, came, yerr=[below, above], fmt="o", color=colour, markersize=4.5, linewidth=1.2, zorder=3)
    low = 0.0 if len(stated) > 1 or min(said) < 0.45 else 0.45
    axes.set(xlim=(low, 1.01), ylim=(min(low, min(came, default=0) - 0.05) if low else -0.01, 1.01))
    axes.set_xlabel("stated", fontsize=SMALL, color=INK)
    axes.set_ylabel("came true", fontsize=SMALL, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(labelsize=SMALL, color=FAINT, labelcolor="#4f4f4f")
    axes.locator_params(nbins=5)
