"""What can be done: the options that a text names, or stated templates."""

import re
from collections.abc import Iterable
from typing import Final

from redheart.situation.english_choices import english_choices
from redheart.situation.korean_choices import korean_choices
from redheart.types.situation import Language, Option

_TEMPLATES: Final[dict[Language, tuple[str, str, str]]] = {
    "ko": ("그래서 생각한 대로 행동한다.", "그중 일부만 행동으로 옮긴다.", "아무 행동도 하지 않는다."),
    "en": ("So I act on it.", "I act on it only in part.", "I do not act at all."),
}

_LINE_ITEM: Final = re.compile(r"^[ \t]*(?:\(?(?P<number>\d{1,2})[.)]|(?P<bullet>[-*•·–]))[ \t]+(?P<item>\S.*)$", re.M)
_INLINE_ITEM: Final = re.compile(
    r"(?<!\w)\(?(?P<number>\d{1,2})\)\s*(?P<item>\S.*?)(?=[\s,;]+(?:(?:and|or|또는|혹은|아니면)\s+)?\(?\d{1,2}\)|$)",
    re.M,
)
_CIRCLED_ITEM: Final = re.compile(r"(?P<number>[①-⑳])\s*(?P<item>[^①-⑳\n]*[^①-⑳\s])")
_SPEAKER: Final = re.compile(r"^[^\s:]{1,20}\s?:\s")


def find_options(text: str, language: Language) -> tuple[Option, ...]:
    """The options that the text itself names, origin "text"; () when it names none.

    (1) a list of two or more items, numbered from 1 or bulleted, that is no dialogue; (2) else constructions of choice,
    such as -할까 말까, A 아니면 B, `either A or B`, `should I A or B`, put as statements of the writer.
    """
    found = _listed(text) or (korean_choices(text) if language == "ko" else english_choices(text))  # (1), (2)
    distinct = list(dict.fromkeys(found))
    return as_options(distinct, "text") if len(distinct) > 1 else ()


def template_options(language: Language) -> tuple[Option, ...]:
    """Act, act in part, do not act: sentences that can follow any text; origin "template"."""
    return as_options(_TEMPLATES[language], "template")


def as_options(texts: Iterable[str], origin: str) -> tuple[Option, ...]:
    """Numbered options of one origin."""
    return tuple(Option.model_validate({"index": i, "text": text, "origin": origin}) for i, text in enumerate(texts))


def _listed(text: str) -> list[str]:
    """Items of the first kind of list that the text has."""
    for pattern in (_LINE_ITEM, _INLINE_ITEM, _CIRCLED_ITEM):
        matches = list(pattern.finditer(text))
        numbers = [match["number"] for match in matches]
        items = [match["item"].strip(" \t,;") for match in matches]
        if len(items) > 1 and _in_order(numbers) and not all(map(_SPEAKER.match, items)):
            return items
    return []


def _in_order(numbers: list[str | None]) -> bool:
    """True for bullets, and for numbers that count up from one; a date or a score is no list."""
    if None in numbers:
        return set(numbers) == {None}
    values = [ord(number) - ord("①") + 1 if number >= "①" else int(number) for number in numbers if number]
    return values == list(range(1, len(values) + 1))
