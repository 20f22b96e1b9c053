"""Deviations of the felicific value, against a simulation and in the limits where they are known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.bentham import CIRCUMSTANCES, COST_WEIGHTS, Stake, felicific_value, hedonic
from redheart.calculus.propagation import core_deviation, score_deviation
from redheart.types.readings import BENTHAM_FACTORS, WEIGHT_LAYERS

STAKE = Stake("all", 0.4, 0.6, 0.5, 0.7, 0.4, 0.3, 0.8, 0.5)
SMALL = dict.fromkeys(CIRCUMSTANCES, 0.02)
COSTS = {"external_cost": 0.6, "self_damage": 0.3, "redistribution": 0.5}
EVEN = dict.fromkeys(WEIGHT_LAYERS, 1.0)


def test_the_deviation_of_the_score_is_that_of_a_simulation():
    rng, deviations = np.random.default_rng(0), dict.fromkeys(BENTHAM_FACTORS, 0.02)
    scores = []
    for _ in range(4000):
        errors = dict.fromkeys(("fecundity", "purity"), rng.normal(0, 0.02))  # read from the same sentences
        drawn = {name: getattr(STAKE, name) + errors.get(name, rng.normal(0, 0.02)) for name in CIRCUMSTANCES}
        costs = {name: value + rng.normal(0, 0.02) for name, value in COSTS.items()}
        sign = 1.0 if rng.random() < (1 + STAKE.valence) / 2 else -1.0
        scores.append(felicific_value([replace(STAKE, valence=sign, **drawn)], costs, EVEN).score)
    found = score_deviation(STAKE, COSTS, deviations, 1.0)
    assert found == pytest.approx(np.std(scores), rel=0.03)
    assert score_deviation(STAKE, COSTS, deviations, 3.0) == pytest.approx(3 * found)


def test_the_deviation_of_the_core_is_the_closed_form_of_a_product():
    sure = replace(STAKE, valence=1.0, propinquity=1.0)
    relative = sum((0.02 / getattr(sure, name)) ** 2 for name in ("intensity", "duration", "certainty", "extent"))
    follow = (0.02 + 0.02) ** 2 / (sure.fecundity + sure.purity) ** 2
    expected = hedonic(sure) * (relative + follow + (0.02 * 1.0) ** 2) ** 0.5  # slope of 1/(2 - x) at 1 is 1
    assert core_deviation(sure, SMALL) == pytest.approx(expected, rel=1e-5)


def test_a_sign_that_is_a_toss_up_makes_the_core_as_unsure_as_it_is_great():
    known = dict.fromkeys(CIRCUMSTANCES, 0.0)
    assert core_deviation(replace(STAKE, valence=0.0), known) == pytest.approx(hedonic(replace(STAKE, valence=1.0)))
    assert core_deviation(replace(STAKE, valence=1.0), known) == 0


@pytest.mark.parametrize("valence", [1.0, -1.0])
def test_costs_err_together_with_the_feeling_they_belong_to(valence):
    """With a sure sign and one unsure factor that the score is proportional to, its relative error is the score's."""
    stake, deviations = replace(STAKE, valence=valence), dict.fromkeys(BENTHAM_FACTORS, 0.0) | {"intensity": 0.06}
    score = felicific_value([stake], COSTS, EVEN).score
    assert score_deviation(stake, COSTS, deviations, 1.0) == pytest.approx(abs(score) * 0.06 / stake.intensity)


@settings(max_examples=40, deadline=None)
@given(name=st.sampled_from(CIRCUMSTANCES), more=st.floats(0, 1), valence=st.floats(-1, 1))
def test_a_less_certain_factor_never_makes_the_core_more_certain(name, more, valence):
    stake = replace(STAKE, valence=valence)
    assert core_deviation(stake, SMALL | {name: 0.02 + more}) >= core_deviation(stake, SMALL) - 1e-12


@pytest.mark.parametrize(
    ("deviations", "words"),
    [
        ({"intensity": 0.1}, "deviations of 'intensity' were given"),
        (SMALL | {"duration": -0.1}, r"deviation of duration is '-0\.1'"),
        (SMALL | {"duration": float("nan")}, "deviation of duration is 'nan'"),
    ],
)
def test_a_missing_or_negative_deviation_is_refused(deviations, words):
    with pytest.raises(ValueError, match=words):
        core_deviation(STAKE, deviations)


def test_the_score_needs_the_deviations_of_the_costs_as_well():
    with pytest.raises(ValueError, match="external_cost"):
        score_deviation(STAKE, COSTS, dict.fromkeys(CIRCUMSTANCES, 0.1), 1.0)
    assert set(COST_WEIGHTS) == set(COSTS)
