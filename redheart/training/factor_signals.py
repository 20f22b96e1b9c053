"""Which labelled signal each factor is held against, by the route that computes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from redheart.calculus.course.trajectory import course_of
from redheart.circuit.costs import HARMS_TO_OTHERS, UNJUST
from redheart.circuit.factors import DURATION_SCALE
from redheart.situation.urgency import find_urgency
from redheart.training.data import Row, read_rows
from redheart.training.emobank import documents

Labelled = tuple[str, float]  # a text, and the signal of it in the unit that its factor has

#: Sentences after one in its document, which are taken for what follows it.
FOLLOWING: Final = 5


@dataclass(frozen=True, slots=True)
class Signal:
    """One measurement. `rows` gives dev texts with the signal; a text whose factor takes another route is left out.

    `same_unit`: the signal is what the factor says, so that their distance is the factor's error. `decides`: this
    signal is the nearest there is to what the route claims; the others stand beside it in the report. `among` says
    which rows: dev alone, but for a rule, which learned from none.
    """

    factor: str
    route: str
    data: str
    about: str
    rows: Callable[[], Iterator[Labelled]]
    same_unit: bool = False
    decides: bool = True
    among: str = "dev rows"


def dev_rows(name: str) -> list[Row]:
    """Rows that taught nothing. Raises InputError where the set is not there."""
    return [row for row in read_rows(name) if row.split == "dev"]


def rated(name: str, highest: int, of: str = "crowd_envent") -> Callable[[], Iterator[Labelled]]:
    """A rating from 1 to `highest` as a share of its scale; 0 is no answer."""
    return lambda: (
        (row.text, (row.scores[name] - 1) / (highest - 1)) for row in dev_rows(of) if row.scores.get(name, 0) > 0
    )


def lasting(kind: str) -> Callable[[], Iterator[Labelled]]:
    """Place of the class that the writer gave; who had no feeling gave none."""
    return lambda: (
        (row.text, DURATION_SCALE[row.meta[kind]])
        for row in dev_rows("crowd_envent")
        if row.meta[kind] in DURATION_SCALE
    )


def nearness() -> Iterator[Labelled]:
    """How lately: 1 days ago, 0 years ago."""
    return ((text, 1.0 - value) for text, value in rated("WHEN", 4, "isear")())


def nearness_by_words() -> Iterator[Labelled]:
    """The same, of every row with a time word: dev has too few, and the rule learned from none."""
    for row in read_rows("isear"):
        if row.scores.get("WHEN", 0) > 0 and find_urgency(row.text, "en") is not None:
            yield row.text, 1.0 - (row.scores["WHEN"] - 1) / 3


def brought_upon_oneself() -> Iterator[Labelled]:
    """The writer's own ratings, multiplied as the factor multiplies what was read of them."""
    for row in dev_rows("crowd_envent"):
        pain, own = ((row.scores[name] - 1) / 4 for name in ("unpleasantness", "self_responsblt"))
        yield row.text, pain * own


def remorseful(name: str) -> Callable[[], Iterator[Labelled]]:
    """Guilt or shame against any other emotion."""
    return lambda: ((row.text, float(not {"guilt", "shame"}.isdisjoint(row.labels))) for row in dev_rows(name))


def acts(broken: Callable[[set[str]], float]) -> Callable[[], Iterator[Labelled]]:
    """Each situation with each of its two actions, and what the rules say that the action breaks."""
    return lambda: (
        (f"{row.text} {action}", broken(set(row.meta["violations"][at])))
        for row in dev_rows("moralchoice")
        for at, action in enumerate(row.choices)
    )


def reasonable() -> Iterator[Labelled]:
    """Claims of what is due to somebody."""
    return ((row.text, float("reasonable" in row.labels)) for row in dev_rows("ethics_justice"))


def followed(factor: Literal["fecundity", "purity"]) -> Callable[[], Iterator[Labelled]]:
    """Two dev sentences of a document, one after the other, with the course of their human valence ratings.

    Sentences between them that are no dev rows are left out of text and signal alike.
    """

    def rows() -> Iterator[Labelled]:
        for document in documents(read_rows("emobank")).values():
            for pair in pairwise(row for row in document if row.split == "dev"):
                valences = [_valence(row) for row in pair]
                yield from _course(" ".join(row.text for row in pair), valences, sum(valences) / 2, factor)

    return rows


def foretold(factor: Literal["fecundity", "purity"]) -> Callable[[], Iterator[Labelled]]:
    """A dev sentence alone, with the course of the human ratings of the five sentences after it."""

    def rows() -> Iterator[Labelled]:
        for document in documents(read_rows("emobank")).values():
            for at, row in enumerate(document):
                if row.split == "dev":
                    valences = [_valence(each) for each in document[at : at + 1 + FOLLOWING]]
                    yield from _course(row.text, valences, valences[0], factor)

    return rows


def _valence(row: Row) -> float:
    return (row.scores["V"] - 3) / 2


def _course(
    text: str, valences: list[float], kind: float, factor: Literal["fecundity", "purity"]
) -> Iterator[Labelled]:
    """Nothing where nothing follows, or where the ratings are neutral: neither pleasure nor pain."""
    course = course_of(valences, kind)
    value = course.fecundity if factor == "fecundity" else course.purity
    if value is not None:
        yield text, value


def _harms(broken: set[str]) -> float:
    return float(not broken.isdisjoint(HARMS_TO_OTHERS))


SIGNALS: Final[tuple[Signal, ...]] = (
    # What the writer said of the event; the head learned the same ratings of other events.
    Signal("intensity", "appraisal", "crowd_envent", "intensity as rated by its writer", rated("intensity", 5), True),
    Signal("intensity", "appraisal", "isear", "INTS, rated by its writer", rated("INTS", 4, "isear"), True, False),
    Signal("intensity", "table", "crowd_envent", "intensity as rated by its writer", rated("intensity", 5), True),
    # Bentham's duration is that of the feeling, so of the two durations that were asked it is the emotion's.
    Signal("duration", "appraisal", "crowd_envent", "how long the emotion lasted", lasting("emotion_duration"), True),
    Signal("duration", "appraisal", "crowd_envent", "how long the event lasted",
           lasting("event_duration"), True, False),
    Signal("duration", "appraisal", "isear", "LONG, how long the feeling lasted",
           rated("LONG", 4, "isear"), True, False),
    Signal("duration", "table", "crowd_envent", "how long the emotion lasted", lasting("emotion_duration"), True),
    Signal("certainty", "appraisal", "crowd_envent", "predict_conseq: the writer could foresee what came of it",
           rated("predict_conseq", 5), True),
    Signal("certainty", "table", "crowd_envent", "predict_conseq", rated("predict_conseq", 5), True),
    Signal("propinquity", "appraisal", "crowd_envent", "urgency: the event asked for an answer at once",
           rated("urgency", 5), True),
    Signal("propinquity", "appraisal", "isear", "WHEN, how lately it was", nearness, False, False),
    # Time words say when: how long ago it was is nearer to them than how soon to act.
    Signal("propinquity", "time_words", "isear", "WHEN, how lately it was", nearness_by_words,
           among="rows with time words"),
    Signal("propinquity", "time_words", "crowd_envent", "urgency", rated("urgency", 5), False, False),
    Signal("propinquity", "table", "crowd_envent", "urgency", rated("urgency", 5), True),
    # Nobody labels what a feeling is followed by; ratings of consecutive sentences show what did follow.
    Signal("fecundity", "course", "emobank", "the same course by readers' ratings", followed("fecundity")),
    Signal("fecundity", "table", "emobank", "readers' ratings of the sentences after it", foretold("fecundity")),
    Signal("purity", "course", "emobank", "the same course by readers' ratings", followed("purity")),
    Signal("purity", "table", "emobank", "readers' ratings of the sentences after it", foretold("purity")),
    # Nobody counts those at stake; where somebody else brought the event about, there is somebody else to be found.
    Signal("extent", "persons", "crowd_envent", "other_responsblt: somebody else brought it about",
           rated("other_responsblt", 5)),
    # Who breaks a rule that protects others makes others pay.
    Signal("external_cost", "violations", "moralchoice", "the act breaks a rule that protects others",
           acts(_harms), True),
    Signal("external_cost", "table", "moralchoice", "the act breaks a rule that protects others", acts(_harms), True),
    # No label of equality: desert and impartiality are the nearest, and cheating is a share unduly taken.
    Signal("redistribution", "justice", "ethics_justice", "the claim is reasonable", reasonable, True),
    Signal("redistribution", "justice_cheat", "ethics_justice", "the claim is reasonable", reasonable, True),
    Signal("redistribution", "justice_cheat", "moralchoice", "the act cheats nobody",
           acts(lambda broken: float(UNJUST not in broken)), True, False),
    Signal("redistribution", "table", "ethics_justice", "the claim is reasonable", reasonable, True),
    Signal("self_damage", "appraisal", "crowd_envent", "unpleasantness x self_responsblt as rated by its writer",
           brought_upon_oneself, True),
    Signal("self_damage", "appraisal", "crowd_envent", "guilt or shame", remorseful("crowd_envent"), False, False),
    Signal("self_damage", "appraisal", "isear", "guilt or shame", remorseful("isear"), False, False),
    Signal("self_damage", "table", "crowd_envent", "unpleasantness x self_responsblt as rated by its writer",
           brought_upon_oneself, True),
)  # fmt: skip
