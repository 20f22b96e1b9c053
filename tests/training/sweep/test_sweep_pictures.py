"""The pictures: there, the same twice, and no concern of anybody's matplotlib settings."""

from pathlib import Path

import pytest

from redheart.config.train import SweepSection
from redheart.training.run.folder import RunFolder
from redheart.training.sweep.drawing import loss_limits, losses_text, rates_text, spread_of
from redheart.training.sweep.overview_picture import draw_overview, headline, overview_figure, tie_break_title
from redheart.training.sweep.result import SweepResult
from redheart.training.sweep.stage_picture import draw_stage, stage_figure
from redheart.training.sweep.sweep import run_sweep
from tests.training.seen import assert_legible, legend_of
from tests.training.sweep.scripted_learner import ScriptedLearner

matplotlib = pytest.importorskip("matplotlib")
NAMES = [*(f"hierarchical_lr_sweep_stage{stage}.png" for stage in range(5)), "hierarchical_lr_sweep.png"]


def sweep(learner: ScriptedLearner, pictures: bool = False) -> SweepResult:
    return run_sweep(
        learner, SweepSection(), RunFolder(Path("run")), {"preset": "tiny"}, lambda _: None, pictures=pictures
    )


def test_every_stage_and_the_whole_have_a_picture_and_a_killed_sweep_those_it_reached(monkeypatch: pytest.MonkeyPatch):
    for name in ("draw_stage", "draw_overview"):
        monkeypatch.setattr(f"redheart.training.sweep.sweep.{name}", lambda *_: b"drawn")
    with pytest.raises(KeyboardInterrupt):
        sweep(ScriptedLearner(dies_at=8), pictures=True)
    assert sorted(path.name for path in Path("run").glob("*.png")) == NAMES[:1]
    sweep(ScriptedLearner(), pictures=True)
    assert all(Path("run", name).read_bytes() == b"drawn" for name in NAMES)


def test_equal_results_give_equal_bytes():
    result = sweep(ScriptedLearner(noise=0.01))
    again = SweepResult.model_validate_json(Path("run/hierarchical_lr_sweep.json").read_bytes())
    assert draw_stage(result.stages, ()) == draw_stage(again.stages, ())


def test_a_stage_is_drawn_once_more_with_the_spread_of_its_leaders():
    result, before = sweep(ScriptedLearner(noise=0.01)), dict(matplotlib.rcParams)
    plain, spread = (draw_stage(result.stages, (), leaders) for leaders in ((), result.tie_break.leaders))
    assert plain.startswith(b"\x89PNG") and plain != spread
    assert dict(matplotlib.rcParams) == before


def test_a_sweep_with_lost_trials_an_earlier_sweep_and_no_answer_of_the_range_test_can_be_drawn():
    class Fragile(ScriptedLearner):
        def ranged(self, lowest: float, highest: float, steps: int) -> tuple[tuple[float, float], ...]:
            return ()

    sweep(ScriptedLearner(diverges_above=3e-5, best=2e-5))
    assert draw_overview(sweep(Fragile(diverges_above=3e-5, best=2e-5))).startswith(b"\x89PNG")


def test_one_lost_trial_does_not_flatten_the_others():
    low, high = loss_limits([0.40, 0.42, 0.45, 0.5, 1e6])
    assert low < 0.40
    assert 0.5 < high < 1


@pytest.mark.parametrize("losses", [[], [0.0], [0.4] * 5, [float("inf"), 0.4]])
def test_limits_hold_for_few_and_equal_losses(losses: list[float]):
    low, high = loss_limits(losses)
    assert low < high


def test_all_pictures_of_a_sweep_are_legible():
    result = sweep(ScriptedLearner(noise=0.01))
    assert_legible(overview_figure(result))
    for stage in range(5):
        assert_legible(stage_figure(result.stages[: stage + 1], (), result.tie_break.leaders))


def test_error_bars_lie_whole_inside_every_panel():
    result = sweep(ScriptedLearner(noise=0.01))
    wide = [leader.model_copy(update={"standard_deviation": 0.7}) for leader in result.tie_break.leaders]
    tie_break = result.tie_break.model_copy(update={"leaders": tuple(wide)})
    overview = overview_figure(result.model_copy(update={"tie_break": tie_break}))
    for axes in (overview.axes[1], *stage_figure(result.stages, (), wide).axes):
        low, high = axes.get_ylim()
        assert low < min(spread_of(wide)) and max(spread_of(wide)) < high


def test_limits_hold_what_must_be_held_and_still_cut_lost_trials():
    low, high = loss_limits([0.40, 0.42, 0.45, 0.5, 1e6], held=[0.1, 0.9])
    assert low < 0.1
    assert 0.9 < high < 2


def test_the_legend_names_no_kind_of_rate_that_is_not_in_the_panel():
    result = sweep(ScriptedLearner())
    first = overview_figure(result).axes[0]
    assert legend_of(first) == [f"stage {stage}" for stage in range(5)]
    noiseless = legend_of(overview_figure(result).axes[1])
    drawn = [line.get_label() for line in overview_figure(result).axes[1].lines]
    assert all(label in drawn or label.startswith("mean ±") for label in noiseless)


def test_what_the_tie_break_says_of_the_leaders_does_not_contradict_the_headline():
    result = sweep(ScriptedLearner(noise=0.01))
    told = result.tie_break.model_copy(update={"distinguishable": True})
    result = result.model_copy(update={"tie_break": told})
    assert "is better than all 2 other leaders" in tie_break_title(result)
    alike = len(told.indistinguishable)
    assert f"{alike} of {result.points_tested} rates are alike" in headline(result) and alike > 1
    assert "cannot be told" not in headline(result)


def test_the_search_path_names_its_first_and_its_last_interval_not_a_ratio():
    axes = overview_figure(sweep(ScriptedLearner())).axes[2]
    assert axes.get_title(loc="left").startswith("Search path: first interval 1e-5 to 1e-2, last ")


@pytest.mark.parametrize(
    ("losses", "expected"),
    [
        ((0.6, 0.7), ["0.6000", "0.7000"]),
        ((0.605213, 0.605198), ["0.60521", "0.60520"]),
        ((0.5, 0.5), ["0.5000", "0.5000"]),
        ((0.000123,), ["0.000123"]),
    ],
)
def test_losses_have_as_many_digits_as_tell_them_apart(losses: tuple[float, ...], expected: list[str]):
    assert losses_text(*losses) == expected


def test_rates_that_lie_close_have_more_digits():
    assert rates_text([1e-3, 2e-3]) == ["1e-3", "2e-3"]
    assert rates_text([4.6401e-4, 4.6449e-4]) == ["4.64e-4", "4.645e-4"]
