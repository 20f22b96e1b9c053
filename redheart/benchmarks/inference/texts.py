"""One-sentence texts in Korean and English, put together from lists of phrases by a fixed draw."""

from __future__ import annotations

import random
from typing import Final

from redheart.types.messages import TaskMessage
from redheart.types.situation import Language, Sentence, Situation

SEED: Final = 20261122
MOST: Final = 20_000  # texts that can be drawn, all different, without a long search
_PHRASES: Final = (0, 0, 1, 1, 1, 2, 2)  # before the rest of a sentence, drawn evenly

_BEFORE: Final[dict[Language, tuple[str, ...]]] = {
    "ko": (
        "어제 저녁에", "회의가 끝나고 나서", "비가 오던 날", "시험을 앞두고", "고향에 내려가서", "약속을 잊어버린 채",
        "친구의 말만 믿고", "아무에게도 말하지 못하고", "돈이 조금 모자라서", "동생이 부탁하는 바람에", "퇴근길에",
        "아픈 어머니를 생각하며", "사과할 기회를 놓친 뒤에", "마음이 급한 나머지",
    ),
    "en": (
        "after the meeting,", "on the way home,", "because my brother had asked me to,", "without telling anybody,",
        "when the rain began,", "a week before the exam,", "although I was tired,", "since nobody would help,",
        "the morning after we argued,", "while my mother was ill,", "for the first time in years,",
        "with little money left,", "before I could apologise,", "as we had agreed,",
    ),
}  # fmt: skip
_WHO: Final[dict[Language, tuple[str, ...]]] = {
    "ko": ("나는", "언니는", "우리 팀장은", "옆집 아저씨는", "동료가", "선생님은", "내 친구는", "할머니께서"),
    "en": ("I", "my sister", "our manager", "the neighbour", "a colleague", "my teacher", "her friend", "the old man"),
}
_DID: Final[dict[Language, tuple[str, ...]]] = {
    "ko": (
        "주운 지갑을 경찰서에 맡겼다", "잘못을 숨기려고 거짓말을 했다", "하고 싶던 일을 끝내 포기했다", "울었다",
        "아이의 손을 잡고 길을 건넜다", "밤새 울다가 잠이 들었다", "생일 선물을 받고 활짝 웃었다", "화를 냈다",
        "빌린 책을 돌려주지 않았다", "혼자서 여행을 떠났다", "화를 내며 문을 닫았다", "그 결정을 아직도 후회한다",
    ),
    "en": (
        "returned the wallet to the police", "told a lie to hide the mistake", "gave up the job of a lifetime", "cried",
        "held the child's hand across the road", "cried until morning", "laughed at the birthday present", "smiled",
        "never gave the borrowed book back", "went on a journey alone", "shut the door in anger",
        "still regretted that decision",
    ),
}  # fmt: skip


def one_sentence_tasks(count: int, seed: int = SEED) -> list[TaskMessage]:
    """`count` different texts, one Korean, one English, and so on; each a parsed sentence without clauses or options.

    So that a text is one sentence to read, whoever reads it. The bundled encoder cuts them into 8 to 40 pieces.
    """
    draw, seen = random.Random(seed), set[str]()
    tasks: list[TaskMessage] = []
    while len(tasks) < count:
        language: Language = "en" if len(tasks) % 2 else "ko"
        text = _sentence(draw, language)
        if text not in seen:
            seen.add(text)
            tasks.append(TaskMessage(text, language, situation=_alone(text, language)))
    return tasks


def _sentence(draw: random.Random, language: Language) -> str:
    before = draw.sample(_BEFORE[language], draw.choice(_PHRASES))
    words = " ".join((*before, draw.choice(_WHO[language]), draw.choice(_DID[language])))
    return f"{words[0].upper()}{words[1:]}."


def _alone(text: str, language: Language) -> Situation:
    sentence = Sentence(index=0, text=text, start=0, end=len(text))
    return Situation(
        language=language,
        language_source="given",
        sentences=(sentence,),
        clauses=(),
        stakeholders=(),
        options=(),
    )
