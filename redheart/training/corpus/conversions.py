"""Labels and ratings of a row -> targets. What nobody said is NaN, never a default."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Final

from redheart.config.refusals import did_you_mean
from redheart.nn.heads.appraisal import DURATIONS, EVENT_EMOTIONS, SCORES
from redheart.nn.network.targets import FACTORS
from redheart.training.corpus.faults import Unfit, shown
from redheart.training.corpus.sample import Document, Taught
from redheart.training.data import Row
from redheart.training.targets import polarity_of
from redheart.types.emotions import EMOTIONS, KOTE

Outputs = tuple[float, ...]
#: Row -> what it teaches; raises Unfit.
Convert = Callable[[Row], Taught]
_NAN: Final = float("nan")


def goemotions(row: Row) -> Taught:
    """27 emotions or neutral; the plain sign; remorse by name."""
    if not row.labels:
        return _document(row, {})
    return _document(
        row,
        {
            "emotion": _marked(EMOTIONS, row.labels),
            "polarity": _one(polarity_of(row)),
            "remorse": _one("remorse" in row.labels),
        },
    )


def kote(row: Row) -> Taught:
    """44 emotions; the plain sign."""
    if not row.labels:
        return _document(row, {})
    return _document(row, {"kote": _marked(KOTE, row.labels), "polarity": _one(polarity_of(row))})


def polarity(row: Row) -> Taught:
    """A review's verdict."""
    return _document(row, {"polarity": _says(row, "positive")})


def emobank(row: Row) -> Taught:
    """Valence, arousal, dominance from 1 to 5 -> [-1, 1]."""
    return _document(row, {"dimensions": tuple(2 * _rating(row, name, 5) - 1 for name in ("V", "A", "D"))})


def crowd_envent(row: Row) -> Taught:
    """22 ratings from 1 to 5; how long the event lasted; the emotion its writer named.

    As circumstances of Bentham: intensity, duration; `predict_conseq` stands for certainty, `urgency` for propinquity.
    """
    lasted = _duration(row)
    factors = {
        "intensity": _rating(row, "intensity", 5),
        "duration": _NAN if lasted is None else DURATIONS.index(lasted) / (len(DURATIONS) - 1),
        "certainty": _rating(row, "predict_conseq", 5),
        "propinquity": _rating(row, "urgency", 5),
    }
    known = {
        "appraisal": tuple(_rating(row, name, 5) for name in SCORES),
        "factors": _factors(factors),
        "duration": _marked(DURATIONS, (lasted,)) if lasted else (_NAN,) * len(DURATIONS),
    }
    return _document(row, known | _event_emotions(row))


def isear(row: Row) -> Taught:
    """Seven emotions; strength, length and age of the event on scales of four steps, where 0 is no answer."""
    factors = {
        "intensity": _rating(row, "INTS", 4, unanswered=0),
        "duration": _rating(row, "LONG", 4, unanswered=0),
        "propinquity": 1 - _rating(row, "WHEN", 4, unanswered=0),  # 1 is days ago, 4 is years
    }
    return _document(row, {"factors": _factors(factors)} | _event_emotions(row))


def event_emotions(row: Row) -> Taught:
    """The emotion a writer names, without ratings."""
    return _document(row, _event_emotions(row))


def says(target: str, yes: str) -> Convert:
    """One yes-or-no target: 1 where the row's one label is `yes`. A second text belongs to the document."""
    return lambda row: _document(row, {target: _says(row, yes)})


def prefers(target: str, first: str, second: str = "") -> Convert:
    """Which of `text` and `text_b` is preferred: label `first` says the former, `second` the latter."""
    return lambda row: _pair(
        ((row.text,), (_second_text(row),)),
        target,
        int(_single(row, (first, second) if second else (first,)) == second),
    )


def prefers_action(row: Row) -> Taught:
    """A context with each of two actions; the first is preferred where the case is plain, and nobody says where not."""
    one, other = _two_choices(row)
    if _single(row) != "action1_preferred":
        return _document(row, {})
    return _pair(((row.text, one), (row.text, other)), "utility", 0)


def plausible(row: Row) -> Taught:
    """A premise with each of two causes or effects, in the order of time: what causes stands first."""
    ask = row.meta.get("ask")
    if ask not in ("cause", "effect"):
        raise Unfit(f"{shown('ask', ask)} is neither 'cause' nor 'effect'. Say which is asked for.", "meta.ask")
    choices = _two_choices(row)
    one, other = [(choice, row.text) if ask == "cause" else (row.text, choice) for choice in choices]
    return _pair((one, other), "cause", int(_single(row, ("0", "1"))))


def _document(row: Row, known: Mapping[str, Outputs]) -> Taught:
    return Taught((Document((row.text, *([row.text_b] if row.text_b else [])), known),))


def _pair(pieces: tuple[tuple[str, ...], tuple[str, ...]], target: str, preferred: int) -> Taught:
    return Taught(tuple(Document(each, {}) for each in pieces), (target, preferred))


def _event_emotions(row: Row) -> dict[str, Outputs]:
    named = _single(row)
    return {"event_emotion": _marked(EVENT_EMOTIONS, (named,)), "remorse": _one(named in ("guilt", "shame"))}


def _says(row: Row, yes: str) -> Outputs:
    return _one(_single(row) == yes)


def _single(row: Row, allowed: Sequence[str] = ()) -> str:
    """The row's only label."""
    if len(row.labels) != 1:
        raise Unfit(f"'{len(row.labels)}' labels where one should be. Give exactly one.", "labels")
    if allowed and row.labels[0] not in allowed:
        raise Unfit(
            f"{shown('labels', row.labels[0])} is unknown here.{did_you_mean(row.labels[0], allowed)}", "labels"
        )
    return row.labels[0]


def _second_text(row: Row) -> str:
    if row.text_b is None:
        raise Unfit("there is none, and the label compares two texts. Add it.", "text_b")
    return row.text_b


def _two_choices(row: Row) -> tuple[str, str]:
    if len(row.choices) != 2:
        raise Unfit(f"'{len(row.choices)}' choices where two should be. Give two.", "choices")
    return row.choices[0], row.choices[1]


def _rating(row: Row, name: str, highest: int, unanswered: float | None = None) -> float:
    """A rating from 1 to `highest` -> [0, 1]; NaN where it is absent or unanswered."""
    value = row.scores.get(name)
    if value is None or value == unanswered:
        return _NAN
    if not 1 <= value <= highest:
        raise Unfit(f"'{value:g}' lies outside 1 to {highest}. Mend it, or leave it out.", f"scores.{name}")
    return (value - 1) / (highest - 1)


def _duration(row: Row) -> str | None:
    lasted = row.meta.get("event_duration")
    if lasted is None or lasted in DURATIONS:
        return lasted
    raise Unfit(f"{shown('', lasted)} is unknown.{did_you_mean(str(lasted), DURATIONS)}", "meta.event_duration")


def _factors(known: Mapping[str, float]) -> Outputs:
    return tuple(known.get(name, _NAN) for name in FACTORS)


@lru_cache(maxsize=4096)
def _marked(names: tuple[str, ...], labels: tuple[str, ...]) -> Outputs:
    """1 where a name is among the labels."""
    return tuple(float(name in labels) for name in names)


def _one(value: float) -> Outputs:
    return (float(value),)
