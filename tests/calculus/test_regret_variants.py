"""Laws of regret, variant by variant."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.calculus.regret import (
    VARIANTS,
    Bell,
    Chorus,
    DecisionAffect,
    LoomesSugden,
    Outcomes,
    RedHeart,
    Savage,
    anticipate,
    regret,
)

NAMES = sorted(VARIANTS)
LAW = settings(max_examples=30, deadline=None)
value = st.floats(-5, 5).map(lambda x: round(x, 3))


@st.composite
def worlds(draw: st.DrawFn, options: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Utilities (options, states) and probabilities (states,)."""
    rows, states = options or draw(st.integers(2, 4)), draw(st.integers(1, 4))
    cells = draw(st.lists(value, min_size=rows * states, max_size=rows * states))
    weights = np.array(draw(st.lists(st.integers(1, 9), min_size=states, max_size=states)), float)
    return np.reshape(cells, (rows, states)), weights / weights.sum()


def parameters(name: str, options: int) -> dict[str, object]:
    return {"agency": (1.0,) * options} if name == "redheart" else {}


def by_name(name: str, utilities: np.ndarray, chances: np.ndarray):  # type: ignore[no-untyped-def]
    return regret(name, utilities, chances, **parameters(name, len(utilities)))


@pytest.mark.parametrize("name", NAMES)
@LAW
@given(world=worlds(), lead=st.floats(0, 3))
def test_an_option_best_in_every_state_is_never_regretted(name, world, lead) -> None:
    utilities, chances = world
    utilities[0] = utilities.max(axis=0) + lead
    found = by_name(name, utilities, chances)
    assert found.regret[0] == pytest.approx(0, abs=1e-12) and found.signed[0] <= 1e-12
    if name in ("savage", "redheart"):
        assert found.rejoicing[0] == 0 and (found.by_state >= 0).all()


@pytest.mark.parametrize("name", NAMES)
@LAW
@given(world=worlds(), gap=st.floats(0.01, 3))
def test_regret_increases_in_the_forgone_gap(name, world, gap) -> None:
    utilities, chances = world
    utilities[1] = utilities.max(axis=0) + 0.1
    raised = utilities.copy()
    raised[1] += gap
    before, after = (by_name(name, each, chances) for each in (utilities, raised))
    sure_and_unsurprising = name == "decision_affect" and len(chances) == 1
    assert after.signed[0] > before.signed[0] or sure_and_unsurprising


@pytest.mark.parametrize("name", NAMES)
@LAW
@given(world=worlds(), shift=value)
def test_regret_knows_differences_only(name, world, shift) -> None:
    utilities, chances = world
    found, shifted = (by_name(name, each, chances).by_state for each in (utilities, utilities + shift))
    assert shifted == pytest.approx(found, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
@LAW
@given(level=st.lists(value, min_size=3, max_size=3), options=st.integers(2, 4))
def test_equal_options_are_neither_regretted_nor_rejoiced_in(name, level, options) -> None:
    found = by_name(name, np.tile(level, (options, 1)), np.full(3, 1 / 3))
    assert found.by_state == pytest.approx(np.zeros((options, 3)), abs=1e-12)


@pytest.mark.parametrize("name", ["savage", "loomes_sugden", "bell", "decision_affect", "redheart"])
@LAW
@given(world=worlds(options=3))
def test_only_the_best_forgone_option_counts(name, world) -> None:
    """A third option that is nowhere better than the rival changes nothing for the first."""
    utilities, chances = world
    utilities[2] = np.minimum(utilities[1], utilities[2]) - 0.1
    with_third, without = by_name(name, utilities, chances), by_name(name, utilities[:2], chances)
    assert with_third.by_state[0] == pytest.approx(without.by_state[0], abs=1e-12)


def test_in_chorus_every_rival_counts() -> None:
    utilities = np.array([[0.0], [1.0], [0.9]])
    assert regret("chorus", utilities, [1.0]).regret[0] > regret("chorus", utilities[:2], [1.0]).regret[0]


@LAW
@given(world=worlds())
def test_savage_is_the_distance_to_the_best_of_each_state(world) -> None:
    utilities, chances = world
    found = regret("savage", utilities, chances)
    assert found.by_state == pytest.approx(utilities.max(axis=0) - utilities, abs=1e-12)
    assert found.regret == pytest.approx(found.by_state @ chances, abs=1e-12)


def test_minimax_and_expectation_may_choose_differently() -> None:
    found = regret("savage", [[10, 0], [7, 2], [0, 8]], [0.9, 0.1])
    assert found.worst == pytest.approx([8, 6, 10]) and (found.minimax, found.least) == (1, 0)


@LAW
@given(world=worlds(options=2), exponent=st.floats(1, 3), weight=st.floats(0, 2))
def test_of_two_options_the_one_that_loomes_and_sugden_prefer_is_signed_at_most_0(world, exponent, weight) -> None:
    utilities, chances = world
    found = anticipate(LoomesSugden(weight, exponent), Outcomes(utilities, chances))
    assert found.signed[found.least] <= 1e-9 and found.signed.sum() == pytest.approx(0, abs=1e-7)


@LAW
@given(world=worlds(options=2), exponent=st.floats(1, 3))
def test_loomes_and_sugden_compare_modified_utilities(world, exponent) -> None:
    """m(y, x) - m(x, y) = Q(y - x)."""
    utilities, chances = world
    variant = LoomesSugden(1.0, exponent)
    one, other = variant.modified_utility(utilities[0], utilities[1]), variant.modified_utility(*utilities[::-1])
    assert variant.by_state(Outcomes(utilities, chances))[0] == pytest.approx(other - one, abs=1e-9)


def test_a_large_regret_weighs_more_than_small_ones_of_the_same_sum_unless_q_is_linear() -> None:
    rare_and_large, spread = [[0, 0, 0], [3, 0, 0]], [[0, 0, 0], [1, 1, 1]]
    for exponent, heavier in ((2.0, True), (1.0, False)):
        large, small = (
            regret("loomes_sugden", each, np.full(3, 1 / 3), exponent=exponent).regret[0]
            for each in (rare_and_large, spread)
        )
        assert bool(large > small + 1e-9) is heavier


@LAW
@given(world=worlds(options=2))
def test_linear_q_prefers_as_expected_utility_does(world) -> None:
    utilities, chances = world
    found = regret("loomes_sugden", utilities, chances, exponent=1.0, weight=1.0)
    assert found.signed[0] == pytest.approx(2 * (utilities[1] - utilities[0]) @ chances, abs=1e-9)


def test_in_bell_the_loss_of_a_gap_weighs_more_than_its_gain() -> None:
    found = regret("bell", [[1.0], [0.0]], [1.0])
    assert found.regret.tolist() == [0.0, 1.0] and found.rejoicing.tolist() == [0.5, 0.0]
    assert Bell().utility(np.array(0.0), np.array(1.0)) == -1.0 and Bell().utility(np.array(1.0), np.array(0.0)) == 1.5


def test_chorus_is_its_formula_less_ln_2_a_rival() -> None:
    found = anticipate(Chorus(beta=2.0), Outcomes([[0.0], [1.0], [3.0]], [1.0])).by_state[:, 0]
    expected = [np.log1p(np.exp(2)) + np.log1p(np.exp(6)), np.log1p(np.exp(-2)) + np.log1p(np.exp(4))]
    assert found[:2] == pytest.approx(np.array(expected) - 2 * np.log(2))
    assert anticipate(Chorus(beta=50.0), Outcomes([[0.0], [100.0]], [1.0])).by_state[1, 0] == pytest.approx(-np.log(2))


@pytest.mark.parametrize("variant", [DecisionAffect(), RedHeart(agency=(1.0, 1.0))])
@LAW
@given(world=worlds(options=2), low=st.floats(0, 0.45), more=st.floats(0.05, 0.5))
def test_surprise_raises_regret(variant, world, low, more) -> None:
    utilities, chances = world
    utilities[1] = utilities[0] + 1.0
    surprised, foreseen = (
        anticipate(variant, Outcomes(utilities, chances, np.full(utilities.shape, belief))).regret[0]
        for belief in (low, low + more)
    )
    assert surprised > foreseen


def test_the_weight_of_surprise_is_one_plus_k_times_what_was_not_believed() -> None:
    outcomes = Outcomes([[0.0], [2.0]], [1.0], [[0.25], [0.25]])
    felt = RedHeart(agency=(0.5, 1.0), gamma=3.0, k=2.0).by_state(outcomes)
    assert felt[:, 0] == pytest.approx([2.0**3 * 0.5 * (1 + 2 * 0.75), 0.0])


def test_without_agency_nothing_is_regretted() -> None:
    felt = [RedHeart(agency=(agency, 1.0)).by_state(Outcomes([[0.0], [1.0]], [1.0]))[0, 0] for agency in (0, 0.4, 1)]
    assert felt == pytest.approx([0.0, 0.4, 1.0])


def test_decision_affect_feels_its_outcome_its_disappointment_and_its_regret() -> None:
    outcomes = Outcomes([[0.0, 4.0], [1.0, 1.0]], [0.25, 0.75])
    affect = DecisionAffect(intercept=1.0, slope=2.0, loss_weight=1.0, gain_weight=0.5)
    lost = 1 + 2 * (0 + (0 - 4) * 0.75 + (0 - 1) * (1 - 0.0625))
    won = 1 + 2 * (4 + 0.5 * (4 - 0) * 0.25 + 0.5 * (4 - 1) * (1 - 0.5625))
    assert affect.felt(outcomes)[0] == pytest.approx([lost, won])
    assert affect.by_state(outcomes)[0] == pytest.approx([2 * 0.9375, -2 * 0.5 * 3 * 0.4375])


def test_a_sure_outcome_surprises_nobody() -> None:
    assert (DecisionAffect().by_state(Outcomes([[0.0], [1.0]], [1.0])) == 0).all()


def test_experienced_regret_is_that_of_the_state_that_came_true() -> None:
    found = regret("bell", [[0.0, 3.0], [2.0, 2.0]], [0.5, 0.5])
    assert (found.experienced(0, 0).regret, found.experienced(0, 0).rejoicing) == (2.0, 0.0)
    assert (found.experienced(0, 1).regret, found.experienced(0, 1).rejoicing) == (0.0, 0.5)
    assert found.regret[0] == 1.0 and found.rejoicing[0] == 0.25
    with pytest.raises(ValueError, match="option '2' in state '0'"):
        found.experienced(2, 0)


@pytest.mark.parametrize(
    ("utilities", "chances", "words"),
    [
        ([[0.0, float("nan")], [1.0, 1.0]], [0.5, 0.5], "'nan'"),
        ([[0.0, float("inf")], [1.0, 1.0]], [0.5, 0.5], "'inf'"),
        ([[0.0, 1.0]], [0.5, 0.5], r"'\(1, 2\)'"),
        ([0.0, 1.0], [1.0], r"'\(2,\)'"),
        ([[0.0], [1.0]], [0.5, 0.5], r"'\(2,\)'"),
        ([[0.0, 1.0], [1.0, 0.0]], [0.5, 0.4], "sum to '0.9'"),
        ([[0.0, 1.0], [1.0, 0.0]], [1.5, -0.5], "'1.5'"),
        ([[0.0, 1.0], [1.0, 0.0]], [0.5, float("nan")], "'nan'"),
    ],
)
def test_outcomes_that_are_none_are_refused_with_the_value(utilities, chances, words) -> None:
    with pytest.raises(ValueError, match=words):
        regret("savage", utilities, chances)


def test_a_foreign_variant_parameter_or_belief_is_refused() -> None:
    world = [[0.0], [1.0]], [1.0]
    with pytest.raises(ValueError, match=r"'envy' is unknown.*savage, loomes_sugden"):
        regret("envy", *world)
    with pytest.raises(ValueError, match=r"'chorus' was given \['gamma'\]"):
        regret("chorus", *world, gamma=1.0)
    with pytest.raises(ValueError, match="'redheart' was given"):  # agency has no default
        regret("redheart", *world)
    with pytest.raises(ValueError, match=r"belief hold '1.5'"):
        Outcomes(*world, [[1.5], [0.0]])
    with pytest.raises(ValueError, match=r"belief of shape '\(1,\)'"):
        Outcomes(*world, [1.0])


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: LoomesSugden(exponent=0.5), "exponent '0.5'"),
        (lambda: LoomesSugden(weight=float("nan")), "weight 'nan'"),
        (lambda: Bell(regret_weight=0.4, rejoicing_weight=0.5), "regret_weight '0.4'"),
        (lambda: Chorus(beta=-1.0), "beta '-1.0'"),
        (lambda: DecisionAffect(loss_weight=0.1), "loss_weight '0.1'"),
        (lambda: DecisionAffect(intercept=float("nan")), "intercept 'nan'"),
        (lambda: RedHeart(agency=(1.2, 0.0)), "agency '1.2'"),
        (lambda: RedHeart(agency=(1.0, 1.0), gamma=0.5), "gamma '0.5'"),
        (lambda: RedHeart(agency=(1.0, 1.0), k=-1.0), "k '-1.0'"),
        (lambda: RedHeart(agency=(1.0,)).by_state(Outcomes([[0.0], [1.0]], [1.0])), "'1' agencies for 2"),
        (lambda: regret("loomes_sugden", [[1e200], [-1e200]], [1.0]), "'2e.200' apart"),
    ],
)
def test_parameters_out_of_range_are_refused(make, words) -> None:
    with pytest.raises(ValueError, match=words):
        make()


def test_outcomes_cannot_be_changed_and_do_not_follow_their_source() -> None:
    source = np.array([[0.0], [1.0]])
    outcomes = Outcomes(source, [1.0])
    source[0, 0] = 9.0
    assert Savage().by_state(outcomes)[0, 0] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        outcomes.utilities[0, 0] = 9.0


def test_the_surprise_of_a_pair_is_that_of_the_own_and_the_best_forgone_outcome() -> None:
    """Option 1 is the best forgone one of option 0; option 2, certain and bad, does not enter."""
    outcomes = Outcomes([[-3.0], [-1.0], [-9.0]], [1.0], [[0.5], [0.4], [1.0]])
    assert DecisionAffect().by_state(outcomes)[0, 0] == pytest.approx(2 * (1 - 0.5 * 0.4))
