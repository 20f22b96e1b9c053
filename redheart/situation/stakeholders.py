"""Who is in a text: the writer, others, communities."""

import re
from collections import Counter
from typing import Any, Final, Literal

from redheart.situation import english_people, korean_people
from redheart.situation.kiwi import kiwi
from redheart.types.situation import Language, Stakeholder

Group = Literal["self", "other", "community"]
Mentions = Counter[tuple[Group, str]]

_WORD: Final = re.compile(r"[A-Za-z]+(?:-[A-Za-z]+)?")
_TITLED: Final = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof)\.?\s+([A-Z][a-z]+)")
_TITLE: Final = ("님", "XSN")
_BEHIND_NAMES: Final = frozenset({("씨", "NNB"), ("씨", "XSN"), ("에게", "JKB"), ("한테", "JKB")})
_WORD_RULE: Final = "rule: word list"
NARRATION_RULE: Final = "rule: first-person narration"
_STATING_ENDINGS: Final = ("다", "어", "어요", "지", "네", "네요", "ᆯ까", "을까", "군", "구나", "음", "ᆷ")
_WONDERING_ENDINGS: Final = ("ᆯ까", "을까", "ᆯ까요", "을까요")

#: Nouns of time: with a topic particle they set the scene and are nobody's subject.
_TIME_NOUNS: Final = frozenset(
    "오늘 어제 그제 내일 모레 지금 요즘 아침 점심 저녁 밤 낮 새벽 오전 "
    "오후 주말 이번 다음 그때 때 당시 날 처음 나중 마지막 작년 올해".split()
)


def find_stakeholders(text: str, language: Language) -> tuple[Stakeholder, ...]:
    """Everybody named, the writer first, then others, then communities, each by number of mentions.

    Korean is matched over morphemes, never over substrings. A Korean text without a word for its writer and without a
    person as subject, but with a sentence that states something and has no subject at all, is told by the writer
    (Korean drops the first person first): it gains `self`, with that rule as the source.
    """
    if language == "en":
        return _listed(_english_mentions(text), _WORD_RULE)
    tokens = kiwi().tokenize(text)
    mentions = _korean_mentions(tokens)
    narrated = 0 if ("self", "self") in mentions else _narrated_sentences(tokens)
    told = _listed(Counter({("self", "self"): narrated}), NARRATION_RULE) if narrated else ()
    return told + _listed(mentions, _WORD_RULE)


def _listed(mentions: Mentions, source: str) -> tuple[Stakeholder, ...]:
    order = ("self", "other", "community")
    ranked = sorted(mentions.items(), key=lambda item: (order.index(item[0][0]), -item[1]))
    return tuple(Stakeholder(name=name, group=group, mentions=count, source=source) for (group, name), count in ranked)


def _english_mentions(text: str) -> Mentions:
    mentions: Mentions = Counter(("other", name) for name in _TITLED.findall(text))
    for match in _WORD.finditer(text):
        found = _english_person(match[0], text[match.end() : match.end() + 1])
        if found:
            mentions[found] += 1
    return mentions


def _english_person(word: str, following: str) -> tuple[Group, str] | None:
    lower = word.lower().replace("-", "")
    if word == "US" or (word == "i" and following == "."):  # the country; the abbreviation i.e.
        return None
    if lower in english_people.SELF:
        return "self", "self"
    if lower in english_people.OTHERS:
        return "other", english_people.OTHERS[lower]
    return ("community", english_people.COMMUNITY[lower]) if lower in english_people.COMMUNITY else None


def _korean_mentions(tokens: list[Any]) -> Mentions:
    mentions: Mentions = Counter()
    for i, _token in enumerate(tokens):
        found = _korean_person(tokens, i)
        if found:
            mentions[found] += 1
    return mentions


def _korean_person(tokens: list[Any], i: int) -> tuple[Group, str] | None:
    token = tokens[i]
    following = tokens[i + 1] if i + 1 < len(tokens) else None
    if token.form == "모두" and token.tag == "MAG":
        return "community", "모두"
    if token.tag not in ("NP", "NNG", "NNP"):
        return None
    if token.form == "본인" or (token.tag == "NP" and token.form in ("나", "저")):
        return "self", "self"
    after = (following.form, following.tag) if following else None
    if token.form in korean_people.WE:
        return ("self", "self") if _is_own(tokens, i + 1) else ("community", token.form)
    if token.form == korean_people.PERSON:
        return _anybody(tokens, i)
    if _names_another(tokens, i):
        return "other", token.form + ("님" if after == _TITLE else "")
    if token.form in korean_people.COMMUNITY:
        return "community", token.form
    return ("other", token.form) if token.tag == "NNP" and after in _BEHIND_NAMES else None


def _names_another(tokens: list[Any], i: int) -> bool:
    """A word for one person or a small circle; a title only with -님."""
    titled = tokens[i + 1 : i + 2] and (tokens[i + 1].form, tokens[i + 1].tag) == _TITLE
    form = tokens[i].form
    return form in korean_people.OTHERS or bool(form in korean_people.TITLES and titled)


def _is_own(tokens: list[Any], i: int) -> bool:
    """True if token i, behind 우리, is one of the writer's own: 우리 엄마 is my mother."""
    return i < len(tokens) and (_names_another(tokens, i) or tokens[i].form in korean_people.OWN)


def _anybody(tokens: list[Any], i: int) -> tuple[Group, str]:
    """사람: one person, or several, where something before it points at them (그 사람, 사랑하는 사람), else all."""
    plural = "들" if i + 1 < len(tokens) and tokens[i + 1].form == "들" else ""
    before = tokens[i - 1] if i else None
    pointing = before is not None and before.form in korean_people.POINTING and before.tag.startswith(("MM", "NP"))
    if before is not None and pointing:
        return "other", f"{before.form} {korean_people.PERSON}{plural}"
    described = before is not None and before.tag == "ETM" and not plural
    return "other" if described else "community", korean_people.PERSON + plural


def _narrated_sentences(tokens: list[Any]) -> int:
    """How many sentences state something without any subject; 0 if a person is the subject of another."""
    sentences: dict[int, list[int]] = {}
    for i, token in enumerate(tokens):
        sentences.setdefault(token.sent_position, []).append(i)
    subjects = {number: _subjects(tokens, members) for number, members in sentences.items()}
    if any(_korean_person(tokens, i) for found in subjects.values() for i in found):
        return 0
    return sum(not subjects[number] and _states(tokens, members) for number, members in sentences.items())


def _subjects(tokens: list[Any], members: list[int]) -> list[int]:
    """Nouns that bear a subject or topic particle; a noun of time with a topic particle only sets the scene."""
    found = []
    for i in members:
        if i == 0 or tokens[i].tag not in ("JKS", "JX"):
            continue
        noun = i - 2 if tokens[i - 1].tag == "XSN" and i >= 2 else i - 1
        topic = tokens[i].tag == "JX" and tokens[i].form in ("은", "는") and tokens[noun].tag.startswith("N")
        if tokens[i].tag == "JKS" or (topic and tokens[noun].form not in _TIME_NOUNS):
            found.append(noun)
    return found


def _states(tokens: list[Any], members: list[int]) -> bool:
    """True if the sentence ends in a stating ending, not in a command, a call or a question to somebody."""
    endings = [tokens[i] for i in members if tokens[i].tag == "EF"]
    asks = any(tokens[i].form == "?" for i in members)
    if not endings:
        return False
    form = endings[-1].form
    return form in _WONDERING_ENDINGS if asks else form.endswith(_STATING_ENDINGS)
