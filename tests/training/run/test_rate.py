from types import SimpleNamespace
from typing import cast

import pytest

from redheart.training.run.identity import Identity
from redheart.training.run.prepared import Prepared
from redheart.training.run.rate import conditions


def prepared(**facts: str) -> Prepared:
    identity = Identity(facts={"train.seed": "0", **facts}, data={}, machine={})
    train = SimpleNamespace(seed=0, sweep=SimpleNamespace(samples=10))
    found = SimpleNamespace(
        identity=lambda: identity, digests={}, preset=SimpleNamespace(name="tiny"), train=train, batch_size=4,
        splits={"train": range(20)},
    )  # fmt: skip
    return cast(Prepared, found)


@pytest.mark.parametrize("key", ["lowest", "highest", "repeats", "leaders"])
def test_a_second_sweep_may_look_elsewhere_and_more_often(key: str) -> None:
    """As the first one may have advised: a trial does not depend on it."""
    one, other = (conditions(prepared(**{f"train.sweep.{key}": value})) for value in ("1", "2"))
    assert one == other


def test_trials_under_other_settings_are_other_trials() -> None:
    assert conditions(prepared(**{"train.clip": "1"})) != conditions(prepared(**{"train.clip": "2"}))
