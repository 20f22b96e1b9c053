"""English words of remorse, guilt, shame and disappointment, with whose they are and whether they are felt."""

import re
from collections.abc import Iterator
from typing import Final

from redheart.situation.english_sentences import is_quoted, stretch_at
from redheart.types.situation import Bearing, Feeling, FeelingCue

_WORDS: Final[dict[Feeling, str]] = {
    "remorse": r"regret(?:s|ted|ting|ful|fully|table)?|remorse(?:ful)?|rue[sd]?|repent(?:ed|s)?|kick(?:ing)? myself",
    "guilt": (
        r"guilt(?:y|ily)?|sorry|apologi[sz](?:e|es|ed|ing)|my (?:own )?fault|blame myself|"
        r"(?:feel|felt|feeling) (?:so |really |just )?(?:terrible|awful|bad|horrible)(?= (?:for|about|that))"
    ),
    "shame": r"ashamed|shame on me|my shame|embarrassed|mortified|humiliated",
    "disappointment": r"disappoint(?:ed|ing|ment)|let down|gutted",
}
_PATTERNS: Final = {feeling: re.compile(rf"\b(?:{words})\b", re.I) for feeling, words in _WORDS.items()}

#: Characters on either side that a cue's bearing depends on.
_REACH: Final = 200
_DENIED: Final = re.compile(
    r"(?:\b(?:no|not|never|without|zero|hardly|nothing to)|n['’]t)(?: \w+){0,3} ?$", re.I
)  # fmt: skip
_EXPECTED: Final = re.compile(
    r"(?:\b(?:will|would|might|may|could|going to|gonna|won['’]t|if (?:you|I|we))|['’](?:ll|d))(?: \w+){0,2} ?$", re.I
)
_COURTESY: Final = re.compile(
    r"^(?:\s*[,.!:-]?\s*(?:but )?(?:could|can|may|would|will|do|where|what|is|are|excuse)\b"
    r"|\s+to (?:bother|interrupt|disturb|hear)\b)", re.I,
)  # fmt: skip
#: Sorry for you, for your loss, that they ...: pity, not guilt.
_PITY: Final = re.compile(
    r"^(?: to hear)?(?: that)?(?: (?:for|about|if|but))? (?:you|your|u|ur|he|she|they|people)\b|^ for (?:the|his|"
    r"her|their) loss",
    re.I,
)
_OWN: Final = re.compile(r"\b(?:I|I['’]m|my|me|we|our|us|I['’]ve|I['’]d)\b")
_OTHER: Final = re.compile(
    r"\b(?:he|she|they|you|everyone|nobody|people|someone|it|(?:the|his|her|their|your|my|our|a|an|many|most|"
    r"some) \w+)\b",
    re.I,
)


def english_feelings(text: str) -> Iterator[FeelingCue]:
    """Cues in the order of the text.

    A cue is (1) reported in quotation marks, or where somebody else stands before it and the writer does not;
    (2) denied by a negation just before it; (3) expected behind a future or conditional verb; (4) a courtesy before a
    request, or pity; (5) else the writer's own.
    """
    found = sorted(
        (match.start(), match.end(), feeling)
        for feeling, pattern in _PATTERNS.items()
        for match in pattern.finditer(text)
    )
    for start, end, feeling in found:
        bearing = _bearing(text, start, end)
        yield FeelingCue(feeling=feeling, bearing=bearing, text=text[start:end], start=start, end=end)


def _bearing(text: str, start: int, end: int) -> Bearing:
    stretch, offset = stretch_at(text, start)
    before, after = stretch[: start - offset][-_REACH:], stretch[end - offset :][:_REACH]
    if is_quoted(text, start):  # (1)
        return "reported"
    if _DENIED.search(before):  # (2)
        return "denied"
    if _EXPECTED.search(before) and not text[start:end].lower().startswith("kick"):  # (3)
        return "expected"
    if text[start:end].lower() == "sorry" and (_COURTESY.search(after) or _PITY.search(after)):  # (4)
        return "courtesy"
    return "reported" if is_about_others(before) else "own"  # (1), (5)


def is_about_others(words: str) -> bool:
    """Somebody else is named in them, and the writer is not."""
    return _OTHER.search(words) is not None and _OWN.search(words) is None
