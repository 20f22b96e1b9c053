"""What is printed of a run that is over, or only planned."""

import json
from pathlib import Path
from typing import Any

from redheart.entrypoints.train_summary import outcome_json, plan_text, verdicts
from redheart.training.report.plan import TrainPlan
from redheart.training.report.story import ModuleSize, Outcome
from redheart.training.run.folder import RunFolder
from tests.training.report import invented


def plan(**changes: Any) -> TrainPlan:
    fields: dict[str, Any] = {
        "preset": "tiny", "encoder": "bundled", "encoder_dim": 384, "modules": invented.modules(),
        "samples": {"train": 40}, "batch_size": 8, "micro_batch": 4, "epochs": 3, "steps_an_epoch": 5, "lr": None,
        "sweep_trials": 34, "sweep_steps": 10, "device": "cpu", "memory": {"total": 1 << 20},
    }  # fmt: skip
    return TrainPlan(**(fields | changes))


def test_one_of_a_thing_is_said_as_one() -> None:
    only = (ModuleSize(name="backbone", parameters=1),)
    said = plan_text(plan(epochs=1, steps_an_epoch=1, batch_size=1, sweep_trials=1, sweep_steps=1, modules=only))
    assert "1: 1 epoch of 1, 1 sample each, 4 at once" in said
    assert "1 trial of 1 step, 1 in all" in said
    assert "tiny: 1 parameter in 1 module\n" in said


def test_more_of_a_thing_are_said_as_more() -> None:
    assert "15: 3 epochs of 5, 8 samples each, 4 at once" in plan_text(plan())


def test_seconds_are_told_with_the_sessions_they_were_spent_in() -> None:
    once = invented.make_story(environment=invented.environment(seconds={"training": 1234.56}))
    twice = invented.make_story(environment=invented.environment(seconds={"training": 9.0}, sessions=2))
    assert "Training took 1,234.6 s in 1 session." in verdicts(once)
    assert "Training took 9.0 s in 2 sessions." in verdicts(twice)
    told = json.loads(outcome_json(Outcome(story=twice), RunFolder(Path("run"))))
    assert (told["sessions"], told["seconds"]) == (2, {"training": 9.0})
