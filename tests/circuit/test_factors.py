"""Where each factor comes from."""

import pytest

from redheart.circuit.evidence import evidence_of_option, evidence_of_text
from redheart.circuit.factors import bentham_factors
from redheart.types.readings import BENTHAM_FACTORS, OptionReadings
from redheart.types.situation import Stakeholder


def kinds(factors):
    return {name: factor.kind for name, factor in factors.items()}


def test_heads_rules_and_calculus_come_before_the_table(situation, readings, appraised):
    text = evidence_of_text(situation(urgency=0.9), readings(appraisals=appraised()))
    factors = bentham_factors(text)
    learned = dict.fromkeys(("intensity", "duration", "certainty"), "learned")
    calculus = dict.fromkeys(("fecundity", "purity"), "calculus")
    rules = dict.fromkeys(("propinquity", "extent"), "rule")
    assert kinds(factors) == dict.fromkeys(BENTHAM_FACTORS, "table") | learned | calculus | rules
    assert factors["intensity"].value == 0.8 and factors["intensity"].source == "head:crowd_envent.intensity"
    assert factors["duration"].value == pytest.approx(0.625) and factors["propinquity"].value == 0.9


def test_without_the_appraisal_head_the_table_stands_in_and_says_so(situation, readings):
    factors = bentham_factors(evidence_of_text(situation(), readings()))
    for name in ("intensity", "duration", "certainty", "propinquity"):
        assert factors[name].kind == "table" and factors[name].source.startswith("table")


def test_without_a_time_word_the_urgency_appraisal_is_named_a_proxy(situation, readings, appraised):
    factor = bentham_factors(evidence_of_text(situation(), readings(appraisals=appraised(urgency=0.3))))["propinquity"]
    assert (factor.value, factor.kind) == (0.3, "learned") and "proxy" in factor.source


def test_an_option_names_what_it_borrows_from_the_text(situation, readings, appraised):
    found = readings((0.5,), appraisals=appraised(intensity=0.9))
    text = evidence_of_text(situation(("user",)), found)
    factors = bentham_factors(evidence_of_option(text, found[OptionReadings].options[0]))
    assert factors["intensity"].value == 0.9 and "of the text" in factors["intensity"].source
    assert "of the text" in factors["fecundity"].source and "of the text" in factors["external_cost"].source


def test_an_option_uses_its_own_appraisals_where_it_has_them(situation, readings, appraised):
    found = readings((0.5,), appraisals=appraised(intensity=0.9), option_appraisals=appraised(intensity=0.2))
    text = evidence_of_text(situation(("user",)), found)
    factor = bentham_factors(evidence_of_option(text, found[OptionReadings].options[0]))["intensity"]
    assert factor.value == 0.2 and factor.source == "head:crowd_envent.intensity"


@pytest.mark.parametrize(
    ("groups", "extent"),
    [((), 0.125), (("self", "other"), 0.25), (("self", "community"), 0.625), (("community",) * 3, 1.0)],
)
def test_extent_grows_with_the_persons_and_a_community_counts_as_four(situation, readings, groups, extent):
    people = tuple(Stakeholder(name=f"{i}", group=group, mentions=1, source="r") for i, group in enumerate(groups))
    factor = bentham_factors(evidence_of_text(situation(stakeholders=people), readings()))["extent"]
    assert factor.value == pytest.approx(extent, abs=1e-6)
    assert ("nobody is named" in factor.source) == (not groups) and "full from 8 on" in factor.source


def test_the_axes_of_korean_culture_weigh_korean_texts_only(situation, readings):
    assert evidence_of_text(situation(language="ko"), readings()).axes["jeong"] == 0.6
    assert evidence_of_text(situation(language="en"), readings()).axes == {}


def test_every_factor_has_an_uncertainty_or_the_reason_why_not(situation, readings, appraised):
    factors = bentham_factors(evidence_of_text(situation(), readings(appraisals=appraised())))
    assert all(factor.uncertainty_source for factor in factors.values())
    unmeasured = [name for name, factor in factors.items() if factor.uncertainty is None]
    assert unmeasured == ["extent", "external_cost", "redistribution", "self_damage"]


def test_a_head_factor_carries_its_error_on_dev_and_duration_the_heads_own_spread(situation, readings, appraised):
    factors = bentham_factors(evidence_of_text(situation(), readings(appraisals=appraised())))
    assert factors["intensity"].uncertainty == factors["propinquity"].uncertainty == 0.25
    assert factors["duration"].uncertainty == pytest.approx(0.125)  # half at .5, half at .75


def test_what_a_rule_counts_has_no_measured_error_and_says_so(situation, readings):
    factors = bentham_factors(evidence_of_text(situation(urgency=0.9), readings()))
    for name in ("propinquity", "extent"):
        assert factors[name].uncertainty is None and "not measured" in factors[name].uncertainty_source


def test_a_checkpoint_without_measured_errors_leaves_them_null(situation, readings, appraised):
    appraisals = appraised().model_copy(update={"errors": None})
    factor = bentham_factors(evidence_of_text(situation(), readings(appraisals=appraisals)))["intensity"]
    assert factor.uncertainty is None and "no measured error" in factor.uncertainty_source


@pytest.mark.parametrize(("value", "term"), [(0.0, "barely_felt"), (0.72, "strong"), (1.0, "overwhelming")])
def test_intensity_is_named_by_its_linguistic_term_and_no_other_factor_is(situation, readings, appraised, value, term):
    factors = bentham_factors(evidence_of_text(situation(), readings(appraisals=appraised(intensity=value))))
    assert factors["intensity"].term == term
    assert [name for name, factor in factors.items() if factor.term] == ["intensity"]
