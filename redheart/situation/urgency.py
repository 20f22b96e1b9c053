"""How pressing the time words of a text are."""

import re
from typing import Final

from redheart.situation.kiwi import kiwi
from redheart.types.situation import Language

_KO_URGENT: Final = frozenset(
    "지금 당장 오늘 내일 마감 즉시 곧 빨리 급하 급히 시급 시급하 긴급 서두르 이따가 금방 기한 촉박하 촉박".split()
)
_KO_CALM: Final = frozenset(
    "나중 언젠가 훗날 예전 옛날 어제 그제 작년 재작년 내년 지난주 지난달 지난해 "
    "천천히 차차 장차 미래 과거 오래전".split()
)
_KO_SKIPPED_TAGS: Final = ("J", "E", "S", "XS")

_EN_URGENT: Final = re.compile(
    r"\b(?:now|right away|immediately|today|tonight|tomorrow|deadlines?|urgent(?:ly)?|asap|at once|soon|hurry|"
    r"this (?:morning|afternoon|evening)|by (?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)|overdue)\b",
    re.IGNORECASE,
)
_EN_CALM: Final = re.compile(
    r"\b(?:later|someday|some day|one day|eventually|years?|months? ago|weeks? ago|days? ago|yesterday|"
    r"last (?:week|month|summer|winter|night)|next (?:month|year)|in the future|in the past|long ago|once upon)\b",
    re.IGNORECASE,
)


def find_urgency(text: str, language: Language) -> float | None:
    """Share of urgent words among the time words, in [0, 1]; None where the text has no time word."""
    urgent, calm = _count_korean(text) if language == "ko" else _count_english(text)
    return urgent / (urgent + calm) if urgent + calm else None


def _count_korean(text: str) -> tuple[int, int]:
    forms = [token.form for token in kiwi().tokenize(text) if not token.tag.startswith(_KO_SKIPPED_TAGS)]
    return sum(form in _KO_URGENT for form in forms), sum(form in _KO_CALM for form in forms)


def _count_english(text: str) -> tuple[int, int]:
    return len(_EN_URGENT.findall(text)), len(_EN_CALM.findall(text))
