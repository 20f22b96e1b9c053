"""The pictures: there, the same twice, and no concern of anybody's matplotlib settings."""

from pathlib import Path

import pytest

from redheart.config.train import SweepSection
from redheart.training.run.folder import RunFolder
from redheart.training.sweep.drawing import loss_limits
from redheart.training.sweep.overview_picture import draw_overview
from redheart.training.sweep.result import SweepResult
from redheart.training.sweep.stage_picture import draw_stage
from redheart.training.sweep.sweep import run_sweep
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
