"""A whole sweep over a scripted learner: its files, its end, its resumption."""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redheart.config.train import SweepSection
from redheart.errors import ConfigError, InputError
from redheart.training.run.folder import RunFolder
from redheart.training.sweep.ledger import sweep_finished
from redheart.training.sweep.optimal import read_optimal
from redheart.training.sweep.result import SweepResult
from redheart.training.sweep.runner import trials_at_most
from redheart.training.sweep.sweep import run_sweep
from redheart.training.sweep.trial import Trial
from tests.training.sweep.scripted_learner import ScriptedLearner

SETTINGS = SweepSection()
CONDITIONS = {"preset": "tiny", "seed": 0, "data": "abc"}


def ignore(_: object) -> None:
    """Says nothing to nobody."""


def sweep(
    learner: ScriptedLearner, name: str = "run", settings: SweepSection = SETTINGS, **changes: Any
) -> SweepResult:
    asked: dict[str, Any] = {"conditions": CONDITIONS, "say": ignore, "pictures": False, **changes}
    return run_sweep(learner, settings, RunFolder(Path(name)), **asked)


def cut_off(name: str, learner: ScriptedLearner) -> None:
    with pytest.raises(KeyboardInterrupt):
        sweep(learner, name)


def without_seconds(held: Any) -> Any:
    if isinstance(held, dict):
        return {key: without_seconds(value) for key, value in held.items() if key != "seconds"}
    return [without_seconds(value) for value in held] if isinstance(held, list) else held


def report(name: str) -> Any:
    return without_seconds(json.loads(RunFolder(Path(name)).sweep_report.read_text()))


def test_a_sweep_finds_the_best_rate_of_a_clean_learner():
    result = sweep(ScriptedLearner(best=7e-4))
    assert result.optimal_lr == pytest.approx(7e-4, rel=0.02)
    assert read_optimal(Path("run/optimal_lr.json")) == result.optimal_lr
    assert result.tie_break.distinguishable


def test_a_sweep_writes_every_file_of_its_contract():
    sweep(ScriptedLearner())
    stages = {f"hierarchical_lr_sweep_stage{stage}.json" for stage in range(5)}
    named = {"lr_sweep_cumulative.json", "optimal_lr.json", "hierarchical_lr_sweep.json"}
    assert {path.name for path in Path("run").iterdir()} == stages | named
    held = json.loads(Path("run/lr_sweep_cumulative.json").read_text())
    assert len(held["rates"]) == 25
    fields = {"val_loss", "train_loss", "metric", "gradient_norm", "stage", "seconds", "steps"}
    assert all(fields <= set(entry) and float(rate) > 0 for rate, entry in held["rates"].items())


def test_the_search_runs_25_rates_on_one_seed_and_the_leaders_on_three_others():
    learner = ScriptedLearner()
    result = sweep(learner)
    assert [seed for _, seed in learner.asked[:25]] == [0] * 25
    assert [seed for _, seed in learner.asked[25:34]] == [1, 2, 3] * 3
    assert len({lr for lr, _ in learner.asked[25:34]}) == 3
    assert (result.cost.search, result.cost.tie_break) == (25 * 48, 9 * 48)


def test_the_range_test_has_the_steps_of_the_first_stage_and_is_judged_on_the_same_seeds():
    result = sweep(ScriptedLearner(noise=0.001))
    steps = {method.name: method.steps for method in result.comparison.methods}
    assert steps["stage 0"] == steps["range test, steepest fall"] == 5 * 48
    assert steps["whole sweep"] == 34 * 48
    assert {method.reached.seeds for method in result.comparison.methods if method.reached} == {(1, 2, 3)}
    assert "range test, steepest fall (240 steps)" in result.comparison.findings[1]


def test_noise_beyond_the_differences_is_reported_as_such():
    result = sweep(ScriptedLearner(noise=0.05))
    held = json.loads(Path("run/optimal_lr.json").read_text())
    assert not result.tie_break.distinguishable
    assert held["distinguishable"] is False
    assert len(held["indistinguishable"]) > 5
    assert result.optimal_lr in held["indistinguishable"]
    assert held["spread"]["standard_deviation"] > 0.005


def test_the_same_learner_gives_the_same_figures_twice():
    sweep(ScriptedLearner(noise=0.01), "one")
    sweep(ScriptedLearner(noise=0.01), "two")
    assert Path("one/optimal_lr.json").read_bytes() == Path("two/optimal_lr.json").read_bytes()
    assert report("one") == report("two")


@pytest.mark.parametrize("trial", [1, 3, 13, 25, 26, 34, 36])
def test_a_sweep_killed_at_any_trial_and_run_again_ends_as_if_never_killed(trial):
    sweep(ScriptedLearner(noise=0.01), "whole")
    cut_off("killed", ScriptedLearner(noise=0.01, dies_at=trial))
    again = ScriptedLearner(noise=0.01)
    sweep(again, "killed")
    assert Path("killed/optimal_lr.json").read_bytes() == Path("whole/optimal_lr.json").read_bytes()
    assert report("killed") == report("whole")


def test_a_sweep_run_again_runs_no_trial_twice():
    whole, killed, again = ScriptedLearner(), ScriptedLearner(dies_at=20), ScriptedLearner()
    sweep(whole, "whole")
    cut_off("killed", killed)
    sweep(again, "killed")
    assert killed.asked[:19] + again.asked == whole.asked


def test_a_sweep_killed_in_its_range_test_resumes_there():
    cut_off("killed", ScriptedLearner(dies_in_range_test=True))
    assert not sweep_finished(Path("killed/lr_sweep_cumulative.json"))
    again = ScriptedLearner()
    sweep(again, "killed")
    assert {seed for _, seed in again.asked} == {1, 2, 3}
    assert sweep_finished(Path("killed/lr_sweep_cumulative.json"))


def test_a_new_sweep_in_the_same_folder_keeps_off_the_rates_of_the_first_and_keeps_them_on_file():
    first, second = ScriptedLearner(), ScriptedLearner()
    sweep(first)
    result = sweep(second)
    assert result.sweep == 2
    tried = [{lr for lr, seed in learner.asked if seed == 0} for learner in (first, second)]
    assert len(tried[0] | tried[1]) == 50
    assert len(json.loads(Path("run/lr_sweep_cumulative.json").read_text())["rates"]) == 50
    assert min(tried[1]) == pytest.approx(1.1e-5)


def test_a_second_sweep_never_loses_the_best_of_the_first():
    first = sweep(ScriptedLearner())
    assert sweep(ScriptedLearner()).validation_loss <= first.validation_loss


def test_a_wider_range_begins_a_new_sweep_though_the_first_was_cut_off():
    cut_off("run", ScriptedLearner(dies_at=8))
    result = sweep(ScriptedLearner(), settings=SweepSection(lowest=1e-6))
    assert (result.sweep, len(result.earlier)) == (2, 7 - 1)  # one of the seven diverged


@pytest.mark.parametrize(("key", "value"), [("preset", "base"), ("data", "xyz"), ("seed", 1)])
def test_trials_made_under_other_conditions_are_refused_with_both_values(key, value):
    cut_off("run", ScriptedLearner(dies_at=3))
    with pytest.raises(ConfigError, match=rf"other conditions \({key} '{CONDITIONS[key]}' there, '{value}' here\)"):
        sweep(ScriptedLearner(), conditions={**CONDITIONS, key: value})


def test_trials_of_another_length_are_refused():
    cut_off("run", ScriptedLearner(dies_at=3))
    longer = ScriptedLearner()
    longer.steps = 60
    with pytest.raises(ConfigError, match="steps '48' there, '60' here"):
        sweep(longer)


@pytest.mark.parametrize("text", ["", "{}", '{"conditions": {}, "rates": {"1e-5": {"val_loss": 1}}}'])
def test_a_damaged_record_is_refused_and_left_as_it_is(text):
    Path("run").mkdir()
    Path("run/lr_sweep_cumulative.json").write_text(text)
    with pytest.raises(InputError, match="is no record of a sweep"):
        sweep(ScriptedLearner())
    assert Path("run/lr_sweep_cumulative.json").read_text() == text


def test_a_learner_that_always_diverges_is_refused_after_one_stage_with_the_mend():
    learner = ScriptedLearner(diverges_above=0.0)
    with pytest.raises(ConfigError, match=r"from '1e-5' to '1e-2' diverged\. Lower train\.sweep\.lowest"):
        sweep(learner)
    assert len(learner.asked) == 5


def test_rates_that_diverge_lose_and_the_search_goes_below_them():
    result = sweep(ScriptedLearner(best=1e-2, diverges_above=4e-4))
    assert 3e-4 < result.optimal_lr <= 4e-4
    assert any(point.diverged for stage in result.stages for point in stage.points)


def test_a_trial_with_no_loss_loses_even_if_it_does_not_call_itself_diverged():
    class Silent(ScriptedLearner):
        def at(self, lr: float, seed: int) -> Any:
            trial = super().at(lr, seed)
            return trial.model_copy(update={"validation_loss": None}) if lr > 1e-4 else trial

    assert sweep(Silent(diverges_above=1)).optimal_lr <= 1e-4


def test_a_loss_that_is_not_finite_cannot_pass_for_a_trial():
    with pytest.raises(ValueError, match="finite number"):
        Trial(**{**ScriptedLearner().at(1e-3, 0).model_dump(), "validation_loss": math.nan})


def test_a_best_rate_at_the_rim_is_warned_of():
    result = sweep(ScriptedLearner(best=1e-9, diverges_above=1))
    assert result.warnings == ("the best rate is the lowest of all tried. Lower train.sweep.lowest and sweep again.",)


def test_a_range_test_that_diverges_at_once_gives_no_answer_and_says_why():
    class Fragile(ScriptedLearner):
        def ranged(self, lowest: float, highest: float, steps: int) -> tuple[tuple[float, float], ...]:
            return ((lowest, 2.0), (lowest * 2, math.nan))

    methods = {method.name: method for method in sweep(Fragile()).comparison.methods}
    assert methods["range test, steepest fall"].reached is None
    assert "only 1 step before" in (methods["range test, steepest fall"].refusal or "")


def test_progress_is_told_trial_by_trial_and_says_what_was_on_file():
    cut_off("run", ScriptedLearner(dies_at=4))
    told: list[Any] = []
    said: list[str] = []
    sweep(ScriptedLearner(), on_trial=told.append, say=said.append)
    assert [done.on_file for done in told[:5]] == [True, True, True, False, False]
    assert said[0] == "sweep 1 goes on: 3 of 25 rates are on file"


@pytest.mark.parametrize("settings", [SweepSection(), SweepSection(leaders=10, repeats=1)])
def test_every_trial_is_told_once_and_no_more_than_were_announced(settings: SweepSection):
    told: list[Any] = []
    sweep(ScriptedLearner(noise=0.001), settings=settings, on_trial=told.append)
    assert len({(done.trial.lr, done.trial.seed) for done in told}) == len(told) <= trials_at_most(settings)


@pytest.mark.parametrize("change", [{"repeats": 1}, {"leaders": 2}, {"repeats": 5, "leaders": 10}])
def test_leaders_and_repeats_are_as_asked(change: dict[str, int]):
    settings = SweepSection(**change)  # type: ignore[arg-type]
    tie_break = sweep(ScriptedLearner(noise=0.001), settings=settings).tie_break
    assert len(tie_break.leaders) == settings.leaders
    assert all(len(leader.losses) == settings.repeats for leader in tie_break.leaders)


def test_a_disk_that_refuses_is_named():
    Path("run").write_text("a file where the folder should be")
    with pytest.raises(InputError, match="cannot be written"):
        sweep(ScriptedLearner())


def test_a_range_upside_down_is_refused_before_anything_is_written():
    with pytest.raises(ConfigError, match="is not below"):
        sweep(ScriptedLearner(), settings=SweepSection(lowest=1e-2, highest=1e-3))
    assert not Path("run").exists()


def test_pictures_without_matplotlib_are_refused_before_any_trial(monkeypatch: pytest.MonkeyPatch):
    missing: Callable[[str], None] = lambda _: None  # noqa: E731
    monkeypatch.setattr("redheart.training.sweep.drawing.find_spec", missing)
    learner = ScriptedLearner()
    with pytest.raises(ConfigError, match=r"pip install 'redheart\[plot\]'"):
        sweep(learner, pictures=True)
    assert not learner.asked
