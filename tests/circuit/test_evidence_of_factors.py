"""How well each factor is known, and what that does to its weight."""

import math

import pytest

from redheart.circuit.costs import HARMS_TO_OTHERS
from redheart.circuit.evidence import evidence_of_option, evidence_of_text
from redheart.circuit.factors import bentham_factors
from redheart.nn.heads.violations import VIOLATIONS
from redheart.types.readings import (
    FactorEvidence,
    FactorEvidences,
    JusticeReading,
    OptionReadings,
    ViolationsReading,
)

ROUTES = (
    "intensity/appraisal", "duration/appraisal", "certainty/appraisal", "propinquity/appraisal", "fecundity/course",
    "purity/course", "extent/persons", "external_cost/table", "redistribution/table", "self_damage/table",
)  # fmt: skip


def measured(r=0.5, n=500, **others):
    """Every route with the same correlation but for those named, `_` standing for the slash."""
    table = dict.fromkeys(ROUTES, r) | {name.replace("__", "/"): found for name, found in others.items()}
    return FactorEvidences(by_route={route: FactorEvidence(r=x, n=n, on="dev") for route, x in table.items()})


def broken(**rules):
    return ViolationsReading(probabilities=dict.fromkeys(VIOLATIONS, 0.1) | rules)


def of_text(situation, readings, *further, appraisals=None):
    return bentham_factors(evidence_of_text(situation(), readings(appraisals=appraisals, further=further)))


@pytest.fixture
def weighed(circuit, situation, readings, appraised, text):
    async def weigh(*further):
        parts = situation(), readings(appraisals=appraised(), further=further)
        return (await circuit().decide(text, *parts)).text_bentham

    return weigh


def test_each_factor_carries_the_evidence_of_the_route_it_took(situation, readings, appraised):
    found = of_text(situation, readings, measured(intensity__appraisal=0.3), appraisals=appraised())
    assert found["intensity"].evidence.r == 0.3 and found["duration"].evidence.r == 0.5
    assert not any(factor.low_evidence for factor in found.values())
    assert {factor.weight for factor in found.values()} == {1.0}


def test_another_route_than_the_measured_one_is_of_low_evidence(situation, readings):
    factor = of_text(situation, readings, measured())["intensity"]  # no appraisal head: the table stands in
    assert factor.route == "table" and factor.low_evidence and factor.weight < 1
    assert factor.evidence.r is None and factor.evidence.n == 0


def test_a_factor_below_the_threshold_is_of_low_evidence_and_weighs_by_its_correlation(situation, readings, appraised):
    found = of_text(situation, readings, measured(duration__appraisal=0.05), appraisals=appraised())
    assert [name for name, factor in found.items() if factor.low_evidence] == ["duration"]
    assert found["duration"].weight == pytest.approx(0.25)


def test_where_nothing_was_measured_no_factor_weighs_less_and_none_claims_evidence(situation, readings, appraised):
    found = of_text(situation, readings, appraisals=appraised())
    assert {(f.weight, f.low_evidence, f.evidence) for f in found.values()} == {(1.0, True, None)}


async def test_full_evidence_gives_the_sum_that_no_measurement_gives(weighed):
    before, after = await weighed(), await weighed(measured())
    assert (after.core, after.costs, after.score) == pytest.approx((before.core, before.costs, before.score))
    assert after.core_uncertainty == pytest.approx(before.core_uncertainty)


@pytest.mark.parametrize("cost", ["external_cost", "redistribution", "self_damage"])
async def test_a_cost_of_low_evidence_counts_by_its_weight(weighed, cost):
    whole, half, none = [await weighed(measured(**{f"{cost}__table": r})) for r in (0.5, 0.1, 0.0)]
    assert half.costs - none.costs == pytest.approx((whole.costs - none.costs) / 2)
    assert whole.core == half.core and whole.factors[cost].value == half.factors[cost].value


async def test_persons_beyond_the_first_count_by_the_evidence_of_the_extent_and_all_alike(weighed):
    bentham, alone = await weighed(measured(extent__persons=0.1)), await weighed(measured(extent__persons=0.0))
    first, second = [part.value for part in bentham.contributions]  # the teller and a friend
    assert first == pytest.approx(second) and bentham.core == pytest.approx(1.5 * alone.core)
    assert math.fsum([first, second]) == pytest.approx(bentham.core)


async def test_an_uncertain_factor_of_less_weight_adds_less_uncertainty(weighed):
    sure, low = await weighed(measured()), await weighed(measured(fecundity__course=0.02, purity__course=0.02))
    assert low.core_uncertainty / abs(low.core) < sure.core_uncertainty / abs(sure.core)


async def test_the_trace_says_which_factor_is_of_low_evidence_and_by_how_much_it_counts(
    circuit, situation, readings, appraised, text
):
    parts = situation(), readings(appraisals=appraised(), further=(measured(purity__course=0.1),))
    step = (await circuit().decide(text, *parts)).trace[5]
    assert "low evidence: purity weighs x0.50, r 0.10 on 500 rows (dev)" in step.reasons
    assert step.inputs["weights"]["purity"] == pytest.approx(0.5)
    bare = (await circuit().decide(text, situation(), readings(appraisals=appraised()))).trace[5]
    assert any("no factor was measured" in reason for reason in bare.reasons)


@pytest.mark.parametrize("rule", HARMS_TO_OTHERS)
def test_the_likeliest_harm_to_others_is_the_external_cost_and_is_named(situation, readings, rule):
    factor = of_text(situation, readings, broken(**{rule: 0.7}))["external_cost"]
    assert (factor.value, factor.kind, factor.route) == (0.7, "learned", "violations") and rule in factor.source


@pytest.mark.parametrize("rule", sorted(set(VIOLATIONS) - set(HARMS_TO_OTHERS)))
def test_a_breach_that_hurts_nobody_is_no_external_cost(situation, readings, rule):
    assert of_text(situation, readings, broken(**{rule: 0.9}))["external_cost"].value == 0.1


def test_a_just_claim_redistributes_unless_somebody_is_cheated(situation, readings):
    just = JusticeReading(reasonable=0.8)
    alone = of_text(situation, readings, just)["redistribution"]
    cheated = of_text(situation, readings, just, broken(cheat=0.5))["redistribution"]
    assert (alone.value, alone.route) == (0.8, "justice")
    assert (cheated.value, cheated.route) == (pytest.approx(0.4), "justice_cheat")


def test_a_pain_of_ones_own_making_damages_oneself_and_neither_alone_does(situation, readings, appraised):
    def value(pain, own):
        appraisals = appraised(unpleasantness=pain, self_responsblt=own)
        return of_text(situation, readings, appraisals=appraisals)["self_damage"].value

    assert value(1.0, 0.0) == value(0.0, 1.0) == 0.0 and value(0.8, 0.5) == pytest.approx(0.4)


def test_the_error_of_a_composed_factor_is_that_of_its_evidence(situation, readings):
    found = FactorEvidences(by_route={"external_cost/violations": FactorEvidence(r=0.5, n=236, on="d", rmse=0.31)})
    assert of_text(situation, readings, broken(), found)["external_cost"].uncertainty == 0.31
    unmeasured = of_text(situation, readings, broken())["external_cost"]
    assert unmeasured.uncertainty is None and "no measured error" in unmeasured.uncertainty_source


def test_an_option_is_judged_by_what_it_breaks_itself(situation, readings):
    found = readings((0.5,), further=(broken(death=0.9), measured(external_cost__violations=0.4)))
    text = evidence_of_text(situation(("user",)), found)
    option = found[OptionReadings].options[0].model_copy(update={"violations": broken(deceive=0.6)})
    factor = bentham_factors(evidence_of_option(text, option))["external_cost"]
    assert factor.value == 0.6 and "deceive" in factor.source and factor.evidence.r == 0.4
