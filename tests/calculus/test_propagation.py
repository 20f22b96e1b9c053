"""Deviations of the felicific value, against a simulation and in the limits where they are known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.bentham import CIRCUMSTANCES, COST_WEIGHTS, Stake, felicific_value, hedonic
from redheart.calculus.felicific.propagation import core_deviation, score_deviation
from redheart.types.readings import BENTHAM_FACTORS, WEIGHT_LAYERS

STAKE = Stake("all", 0.4, 0.6, 0.5, 0.7, 0.4, 0.3, 0.8, 0.5)
SMALL = dict.fromkeys(CIRCUMSTANCES, 0.02)
COSTS = {"external_cost": 0.6, "self_damage": 0.3, "redistribution": 0.5}
EVEN = dict.fromkeys(WEIGHT_LAYERS, 1.0)


def drawn(rng, stake, deviation):
    """A case as it may really be: with another sign, what follows is still there and is of the other kind."""
    common = rng.normal(0, deviation)  # fecundity and purity are read from the same sentences
    fecundity, purity = stake.fecundity + common, stake.purity + common
    sign = 1.0 if rng.random() < (1 + stake.valence) / 2 else -1.0
    if sign * stake.valence < 0:
        fecundity, purity = 1 - purity, 1 - fecundity
    alone = (name for name in CIRCUMSTANCES if name not in ("fecundity", "purity"))
    errs = {name: getattr(stake, name) + rng.normal(0, deviation) for name in alone}
    return replace(stake, valence=sign, fecundity=fecundity, purity=purity, **errs)


@pytest.mark.parametrize("valence", [0.4, -0.9, 0.0, 1.0])
def test_both_deviations_are_the_distances_from_the_printed_values_in_a_simulation(valence):
    rng, stake, deviations = (
        np.random.default_rng(0),
        replace(STAKE, valence=valence),
        dict.fromkeys(BENTHAM_FACTORS, 0.02),
    )
    printed, cores, scores = felicific_value([stake], COSTS, EVEN), [], []
    for _ in range(4000):
        costs = {name: value + rng.normal(0, 0.02) for name, value in COSTS.items()}
        found = felicific_value([drawn(rng, stake, 0.02)], costs, EVEN)
        cores.append(found.core - printed.core)
        scores.append(found.score - printed.score)
    score = score_deviation(stake, COSTS, deviations, 1.0)
    assert core_deviation(stake, SMALL) == pytest.approx(np.sqrt(np.mean(np.square(cores))), rel=0.04)
    assert score == pytest.approx(np.sqrt(np.mean(np.square(scores))), rel=0.04)
    assert score_deviation(stake, COSTS, deviations, 3.0) == pytest.approx(3 * score)


def test_a_core_that_may_have_the_other_sign_is_far_from_the_printed_one():
    """P(other sign) = 0.3, and the way to it is twice the core: no deviation about a core that nobody prints."""
    stake, known = replace(STAKE, valence=0.4, fecundity=0.0, purity=1.0), dict.fromkeys(CIRCUMSTANCES, 0.0)
    assert core_deviation(stake, known) == pytest.approx(0.3**0.5 * 2 * hedonic(stake))


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
