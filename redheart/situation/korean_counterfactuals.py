"""Korean forms of words that speak of what did not happen: -ㄹ걸, -았더라면, -았어야 했는데 and their like."""

import re
from dataclasses import dataclass
from typing import Final, Literal

from redheart.situation.tagged import Found, Tagged
from redheart.types.situation import CounterfactualCue, Direction

Form = Literal["wish", "condition", "duty", "undoing"]

#: Behind a word: the end of the sentence.
_END: Final = r"\S+/S[FWE] |¶/¶ |$"
_WISH: Final = (
    r"(?:ᆯ|을)걸/E[CF](?! 요/JX)",  # 말할걸
    rf"(?:ᆯ|을)/ETM (?:거|것)/NNB (?:ᆯ|을)/JKO(?= (?:그렇/|그러/|후회/|하/VV|싶/|굳이/|괜히/|왜/|공연히/|{_END}))",
    rf"는/ETM (?:거|것)/NNB 이/VCP (?:었/EP )?(?:ᆫ데|는데)요?/E[CF](?= (?:{_END}))",  # 가 보는 건데
)
_UNREAL: Final = (
    r"(?:(?:ᆯ|을)/ETM (?:터|거|것|뻔)/NNB|(?:었|겠)/EP (?:을|ᆯ|겠|지|다|죠|는데|을까|을지)|을까\S*/E[CF]|을지도/|"
    r"(?:ᆯ|을)/ETM 수/NNB (?:도/JX )?있/V[VA] 었/EP|좋/VA 었/EP|"
    r"(?:ᆯ|을)텐데/)"
)
_CONDITION: Final = (
    r"었/EP 더라면/EC",
    rf"었/EP (?:으면|다면|더라도|던들)/EC(?= (?:(?!¶)\S+ )*?{_UNREAL})",
    r"었/EP (?:으면|다면)/EC(?= (?:어땠|어떻|\S+/SF))",
    r"었/EP 다면/EC(?= 하/VV 고/EC)",
    rf"었/EP 어도/EC(?= (?:(?!¶)\S+ )*?{_UNREAL})",
)
_DUTY: Final = (
    r"었/EP 어야/EC(?= (?:만/JX )?(?:하|되|마땅|옳|맞|좋)/)",
    r"었/EP 어야(?:지|죠|지요|했는데|하는데)/E[CF]",
)
_UNDOING: Final = (
    r"(?:되돌리|돌이키|무르|취소하|주워담)/VV (?:고/EC 싶/VX|(?:ᆯ|을)/ETM 수/NNB 만?\S* ?있/V[VA] (?:ᆫ다면|다면|"
    r"으면)/EC)",
    r"(?:취소|철회)/NNG 하/XSV (?:고/EC 싶/VX|(?:ᆯ|을)/ETM 수/NNB (?:만/JX )?있/V[VA] (?:ᆫ다면|다면|으면)/EC)",
    r"(?:때|날|시절|전|순간|과거)/NNG (?:로|으로)/JKB (?:다시/MAG )?돌아가/VV (?:고/EC 싶/VX|"
    r"ᆯ/ETM 수/NNB (?:만/JX )?있/V[VA] (?:ᆫ다면|다면|으면)/EC|ᆫ다면/EC)",
    r"없/VA (?:던|었던)/ETM 일/NNG 로/JKB",
)
_PATTERNS: Final[dict[Form, tuple[str, ...]]] = {
    "wish": _WISH,
    "condition": _CONDITION,
    "duty": _DUTY,
    "undoing": _UNDOING,
}
_FORMS: Final[dict[Form, tuple[re.Pattern[str], ...]]] = {
    form: tuple(re.compile(rf"(?<= )(?:{pattern})(?= )") for pattern in patterns)
    for form, patterns in _PATTERNS.items()
}

#: What -ㄹ걸 says of somebody's doing is a guess where one of these stands by.
_GUESS: Final = re.compile(r" (?:아마|아마도|지금쯤|설마)/| (?:지금|이제|내일)/\S+ 쯤/")
_RELIEF: Final = re.compile(
    r" (?:ᆯ|을)/ETM 뻔/NNB| (?:천만다행|다행|다행히)/| 기/ETN (?:ᆯ|를)/JKO (?:\S+/MAG )*잘/MAG 하/(?:XSV|VV) 었/EP|"
    r" 마음/NNG 이/JKS 놓이/VV| 고맙/VA| 감사/NNG 하/| 살/VV 었/EP 다/EF| 안심/NNG| 안도/NNG| 아찔| 덕분/NNG 에/JKB"
)
_WORSE: Final = re.compile(
    r" (?:놓치|나앉|죽|다치|망하|쓰러지|깨지|터지|잃|당하|망치|망가지|늦|울|빠지)/V[VA] (?:었|지/EC 않)?\S*|"
    r" (?:불행|사고|병|파산|큰일|낭패|끔찍|고생)/\S+"
)
_NOT: Final = re.compile(r" 안/MAG | 지/EC (?:\S+/JX )?(?:않|못하)/VX | 못/MAG ")
_ASKED: Final = re.compile(r" 시/EP .*(?:까요|나요|을지|ᆯ지)/")


@dataclass(frozen=True, slots=True)
class Supposed:
    """A form that was found, with where it points."""

    form: Form
    direction: Direction
    found: Found


def korean_counterfactuals(tagged: Tagged) -> list[Supposed]:
    """In the order of the text, without overlap.

    Forms: (1) wish: -ㄹ걸 (그랬다), -는 건데, -ㄹ 것을; (2) condition: -았더라면, -았으면 and -았어도 before an unreal
    clause; (3) duty: -았어야 했다; (4) undoing: 되돌리고 싶다. -ㄹ걸 is a guess, and left out, in the past tense, with
    -요, in a question, or beside 아마. Direction: (a) downward by a word of relief in the text, or where the clause
    behind a condition tells of harm that did not come; (b) open in a question to the hearer; (c) else upward.
    """
    every = [
        Supposed(form, _direction(tagged, form, found), found)
        for form, patterns in _FORMS.items()
        for pattern in patterns
        for found in tagged.find(pattern)
        if not (form == "wish" and _is_guess(tagged, found))
    ]
    kept: list[Supposed] = []
    for each in sorted(every, key=lambda supposed: (supposed.found.start, -supposed.found.end)):
        if not kept or each.found.start >= kept[-1].found.end:
            kept.append(each)
    return kept


def as_cue(supposed: Supposed) -> CounterfactualCue:
    """Without the tokens."""
    found = supposed.found
    return CounterfactualCue(
        direction=supposed.direction, form=supposed.form, text=found.text, start=found.start, end=found.end
    )


def _is_guess(tagged: Tagged, found: Found) -> bool:
    before, after = tagged.before(found.first), tagged.after(found.last)
    past = before.endswith((" 었/EP ", " 겠/EP "))
    return past or after.startswith(" ?/SF") or _GUESS.search(before) is not None


def _direction(tagged: Tagged, form: Form, found: Found) -> Direction:
    after = tagged.after(found.last)
    if _ASKED.search(after):  # (b)
        return "open"
    if form == "condition" and (_RELIEF.search(tagged.line) or _tells_of_harm(after)):  # (a)
        return "downward"
    return "upward"  # (c)


def _tells_of_harm(after: str) -> bool:
    harm = _WORSE.search(after)
    return harm is not None and not _NOT.search(after)
