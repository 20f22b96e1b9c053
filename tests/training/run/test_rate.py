from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from redheart.training.report.listener import Quiet
from redheart.training.run import rate
from redheart.training.run.identity import Identity
from redheart.training.run.prepared import Prepared
from redheart.training.run.rate import choose_rate, conditions
from tests.training.run.prepared import prepared as whole_run


def prepared(**facts: str) -> Prepared:
    identity = Identity(facts={"train.seed": "0", **facts}, data={}, machine={})
    train = SimpleNamespace(seed=0, sweep=SimpleNamespace(samples=10))
    found = SimpleNamespace(
        identity=lambda: identity, digests={}, preset=SimpleNamespace(name="tiny"), train=train, batch_size=4,
        splits={"train": range(20)},
    )  # fmt: skip
    return cast(Prepared, found)


def swept(out: Path) -> Prepared:
    """A run that was asked for a sweep."""
    run = whole_run(out)
    return replace(run, asked=replace(run.asked, sweep=True))


@pytest.mark.parametrize("key", ["lowest", "highest", "repeats", "leaders"])
def test_a_second_sweep_may_look_elsewhere_and_more_often(key: str) -> None:
    """As the first one may have advised: a trial does not depend on it."""
    one, other = (conditions(prepared(**{f"train.sweep.{key}": value})) for value in ("1", "2"))
    assert one == other


def test_trials_under_other_settings_are_other_trials() -> None:
    assert conditions(prepared(**{"train.clip": "1"})) != conditions(prepared(**{"train.clip": "2"}))


def test_whoever_asks_for_a_sweep_is_told_of_every_trial_that_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []

    def three_trials(*given: object) -> SimpleNamespace:
        on_trial = cast(Callable[[object], None], given[5])
        for _ in range(3):
            on_trial(SimpleNamespace(trial=None, place=SimpleNamespace(stage=0)))
        return SimpleNamespace(optimal_lr=2e-3)

    monkeypatch.setattr(rate, "run_sweep", three_trials)
    found = choose_rate(swept(tmp_path), 8, Quiet(), lambda: told.append("stored"))
    assert (found.lr, told) == (2e-3, ["stored"] * 3)
