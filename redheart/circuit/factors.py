"""The ten factors of one subject, each with where it came from: a head first, then a rule, then the table."""

from __future__ import annotations

import math
from collections.abc import Mapping

from redheart.calculus.course.trajectory import course_deviation, course_of
from redheart.calculus.felicific.emotion_to_bentham import factor_from_table
from redheart.calculus.felicific.evidence_weights import evidence_weight, has_evidence
from redheart.calculus.linguistic import EMOTION_INTENSITY
from redheart.circuit.costs import external_cost, redistribution, self_damage
from redheart.circuit.evidence import Evidence
from redheart.circuit.perspectives import persons_at_stake
from redheart.types.readings import BENTHAM_FACTORS, Factor, FactorEvidence

#: Place of each duration class on an even scale from momentary to lasting.
DURATION_SCALE: Mapping[str, float] = {"seconds": 0.0, "minutes": 0.25, "hours": 0.5, "days": 0.75, "weeks": 1.0}
#: As many persons fill the extent; below them it is linear. The core counts those beyond them as well.
PERSONS_OF_FULL_EXTENT = 8
HEAD = "head:crowd_envent"
FULL = f"the bar full from {PERSONS_OF_FULL_EXTENT} on"
MEASURED = "RMSE on English crowd-enVENT dev rows"
COUNTED = "counted by a rule; how well the rule counts is not measured"
NO_ERRORS = "the checkpoint carries no measured error of its appraisals"
NOT_IN_TABLE = "nothing labels it, or its rows were not at hand when the checkpoint was measured"


def bentham_factors(evidence: Evidence) -> dict[str, Factor]:
    """All ten by name, in the canonical order, each with what was measured of the route that it took.

    A source names the text where an option borrows from it.
    """
    fecundity, purity = _course(evidence)
    found = {
        "intensity": _intensity(evidence),
        "duration": _duration(evidence),
        "certainty": _appraised(evidence, "predict_conseq", " (foreseeable consequences)"),
        "propinquity": _propinquity(evidence),
        "fecundity": fecundity,
        "purity": purity,
        "extent": _extent(evidence),
        "external_cost": external_cost(evidence),
        "redistribution": redistribution(evidence),
        "self_damage": self_damage(evidence),
    }
    return {name: _judged(name, found[name] or _from_table(evidence, name), evidence) for name in BENTHAM_FACTORS}


def _judged(name: str, factor: Factor, evidence: Evidence) -> Factor:
    """With the evidence of its route. Where nothing at all was measured, no factor weighs less than another."""
    if evidence.measured is None:
        return factor
    found = evidence.measured.get(f"{name}/{factor.route}") or FactorEvidence(on=NOT_IN_TABLE)
    return factor.model_copy(
        update={
            "evidence": found,
            "low_evidence": not has_evidence(found.r, found.n),
            "weight": evidence_weight(found.r, found.n),
        }
    )


def _appraised(evidence: Evidence, appraisal: str, note: str) -> Factor | None:
    value = evidence.appraisal(appraisal)
    if value is None:
        return None
    error = evidence.appraisal_error(appraisal)
    return Factor(
        value=value,
        source=f"{HEAD}.{appraisal}{note}{_borrowed_appraisals(evidence)}",
        kind="learned",
        route="appraisal",
        uncertainty=error,
        uncertainty_source=NO_ERRORS if error is None else MEASURED,
    )


def _intensity(evidence: Evidence) -> Factor | None:
    """With its linguistic term, which only a reading of intensity itself has."""
    factor = _appraised(evidence, "intensity", "")
    if factor is None or factor.value is None:
        return None
    return factor.model_copy(update={"term": EMOTION_INTENSITY.term(factor.value)})


def _duration(evidence: Evidence) -> Factor | None:
    """Expected place on the ordinal scale under the head's distribution, and that distribution's own deviation."""
    shares = {} if evidence.appraisals is None else evidence.appraisals.duration
    total = sum(shares.values())
    if total <= 0:
        return None
    value = sum(DURATION_SCALE[name] * share for name, share in shares.items()) / total
    variance = sum((DURATION_SCALE[name] - value) ** 2 * share for name, share in shares.items()) / total
    return Factor(
        value=min(1.0, value),
        source=f"{HEAD}.duration (expected class){_borrowed_appraisals(evidence)}",
        kind="learned",
        route="appraisal",
        uncertainty=math.sqrt(variance),
        uncertainty_source="standard deviation of the head's calibrated distribution over the five classes",
    )


def _propinquity(evidence: Evidence) -> Factor | None:
    urgency = evidence.situation.urgency
    if urgency is None:
        return _appraised(evidence, "urgency", " (proxy: need to act at once)")
    source = "rule: urgent share of the text's time words"
    return Factor(value=urgency, source=source, kind="rule", route="time_words", uncertainty_source=COUNTED)


def _course(evidence: Evidence) -> tuple[Factor | None, Factor | None]:
    course = course_of(evidence.course, evidence.valence)
    if course.fecundity is None or course.purity is None:
        return None, None
    deviation = course_deviation(evidence.course)
    return _followed(evidence, course.fecundity, deviation), _followed(evidence, course.purity, deviation)


def _followed(evidence: Evidence, value: float, deviation: float) -> Factor:
    return Factor(
        value=value,
        source="calculus: course of valence over the sentences" + _borrowed(evidence),
        kind="calculus",
        route="course",
        uncertainty=deviation,
        uncertainty_source="from the variance of each later sentence's sign at its calibrated P(pleasant)",
    )


def _extent(evidence: Evidence) -> Factor:
    persons = persons_at_stake(evidence.situation.stakeholders)
    named = "" if evidence.situation.stakeholders else ": nobody is named, the teller is counted"
    return Factor(
        value=min(1.0, persons / PERSONS_OF_FULL_EXTENT),
        source=f"rule: {persons} person(s) at stake, a community counting as four, {FULL}{named}",
        kind="rule",
        route="persons",
        uncertainty_source=COUNTED,
    )


def _from_table(evidence: Evidence, name: str) -> Factor:
    source = "table: six-dimensional emotion" + (
        " (arousal and dominance of the text)" if evidence.subject == "option" else ""
    )
    return Factor(
        value=factor_from_table(name, evidence.emotion_vector()),
        source=source,
        kind="table",
        route="table",
        uncertainty_source="the table is stated, not fitted: it has no residuals",
    )


def _borrowed(evidence: Evidence) -> str:
    return " (of the text)" if evidence.subject == "option" else ""


def _borrowed_appraisals(evidence: Evidence) -> str:
    return " (of the text)" if evidence.subject == "option" and evidence.appraisals_of == "text" else ""
