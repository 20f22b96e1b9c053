"""Which kinds of regret an option could bring, each by a stated rule; a kind without evidence is absent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from redheart.circuit.acts import leaves_as_is, puts_off
from redheart.circuit.alternatives import Alternative
from redheart.circuit.regret import OptionRegret
from redheart.types.decision import BenthamResult
from redheart.types.regret import RegretKind, RegretType
from redheart.types.situation import Situation

#: Middle of the appraisal scale, and of the time words: below it hard to foresee, from it on urgent.
MIDDLE = 0.5
FORESEEABLE = "predict_conseq"


@dataclass(frozen=True, slots=True)
class _Side:
    """One option, with what the rules look at."""

    text: str
    still: bool
    delays: bool
    costs_others: float | None
    foreseeable: float | None
    foreseeable_error: float | None


def regret_types(
    situation: Situation,
    alternatives: Sequence[Alternative],
    values: Sequence[BenthamResult],
    regrets: Sequence[OptionRegret],
) -> tuple[RegretType, ...]:
    """By option, compared with its best forgone one:

    (1) action: it acts, the other leaves things as they are. (2) inaction: the other way round. (3) choice: both act,
    or both do not. (4) timing: one of the two puts off, or it leaves things while the text's time words are urgent.
    (5) empathy: others are named, and it costs them more. (6) prediction: its consequences are appraised as hard to
    foresee. None for a single option.
    """
    sides = [_side(situation, each, value) for each, value in zip(alternatives, values, strict=True)]
    return tuple(
        RegretType(kind=kind, option=alternatives[i].option.index, against=alternatives[rival].option.index, reason=why)
        for i, rival in enumerate(regret.rival for regret in regrets)
        if rival is not None
        for kind, why in _found(situation, sides[i], sides[rival])
    )


def _side(situation: Situation, alternative: Alternative, value: BenthamResult) -> _Side:
    text, language, own = alternative.option.text, situation.language, alternative.reading.appraisals
    cost = value.factors.get("external_cost")
    return _Side(
        text,
        leaves_as_is(text, language),
        puts_off(text, language),
        None if cost is None else cost.value,
        None if own is None else own.scores.get(FORESEEABLE),
        None if own is None or own.errors is None else own.errors.get(FORESEEABLE),
    )


def _found(situation: Situation, own: _Side, other: _Side) -> Iterator[tuple[RegretKind, str]]:
    yield _by_act(own, other)
    yield from _timing(situation, own, other)
    yield from _empathy(situation, own, other)
    if own.foreseeable is not None and own.foreseeable < MIDDLE:  # (6)
        error = "" if own.foreseeable_error is None else f", RMSE {own.foreseeable_error:.2f} on English dev rows"
        yield "prediction", f"its consequences are appraised as hard to foresee ({own.foreseeable:.2f} of 1{error})"


def _by_act(own: _Side, other: _Side) -> tuple[RegretKind, str]:
    if own.still == other.still:  # (3)
        both = "leave things as they are" if own.still else "act"
        return "choice", f"both it and '{other.text}' {both}, so the regret is of having chosen the wrong one"
    if own.still:  # (2)
        return "inaction", f"it leaves things as they are, while '{other.text}' acts"
    return "action", f"it acts, while '{other.text}' leaves things as they are"  # (1)


def _timing(situation: Situation, own: _Side, other: _Side) -> Iterator[tuple[RegretKind, str]]:
    if own.delays != other.delays:  # (4)
        yield (
            "timing",
            (f"it puts off what '{other.text}' does not" if own.delays else f"'{other.text}' puts off, it does not"),
        )
    elif own.still and not other.still and situation.urgency is not None and situation.urgency >= MIDDLE:
        yield "timing", f"it leaves things while {situation.urgency:.0%} of the text's time words are urgent"


def _empathy(situation: Situation, own: _Side, other: _Side) -> Iterator[tuple[RegretKind, str]]:
    others = [who.name for who in situation.stakeholders if who.group != "self"]
    if others and own.costs_others is not None and other.costs_others is not None:
        if round(own.costs_others, 2) > round(other.costs_others, 2):  # (5), as far as the table can tell
            yield (
                "empathy",
                (
                    f"it costs others ({', '.join(others)}) more: external cost {own.costs_others:.2f} against "
                    f"{other.costs_others:.2f} of '{other.text}'"
                ),
            )
