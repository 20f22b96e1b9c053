import numpy as np
import pytest

from redheart.calculus.interventions.subset_design import SubsetSizes, design_for
from redheart.nn.plan import TextPlan
from redheart.nn.surd import SurdSource, head_shares, surd_reading
from redheart.types.readings import TrajectoryPoint
from redheart.types.surd import SurdShares


def source(n, values=None, kind="sentence", trajectory=(), language="en"):
    """A text of n units; `values` maps the rows of its design to targets."""
    design, units = design_for(n, SubsetSizes()), tuple(range(n))
    plan = TextPlan(units, (), units, kind, 0 if design is None else len(design.rows))
    read = None if design is None or values is None else {name: f(design.rows) for name, f in values.items()}
    return SurdSource(plan, [f"S{i}." for i in units], language, None if read is None else design, read, trajectory)


def points(rows):
    """Rows of valence, arousal and utility."""
    return tuple(
        TrajectoryPoint(sentence=i, valence=v, arousal=a, utility=u, top=()) for i, (v, a, u) in enumerate(rows)
    )


def either(rows):
    return -(rows[:, 0] | rows[:, 1]).astype(float)


def test_utility_is_the_main_target_and_the_other_readings_stand_beside_it():
    reading = surd_reading(source(3, {"utility": either, "valence": lambda rows: 1.0 * rows[:, 2], "regret": either}))
    assert reading.shares is not None and reading.shares.redundant == pytest.approx(1 / 3)
    assert list(reading.targets) == ["valence", "regret"]
    assert reading.targets["valence"].shares == SurdShares(synergistic=0, unique=1, redundant=0, leak=0)
    assert "remorse" in reading.targets["regret"].target
    assert not reading.estimate and reading.subsets == 8


def test_of_the_other_readings_each_unit_is_told_and_only_the_sets_that_matter():
    reading = surd_reading(source(3, {"utility": either, "regret": either}))
    assert len(reading.terms) == 7
    assert {term.units for term in reading.targets["regret"].terms} == {(0,), (1,), (2,), (0, 1)}


def test_the_strongest_terms_are_told_in_the_language_of_the_text():
    english, korean = (surd_reading(source(2, {"utility": either}, language=code)) for code in ("en", "ko"))
    assert any("either suffices" in line for line in english.summary)
    assert any("하나면 충분합니다" in line for line in korean.summary)


def test_a_target_that_does_not_vary_is_null_with_the_reason_while_another_is_not():
    reading = surd_reading(source(2, {"utility": either, "valence": lambda rows: np.full(len(rows), 7.0)}))
    assert reading.shares is not None
    assert reading.targets["valence"].shares is None and "does not vary" in str(reading.targets["valence"].reason)


def test_differences_that_a_float32_pass_makes_are_no_effects():
    reading = surd_reading(source(2, {"utility": lambda rows: 1000 + 0.01 * rows[:, 0]}))
    assert reading.shares is None and "does not vary" in str(reading.reason)


@pytest.mark.parametrize(("n", "kind", "said"), [(1, "clause", "1 clause"), (33, "sentence", "33 sentences")])
def test_a_text_of_which_no_subset_is_read_says_why_and_names_all_its_units(n, kind, said):
    reading = surd_reading(source(n, {"utility": either}, kind))
    assert reading.shares is None and said in str(reading.reason)
    assert len(reading.units) == n and reading.left_out == () and reading.variance is None


def test_shares_of_a_learned_head_are_marked_as_an_estimate_with_its_errors():
    head = head_shares(np.log([0.2, 0.5, 0.2, 0.1]) + 7.0, {"unique": 0.03})
    reading = surd_reading(source(40), head)
    assert reading.shares is not None
    assert reading.shares.model_dump() == pytest.approx(
        {"synergistic": 0.2, "unique": 0.5, "redundant": 0.2, "leak": 0.1}
    )
    assert reading.estimate and reading.errors == {"unique": 0.03}
    assert reading.reason is None and reading.terms == () and reading.subsets == 0


def test_a_head_never_speaks_of_a_text_that_was_decomposed_or_has_one_unit():
    head = head_shares(np.zeros(4), None)
    assert not surd_reading(source(3, {"utility": either}), head).estimate
    assert surd_reading(source(1), head).shares is None


def test_a_sampled_text_names_the_size_of_its_sample_and_what_it_could_not_tell():
    reading = surd_reading(source(20, {"utility": either}))
    assert reading.subsets == 2048 and reading.below_noise == 189
    assert reading.shares is not None and reading.shares.redundant == pytest.approx(1 / 3)


def test_the_two_state_form_of_the_same_subsets_stands_beside_with_its_caveat():
    information = surd_reading(source(2, {"utility": lambda rows: 1.0 * (rows[:, 0] ^ rows[:, 1])})).information
    assert information is not None and "synergy" in information.caveat
    assert information.terms["S12"] == pytest.approx(1) and sum(information.shares.values()) == pytest.approx(1)
    assert information.entropy == pytest.approx(1)


def test_a_target_mostly_at_its_greatest_value_has_two_states_all_the_same():
    information = surd_reading(source(2, {"utility": lambda rows: 1.0 * (rows[:, 0] | rows[:, 1])})).information
    assert information is not None and information.entropy == pytest.approx(0.8113, abs=1e-4)


def test_more_units_than_six_have_no_two_state_form():
    assert surd_reading(source(7, {"utility": either})).information is None


def test_a_short_text_has_no_series_and_says_why():
    reading = surd_reading(source(2, {"utility": either}, trajectory=points([(0.1, 0.2, 0.3)] * 2)))
    assert reading.series is None and "60 or more" in str(reading.series_reason)


def test_a_long_text_whose_utility_follows_its_valence_a_sentence_later_shows_it_beyond_the_shifted_series():
    random = np.random.default_rng(0)
    valence, arousal = random.uniform(-1, 1, size=(2, 120))
    series = surd_reading(
        source(120, trajectory=points(zip(valence, arousal, np.roll(valence, 1), strict=True)))
    ).series
    assert series is not None and series.samples == 120 and series.draws > 50
    found = {target.variable: target for target in series.targets}
    assert found["utility"].corrected["explained"] > 0.7 and found["utility"].p_values["explained"] < 0.02
    assert abs(found["arousal"].corrected["explained"]) < 0.1
    assert sum(found["utility"].shares.values()) == pytest.approx(1)


def test_a_series_that_stands_still_is_null_with_the_name_of_what_does():
    reading = surd_reading(source(60, trajectory=points([(0.1, 0.01 * i, 0.5) for i in range(60)])))
    assert reading.series is None and str(reading.series_reason).startswith("valence is the same")
