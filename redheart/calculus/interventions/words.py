"""A decomposition in sentences that a reader without statistics understands, in Korean or English. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol

from redheart.calculus.interventions.decomposition import Decomposition, Kind, Term

Unit = Literal["sentence", "clause"]
Manner = Literal["alone", "either", "together", "depends"]

#: At most so many terms are put into words, of at least such a share.
MOST: Final = 5
LEAST_SHARE: Final = 0.03
#: A unit of a smaller share does nothing worth a word by itself.
_FELT: Final = 0.001


class AnyTerm(Protocol):
    """A term of a decomposition, or of a reading of one."""

    @property
    def units(self) -> tuple[int, ...]: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def coefficient(self) -> float: ...
    @property
    def share(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Direction:
    """How a text reads when a target is higher, and when it is lower."""

    higher: str
    lower: str

    def of(self, coefficient: float) -> str:
        """The words for a coefficient's sign."""
        return self.higher if coefficient > 0 else self.lower


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one language; `{names}`, `{share}` and `{reads}` are filled in."""

    alone: str
    together: tuple[str, str]  # of two, of more
    depends: str
    either: tuple[str, str]
    rest: Mapping[Kind, str]  # by the kind that most of it is of
    leak: str
    nouns: Mapping[Unit, tuple[str, str]]  # one, several
    directions: Mapping[str, Direction]
    number: str
    comma: str
    last_and: str
    last_or: str

    def names(self, units: tuple[int, ...], unit: Unit, last: str) -> str:
        """'Sentences 2 and 3'; units are counted from 1, as in the report."""
        shown = [self.number.format(unit + 1) for unit in units]
        joined = shown[0] if len(shown) == 1 else f"{self.comma.join(shown[:-1])}{last}{shown[-1]}"
        return self.nouns[unit][len(units) > 1].format(joined)


_EN: Final = Words(
    alone="{names} alone carries {share}: with it {reads}.",
    together=(
        "{names} carry {share} only together: with both {reads}.",
        "{names} carry {share} only together: with all of them {reads}.",
    ),
    depends="{names} hang together, {share}: what one does depends on whether the others are there.",
    either=(
        "{names}: either suffices, {share}; with one of them {reads}.",
        "{names}: any one suffices, {share}; with one of them {reads}.",
    ),
    rest={
        "unique": "The other {share} is spread over smaller terms, mostly what each does by itself.",
        "redundant": "The other {share} is spread over smaller terms, mostly sets of which one suffices.",
        "synergistic": "The other {share} is spread over smaller terms, mostly what counts only together.",
    },
    leak="{share} leaks: it lies in larger sets, or is lost in the noise of the sample.",
    nouns={"sentence": ("Sentence {}", "Sentences {}"), "clause": ("Clause {}", "Clauses {}")},
    directions={
        "utility": Direction("the text reads better", "the text reads worse"),
        "valence": Direction("the text reads more pleasant", "the text reads more unpleasant"),
        "regret": Direction("the text reads more remorseful", "the text reads less remorseful"),
    },
    number="{}",
    comma=", ",
    last_and=" and ",
    last_or=" or ",
)
_KO: Final = Words(
    alone="{names} 혼자서 {share}: 이것이 있으면 {reads}.",
    together=(
        "{names}, 함께 있을 때만 {share}: 둘 다 있으면 {reads}.",
        "{names}, 함께 있을 때만 {share}: 모두 있으면 {reads}.",
    ),
    depends="{names}, 서로 얽혀서 {share}: 하나가 하는 일이 다른 것이 있느냐에 따라 달라집니다.",
    either=(
        "{names}, 둘 가운데 하나면 충분합니다, {share}: 하나만 있어도 {reads}.",
        "{names}, 어느 하나면 충분합니다, {share}: 하나만 있어도 {reads}.",
    ),
    rest={
        "unique": "나머지 {share}는 더 작은 항들에 흩어져 있고, 대부분 저마다 혼자서 하는 몫입니다.",
        "redundant": "나머지 {share}는 더 작은 항들에 흩어져 있고, 대부분 하나면 충분한 묶음입니다.",
        "synergistic": "나머지 {share}는 더 작은 항들에 흩어져 있고, 대부분 함께 있을 때만 생기는 몫입니다.",
    },
    leak="{share}는 누출입니다: 더 큰 묶음에 있거나 표본의 잡음에 묻혔습니다.",
    nouns={"sentence": ("{} 문장", "{} 문장"), "clause": ("{} 절", "{} 절")},
    directions={
        "utility": Direction("글이 더 낫게 읽힙니다", "글이 더 나쁘게 읽힙니다"),
        "valence": Direction("글이 더 유쾌하게 읽힙니다", "글이 더 불쾌하게 읽힙니다"),
        "regret": Direction("글에서 뉘우침이 더 짙게 읽힙니다", "글에서 뉘우침이 더 옅게 읽힙니다"),
    },
    number="{}번",
    comma=", ",
    last_and="과 ",
    last_or="이나 ",
)
_LANGUAGES: Final[dict[str, Words]] = {"en": _EN, "ko": _KO}


def in_words(found: Decomposition, target: str, unit: Unit, language: Literal["ko", "en"]) -> tuple[str, ...]:
    """The strongest terms, strongest first, then what is left; empty where there are no shares.

    `target`: 'utility', 'valence' or 'regret'. Raises ValueError for another one.
    """
    words = _LANGUAGES[language]
    if target not in words.directions:
        raise ValueError(f"target '{target}' has no words; use one of {', '.join(words.directions)}")
    return () if found.shares is None else tuple(_lines(found, words, words.directions[target], unit))


def strongest(found: Decomposition) -> list[Term]:
    """The terms that are worth a sentence."""
    ordered = sorted(found.terms, key=lambda term: -term.share)
    return [term for term in ordered if term.share >= LEAST_SHARE][:MOST]


def _lines(found: Decomposition, words: Words, direction: Direction, unit: Unit) -> Iterator[str]:
    assert found.shares is not None
    alone = {term.units[0]: term for term in found.terms if len(term.units) == 1}
    told = strongest(found)
    for term in told:
        how, sign = manner(term, alone)
        pattern = getattr(words, how)
        if isinstance(pattern, tuple):
            pattern = pattern[len(term.units) > 2]
        last = words.last_or if term.kind == "redundant" else words.last_and
        names = words.names(term.units, unit, last)
        yield pattern.format(names=names, share=percent(term.share), reads=direction.of(sign))
    rest = {kind: getattr(found.shares, kind) - sum(t.share for t in told if t.kind == kind) for kind in words.rest}
    if (left := sum(rest.values())) >= 0.005:
        yield words.rest[max(rest, key=lambda kind: rest[kind])].format(share=percent(left))
    if found.shares.leak >= 0.005:
        yield words.leak.format(share=percent(found.shares.leak))


def manner(term: AnyTerm, alone: Mapping[int, AnyTerm]) -> tuple[Manner, float]:
    """How a term acts, and the number whose sign says where to; `alone`: the terms of single units.

    What is synergistic counts only together where its units and itself pull the same way, or no unit does anything by
    itself; otherwise what one does depends on the others: of a majority of three, the set of all takes off again.
    """
    if term.kind == "unique":
        return "alone", term.coefficient
    members = [alone[unit] for unit in term.units]
    if term.kind == "redundant":  # its members share a sign
        return "either", members[0].coefficient
    signs = {0 if member.share < _FELT else 1 if member.coefficient > 0 else -1 for member in members}
    own = 1 if term.coefficient > 0 else -1
    return ("together" if signs in ({0}, {own}) else "depends"), term.coefficient


def percent(share: float) -> str:
    """'61 %'."""
    return f"{100 * share:.0f} %"
