"""The ten factors of one subject, each with where it came from: a head first, then a rule, then the table."""

from __future__ import annotations

import math
from collections.abc import Mapping

from redheart.calculus.emotion_to_bentham import factor_from_table
from redheart.calculus.trajectory import course_of
from redheart.circuit.evidence import Evidence
from redheart.circuit.perspectives import persons_at_stake
from redheart.types.readings import BENTHAM_FACTORS, Factor

#: Place of each duration class on an even scale from momentary to lasting.
DURATION_SCALE: Mapping[str, float] = {"seconds": 0.0, "minutes": 0.25, "hours": 0.5, "days": 0.75, "weeks": 1.0}
#: As many persons fill the extent.
PERSONS_OF_FULL_EXTENT = 8
HEAD = "head:crowd_envent"


def bentham_factors(evidence: Evidence) -> dict[str, Factor]:
    """All ten by name, in the canonical order. A source names the text where an option borrows from it."""
    fecundity, purity = _course(evidence)
    found = {
        "intensity": _appraised(evidence, "intensity", ""),
        "duration": _duration(evidence),
        "certainty": _appraised(evidence, "predict_conseq", " (foreseeable consequences)"),
        "propinquity": _propinquity(evidence),
        "fecundity": fecundity,
        "purity": purity,
        "extent": _extent(evidence),
    }
    return {name: found.get(name) or _from_table(evidence, name) for name in BENTHAM_FACTORS}


def _appraised(evidence: Evidence, appraisal: str, note: str) -> Factor | None:
    value = evidence.appraisal(appraisal)
    if value is None:
        return None
    return Factor(value=value, source=f"{HEAD}.{appraisal}{note}{_borrowed_appraisals(evidence)}", kind="learned")


def _duration(evidence: Evidence) -> Factor | None:
    """Expected place on the ordinal scale under the head's distribution."""
    shares = {} if evidence.appraisals is None else evidence.appraisals.duration
    total = sum(shares.values())
    if total <= 0:
        return None
    value = sum(DURATION_SCALE[name] * share for name, share in shares.items()) / total
    source = f"{HEAD}.duration (expected class){_borrowed_appraisals(evidence)}"
    return Factor(value=min(1.0, value), source=source, kind="learned")


def _propinquity(evidence: Evidence) -> Factor | None:
    urgency = evidence.situation.urgency
    if urgency is not None:
        return Factor(value=urgency, source="rule: urgent share of the text's time words", kind="rule")
    return _appraised(evidence, "urgency", " (proxy: need to act at once)")


def _course(evidence: Evidence) -> tuple[Factor | None, Factor | None]:
    course = course_of(evidence.course)
    if course.fecundity is None or course.purity is None:
        return None, None
    source = "calculus: course of valence over the sentences" + _borrowed(evidence)
    return (
        Factor(value=course.fecundity, source=source, kind="calculus"),
        Factor(value=course.purity, source=source, kind="calculus"),
    )


def _extent(evidence: Evidence) -> Factor:
    persons = persons_at_stake(evidence.situation.stakeholders)
    value = min(1.0, math.log2(1 + persons) / math.log2(1 + PERSONS_OF_FULL_EXTENT))
    named = "" if evidence.situation.stakeholders else ": nobody is named, the teller is counted"
    source = f"rule: {persons} person(s) at stake, a community counting as four{named}"
    return Factor(value=value, source=source, kind="rule")


def _from_table(evidence: Evidence, name: str) -> Factor:
    source = "table: six-dimensional emotion" + (
        " (arousal and dominance of the text)" if evidence.subject == "option" else ""
    )
    return Factor(value=factor_from_table(name, evidence.emotion_vector()), source=source, kind="table")


def _borrowed(evidence: Evidence) -> str:
    return " (of the text)" if evidence.subject == "option" else ""


def _borrowed_appraisals(evidence: Evidence) -> str:
    return " (of the text)" if evidence.subject == "option" and evidence.appraisals_of == "text" else ""
