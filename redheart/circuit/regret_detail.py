"""Regret of each option over the states of the world: which of them turns out the best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Literal

from redheart.calculus.regret import (
    COURSES,
    VARIANTS,
    Outcomes,
    RedHeart,
    Regret,
    anticipate,
    regret_over_time,
    turnout,
)
from redheart.circuit.alternatives import Alternative
from redheart.types.regret import (
    OptionFeeling,
    RegretCourse,
    RegretDetail,
    RegretMoment,
    RegretStates,
    RegretType,
    RegretVariant,
)

#: The appraisal that says how far an outcome is one's own doing.
AGENCY = "self_responsblt"
COURSE = "two_half_lives"
DAYS = (0.0, 7.0, 30.0, 180.0, 365.0, 3650.0)
SOURCE = (
    "one state an option, that it turns out the best: Luce's rule on the pair probabilities, calibrated on English "
    "pairs; distances are expectations under the Gumbel noise of that rule. The three views are no states: nothing "
    "says how the intervals of two options go together"
)
UNITS: Mapping[str, str] = {
    "savage": "calibrated logits",
    "loomes_sugden": "Q of calibrated logits",
    "bell": "calibrated logits",
    "decision_affect": "calibrated logits, weighed by surprise",
    "chorus": "nats",
    "redheart": "calibrated logits ^ gamma, weighed by agency and surprise",
}


def regret_detail(
    alternatives: Sequence[Alternative], beats: Sequence[Sequence[float]], types: tuple[RegretType, ...]
) -> RegretDetail:
    """States and variants where every pair is calibrated; courses of acts and omissions in any case."""
    courses = tuple(_course(each) for each in types if each.kind in ("action", "inaction"))
    obstacle = _obstacle(alternatives)
    if obstacle:
        return RegretDetail(types=types, courses=courses, reason=obstacle)
    outcomes = turnout(beats)
    return RegretDetail(
        states=RegretStates(
            probabilities=tuple(outcomes.probabilities.tolist()),
            utilities=tuple(tuple(row) for row in outcomes.utilities.tolist()),
            source=SOURCE,
        ),
        variants=tuple(_variant(name, alternatives, outcomes) for name in VARIANTS),
        types=types,
        courses=courses,
    )


def _obstacle(alternatives: Sequence[Alternative]) -> str | None:
    if len(alternatives) < 2:
        return f"regret needs two options, there is {len(alternatives)}"
    if any(each.is_template for each in alternatives):
        return "no calibrated comparison with a stated template, so no probability of the states; name options"
    return None


def _variant(name: str, alternatives: Sequence[Alternative], outcomes: Outcomes) -> RegretVariant:
    given: dict[str, tuple[float, ...]] = {}
    if name == "redheart":
        agency = _agency(alternatives)
        if agency is None:
            return _without_agency(name)
        given = {"agency": agency}
    made = VARIANTS[name](**given)
    found = anticipate(made, outcomes)
    return RegretVariant(
        name=name,
        rule=made.rule,
        unit=UNITS[name],
        parameters=_parameters(asdict(made), alternatives),  # type: ignore[call-overload]
        least=alternatives[found.least].option.index,
        options=tuple(_feeling(each.option.index, i, found) for i, each in enumerate(alternatives)),
    )


def _without_agency(name: str) -> RegretVariant:
    reason = f"agency is not read: the options have no appraisal '{AGENCY}'"
    return RegretVariant(
        name=name, rule=RedHeart.rule, unit=UNITS[name], parameters={}, least=None, options=(), reason=reason
    )


def _agency(alternatives: Sequence[Alternative]) -> tuple[float, ...] | None:
    """Own appraisals of every option, or None where one lacks them: the text's would make all alike."""
    found = [None if each.reading.appraisals is None else each.reading.appraisals.scores.get(AGENCY)
             for each in alternatives]  # fmt: skip
    known = tuple(value for value in found if value is not None)
    return known if len(known) == len(found) else None


def _parameters(fields: Mapping[str, object], alternatives: Sequence[Alternative]) -> dict[str, float]:
    """One number a name; agency is one an option."""
    plain = {name: value for name, value in fields.items() if isinstance(value, float)}
    agency = fields.get("agency")
    if isinstance(agency, tuple):
        plain |= {f"agency[{each.option.index}]": value for each, value in zip(alternatives, agency, strict=True)}
    return plain


def _feeling(option: int, row: int, found: Regret) -> OptionFeeling:
    return OptionFeeling(
        option=option,
        regret=float(found.regret[row]),
        rejoicing=float(found.rejoicing[row]),
        experienced=tuple((found.by_state[row] + 0.0).tolist()),  # + 0.0: no negative zero
    )


def _course(found: RegretType) -> RegretCourse:
    kind: Literal["action", "inaction"] = "action" if found.kind == "action" else "inaction"
    weights = regret_over_time(kind, DAYS, COURSE).tolist()
    return RegretCourse(
        kind=kind,
        option=found.option,
        moments=tuple(RegretMoment(days=day, weight=weight) for day, weight in zip(DAYS, weights, strict=True)),
        crossing_days=COURSES[COURSE].crossing_days,
        source=COURSES[COURSE].source,
    )
