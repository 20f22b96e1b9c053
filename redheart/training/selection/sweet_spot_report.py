"""Sweet spots in words."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from redheart.training.report.counted import counted
from redheart.training.report.metric_name import spelled
from redheart.training.run.figures import EpochFigures
from redheart.training.selection.overfitting import overfitting
from redheart.training.selection.sweet_spot import VOTERS, SweetSpot, SweetSpots
from redheart.training.selection.technique import Choice


def markdown(spots: SweetSpots, figures: Sequence[EpochFigures], picture: str | None = None) -> str:
    """The report; `picture` is the path of the plot from where the report lies."""
    sections = [
        _opening(spots, figures),
        f"![Validation loss and task metric over the epochs]({picture})" if picture else "",
        _table(spots),
        *(_module(spot) for spot in spots.spots.values()),
        _dropped(spots),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _opening(spots: SweetSpots, figures: Sequence[EpochFigures]) -> str:
    there = ", ".join(map(str, spots.on_disk))
    warning = overfitting(figures)
    return (
        "# Sweet spots\n\n"
        "The epoch of every module that most techniques choose, on the validation split alone. "
        f"{counted(spots.epochs, 'epoch')}; checkpoints on disk: {there}. Only they can be chosen. "
        f"Best single epoch: **{spots.best_epoch}**, total validation loss {spots.best_loss:.4g}.\n\n"
        "Confidence is votes / voters; a technique that abstains ('–') is no voter. Of equal votes the lower "
        "validation loss wins, then the lower epoch. A choice with an arrow, 3 → 4, wanted epoch 3, which is not on "
        "disk." + (f"\n\nWarning: {warning}." if warning else "")
    )


def _table(spots: SweetSpots) -> str:
    head = ["module", "epoch", "confidence", "loss", "metric", *VOTERS]
    rows = [_row(spot) for spot in spots.spots.values()]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _row(spot: SweetSpot) -> list[str]:
    score = "–" if spot.score is None else f"{spot.score:.4g}"
    confidence = f"{spot.confidence:.0%} ({spot.votes} of {spot.voters})"
    choices = [_epoch(choice) for choice in spot.choices]
    return [spot.module, f"**{spot.epoch}**", confidence, f"{spot.validation_loss:.4g}", score, *choices]


def _epoch(choice: Choice) -> str:
    if choice.epoch is None:
        return "–"
    return str(choice.epoch) if choice.wanted is None else f"{choice.wanted} → {choice.epoch}"


def _module(spot: SweetSpot) -> str:
    metric = f"\n\nMetric: {spelled(' and '.join(spot.metrics))}, their mean." if len(spot.metrics) > 1 else ""
    lines = [f"- {choice.technique}: {_said(choice)}" for choice in spot.choices]
    return f"## {spot.module}: epoch {spot.epoch}{metric}\n\n" + "\n".join(lines)


def _said(choice: Choice) -> str:
    reason = spelled(choice.reason)
    return f"abstains ({reason})" if choice.epoch is None else f"{_epoch(choice)} ({reason})"


def _dropped(spots: SweetSpots) -> str:
    if not spots.dropped:
        return ""
    reasons: dict[str, list[int]] = {}
    for one in spots.dropped:
        reasons.setdefault(one.reason, []).append(one.epoch)
    lines = [f"- {_ranges(sorted(epochs))}: {reason}" for reason, epochs in reasons.items()]
    return "## Checkpoints no longer on disk\n\n" + "\n".join(lines)


def _ranges(epochs: Sequence[int]) -> str:
    """1, 2, 3, 5 -> '1 to 3, 5'."""
    runs = [[number for _, number in run] for _, run in groupby(enumerate(epochs), lambda pair: pair[1] - pair[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]} to {run[-1]}" for run in runs)
