"""The picture and the words of sweet spots: what is drawn is named, what is named is drawn, one is said as one."""

from collections.abc import Sequence

import pytest

from redheart.training.run.figures import EpochFigures, PartFigures
from redheart.training.selection.sweet_spot import SweetSpots, find_sweet_spots
from redheart.training.selection.sweet_spot_plot import metrics_text, sweet_spot_figure
from redheart.training.selection.sweet_spot_report import markdown
from tests.training.seen import assert_legible, legend_of
from tests.training.selection.scripted import EMOTION, one_epoch, run_of

SETTLED = [3.0, 2.0, 1.0, 1.01, 1.0, 1.01, 1.0, 1.01, 1.0]


def spots_of(figures: Sequence[EpochFigures]) -> SweetSpots:
    return find_sweet_spots(figures, range(1, len(figures) + 1))


@pytest.mark.parametrize(("epochs", "scale"), [(1, 0.0047), (3, 1.0), (9, 3000.0), (9, 2e-5)])
def test_the_picture_is_legible(epochs: int, scale: float) -> None:
    figures = run_of([loss * scale for loss in SETTLED[:epochs]], macro_f1=SETTLED[:epochs])
    assert_legible(sweet_spot_figure(spots_of(figures), figures))


def test_every_panel_with_a_curve_has_epochs_and_both_units() -> None:
    figures = run_of(SETTLED, macro_f1=SETTLED)
    backbone, no_metric, losses, scores = sweet_spot_figure(spots_of(figures), figures).axes
    assert [axes.get_xlabel() for axes in (backbone, losses, scores)] == ["epoch"] * 3
    assert (losses.get_ylabel(), scores.get_ylabel()) == ("validation loss", "macro-F1")
    assert not no_metric.axison


def test_the_legend_names_only_techniques_that_voted_and_only_curves_that_are_there() -> None:
    figures = run_of(SETTLED[:3])
    spots = spots_of(figures)
    voted = {choice.technique for spot in spots.spots.values() for choice in spot.choices if choice.epoch is not None}
    told = legend_of(sweet_spot_figure(spots, figures))
    assert {label.removeprefix("vote: ") for label in told if label.startswith("vote")} == voted
    assert "metric" not in told and "plateau's span" not in told


def test_a_plateau_is_in_the_legend_where_it_is_drawn() -> None:
    figures = run_of(SETTLED, macro_f1=SETTLED)
    told = legend_of(sweet_spot_figure(spots_of(figures), figures))
    assert "plateau's span" in told and "metric" in told


def test_votes_stand_above_the_curve_and_inside_the_panel() -> None:
    figures = run_of(SETTLED, macro_f1=[-loss for loss in SETTLED])
    losses = sweet_spot_figure(spots_of(figures), figures).axes[2]
    marks = [line for line in losses.lines if line.get_marker() in {"s", "^", "D", "P", "o"}]
    assert len(marks) >= 3
    assert all(0.62 < line.get_ydata()[0] < 1 for line in marks)
    low, high = losses.get_ylim()
    assert (max(SETTLED) - low) / (high - low) < 0.62


def test_a_mean_of_metrics_says_of_which() -> None:
    names = ("cause accuracy", "emotion macro_f1", "kote macro_f1")
    assert metrics_text(names) == "mean of cause accuracy; emotion, kote macro-F1"
    assert metrics_text(("regret r",)) == "regret r"


def test_the_report_spells_metrics_as_the_picture_does() -> None:
    parts = {EMOTION: PartFigures(loss=1.0, metrics={"emotion macro_f1": 0.5, "base_emotion macro_f1": 0.4})}
    figures = [one_epoch(1, 1.0, parts)]
    text = markdown(spots_of(figures), figures)
    assert "macro-F1" in text and "macro_f1" not in text


def test_a_run_of_one_epoch_is_not_said_to_have_several() -> None:
    figures = run_of([1.0])
    assert "1 epoch; " in markdown(spots_of(figures), figures)
