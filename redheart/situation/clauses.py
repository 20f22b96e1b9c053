"""One sentence -> its clauses with offsets: connective endings in Korean, punctuation or conjunctions in English."""

import itertools
import re
from collections.abc import Iterable
from typing import Any, Final

from redheart.situation.kiwi import kiwi
from redheart.types.situation import Clause, Language, Sentence

#: Korean endings that join clauses, as Kiwi writes them; not those that only carry an auxiliary (-어, -지, -게).
JOINING_ENDINGS: Final = frozenset(
    "는데 은데 ᆫ데 던데 ᆫ데도 는데도 지만 고 고서 어서 면서 으면서 으며 며 니까 으니까 니 으니 려고 으려고 려다 려다가 "
    "다가 자마자 느라 느라고 므로 으므로 거나 든지 든가 더니 길래 으나 면 으면 다면 ᆫ다면 는다면 라면 "
    "어도 더라도 자 도록 고자 거든".split()
)
_CONDITIONS: Final = frozenset("면 으면 어도 더라도".split())
_CONDITION_PREDICATES: Final = frozenset("되 좋 괜찮 상관없".split())

_SUBJECT: Final = r"(?:I|you|he|she|it|we|they|there|nobody|no one|everyone|everybody|someone|somebody)(?=['’\s])"
_WIDE_SUBJECT: Final = rf"(?:{_SUBJECT}|(?:my|your|his|her|its|our|their|the|this|that|a|an)(?=\s))"
_ENGLISH_CUT: Final = re.compile(
    r"[,;:](?=\s)|\s[-–—]+(?=\s)|—"  # punctuation: cut after it
    r"|(?<!\beven)\s(?=(?:but|because(?!\s+of)|although|though|even\s+though|whereas|unless)\s"
    rf"|(?P<open>(?:and|or))\s+{_SUBJECT}|(?:so|yet)\s+{_SUBJECT}"
    rf"|(?:while|when|if|even\s+if|even\s+when|since|until|after|before)\s+{_WIDE_SUBJECT})",
    re.IGNORECASE,
)
#: "My brother and I fought" is one clause: before `and` with a pronoun, that many words must stand.
_WORDS_BEFORE_AND: Final = 3


def split_clauses(sentence: Sentence, language: Language) -> tuple[Clause, ...]:
    """Clauses in order, without overlap; offsets are code points into the text that the sentence came from.

    A clause has 2 words (in Korean 4 characters do too): shorter pieces join a neighbour. Never empty: a sentence
    that does not divide is its own only clause.
    """
    cuts = korean_cuts(kiwi().tokenize(sentence.text)) if language == "ko" else _english_cuts(sentence.text)
    spans = _join_short(sentence.text, _spans(sentence.text, cuts), language)
    return tuple(
        Clause(index=i, text=sentence.text[start:end], start=sentence.start + start, end=sentence.start + end)
        for i, (start, end) in enumerate(spans)
    )


def korean_cuts(tokens: list[Any]) -> list[int]:
    """Offsets behind each clause-joining ending, with the particle or comma that hangs on it.

    An ending joins clauses unless (1) it is followed by an auxiliary verb (-고 싶다, -려고 하다), or (2) it is a
    condition that its predicate only evaluates (-면 좋겠다, -어도 되다).
    """
    cuts = []
    for i, token in enumerate(tokens):
        if token.tag != "EC" or token.form not in JOINING_ENDINGS:
            continue
        end, rest = token.end, i + 1
        while rest < len(tokens) and tokens[rest].tag in ("JX", "SP") and tokens[rest].start == end:
            end, rest = tokens[rest].end, rest + 1
        if rest < len(tokens) and tokens[rest].start > end and not _binds(token.form, tokens[rest : rest + 2]):
            cuts.append(end)
    return cuts


def _binds(ending: str, after: list[Any]) -> bool:
    """True if the ending belongs with the predicate that follows it."""
    if after[0].tag.startswith("VX"):  # (1)
        return True
    predicate = after[-1] if after[0].form in ("안", "못") else after[0]
    return ending in _CONDITIONS and predicate.form in _CONDITION_PREDICATES  # (2)


def _english_cuts(text: str) -> list[int]:
    cuts = [0]
    for match in _ENGLISH_CUT.finditer(text):
        if match["open"] and len(text[cuts[-1] : match.start()].split()) < _WORDS_BEFORE_AND:
            continue
        cuts.append(match.end())
    return cuts


def _spans(text: str, cuts: Iterable[int]) -> list[tuple[int, int]]:
    """Trimmed, non-empty stretches between the cuts."""
    edges = sorted({0, len(text), *cuts})
    pieces = [(start, end, text[start:end]) for start, end in itertools.pairwise(edges)]
    return [
        (start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip()))
        for start, end, piece in pieces
        if piece.strip()
    ]


def _join_short(text: str, spans: list[tuple[int, int]], language: Language) -> list[tuple[int, int]]:
    """Too short a piece joins the next one; at the end of the sentence, the one before."""
    joined: list[tuple[int, int]] = []
    start: int | None = None
    for left, right in spans:
        start = left if start is None else start
        if _stands_alone(text[start:right], language):
            joined.append((start, right))
            start = None
    if start is not None:
        first = joined.pop()[0] if joined else start
        joined.append((first, spans[-1][1]))
    return joined


def _stands_alone(piece: str, language: Language) -> bool:
    words = [word for word in piece.split() if any(map(str.isalnum, word))]
    return len(words) >= 2 or (language == "ko" and sum(map(str.isalnum, piece)) >= 4)
