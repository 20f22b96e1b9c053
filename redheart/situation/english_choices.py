"""English constructions of choice -> the alternatives, each a plain statement."""

import re
from typing import Final

_SENTENCE: Final = re.compile(r"[^.!?;\n]+[.!?;\n]?")
_TAIL: Final = r"(?=$|[.!?;,\n])"
_MODALS: Final = r"(?:can|could|should|will|would|must|may|might|have to|need to|want to|to|shall)"
_WHETHER: Final = re.compile(
    rf"\bwhether\s+(?:or not\s+)?(?:to|(?P<we>I|we)\s+(?:should|ought to|can|could|will|would|must|am to|are to))\s+"
    rf"(?P<rest>[^.!?;\n]+?){_TAIL}",
    re.I,
)
_SHOULD: Final = re.compile(
    r"\b(?:should|shall|do|can|could|must|will)\s+(?P<we>I|we)\s+(?P<rest>[^.!?;\n]+?)(?=$|[.!?;\n])", re.I
)
_EITHER: Final = re.compile(
    rf"(?:\b(?P<we>I|we)\s+(?P<modal>{_MODALS})\s+)?\beither\s+(?P<rest>[^.!?;\n]+?){_TAIL}", re.I
)
_OR: Final = re.compile(r",?\s+or\s+(?:else\s+)?", re.I)
_SERIES: Final = re.compile(r"(?:,\s+or\s+|,\s+)(?:else\s+)?", re.I)
_QUESTION_WORD: Final = re.compile(r"\b(?:what|how|why|when|where|who|whom|which)\b[^,;:]*$", re.I)
#: "I either cried or slept": told, not weighed.
_PRONOUN_BEFORE: Final = re.compile(r"\b(?:I|we|you|he|she|it|they)\s+$", re.I)
_LEAD: Final = re.compile(
    r"^(?:whether\s+)?(?:(?:should|shall|do|can|could|must|will)\s+(?:I|we)\s+|to\s+(?=\w))", re.I
)
_CLAUSE: Final = re.compile(r"^(?:I|we|you|he|she|it|they|there)(?:['’]\w+)?\s", re.I)
_FIRST_PERSON: Final = re.compile(r"\b(?:I|we|me|my|us|our)\b")
_OTHER_PERSON: Final = re.compile(r"\b(?:he|she|they)\b", re.I)


def english_choices(text: str) -> list[str]:
    """Statements of the alternatives: 'Should I quit or stay?' -> 'I quit.', 'I stay.'; [] for none.

    Found: (1) whether to A or (to) B, with `or not` as the negation; (2) should I A or B; (3) either A or B. A choice
    in a sentence about somebody else (he, she, they, and no first person) is left out; so are open questions.
    """
    statements: list[str] = []
    for sentence in _SENTENCE.findall(text):
        if _OTHER_PERSON.search(sentence) and not _FIRST_PERSON.search(sentence):
            continue
        statements += _whether(sentence) or _should(sentence) or _either(sentence)
    return statements


def _whether(sentence: str) -> list[str]:
    match = _WHETHER.search(sentence)  # (1)
    if match is None:
        return []
    open_ended = re.search(r"\bwhether\s+or not\b", match[0], re.I)
    rest = match["rest"] + (" or not" if open_ended and not _OR.search(match["rest"]) else "")
    return _verbs(rest, match["we"])


def _should(sentence: str) -> list[str]:
    match = _SHOULD.search(sentence)  # (2)
    if match is None or _QUESTION_WORD.search(sentence[: match.start()]):
        return []
    return _verbs(match["rest"], match["we"])


def _either(sentence: str) -> list[str]:
    match = _EITHER.search(sentence)  # (3)
    if match is None or (not match["modal"] and _PRONOUN_BEFORE.search(sentence[: match.start()])):
        return []
    if match["modal"]:
        return _verbs(match["rest"], match["we"])
    parts = _alternatives(match["rest"])
    return [_named(part) for part in parts] if len(parts) > 1 else []


def _verbs(rest: str, subject: str | None) -> list[str]:
    """Verb phrases -> statements of the subject, I unless it is we."""
    who = "We" if subject and subject.lower() == "we" else "I"
    parts = [_LEAD.sub("", part) for part in _alternatives(rest)]
    if len(parts) < 2:
        return []
    return [f"{who} do not {parts[0]}." if part.lower() in ("not", "not to") else f"{who} {part}." for part in parts]


def _named(part: str) -> str:
    """A clause stands for itself; `to go` is done; a thing is chosen."""
    if _CLAUSE.match(part):
        return f"{part[0].upper()}{part[1:]}."
    verb = _LEAD.sub("", part)
    return f"I {verb}." if verb != part else f"I choose {part}."


def _alternatives(rest: str) -> list[str]:
    """Split at `or`; in a series 'A, B, or C' at its commas too."""
    splitter = _SERIES if rest.count(",") > 1 and re.search(r",\s+or\s", rest, re.I) else _OR
    return [part.strip(" ,\"'”’") for part in splitter.split(rest) if part.strip(" ,\"'”’")]
