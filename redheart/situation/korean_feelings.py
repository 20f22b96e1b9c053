"""Korean words of remorse, guilt, shame and disappointment, with whose they are and whether they are felt."""

import re
from typing import Final

from redheart.situation.korean_people import COMMUNITY, OTHERS
from redheart.situation.tagged import Found, Tagged
from redheart.types.situation import Bearing, Feeling, FeelingCue

_WORDS: Final[dict[Feeling, str]] = {
    "remorse": (
        r"(?:후회|회한|통한|참회|반성|자괴감|후회막심)/NN[GP]|뉘우치/VV|뉘우침/NNG|한스럽/VA|땅/NNG 을/JKO 치/VV|"
        r"가슴/NNG 을/JKO 치/VV|발등/NNG 을/JKO 찍/VV|한/NNG (?:이/JKC 되/VV|이/JKS 되/VV|으로/JKB 남/VV|이/VCP)|"
        r"(?:후회|한)/NNG 스럽/XSA"
    ),
    "guilt": (
        r"(?:죄책감|가책|자책|자책감|불찰|죄의식|속죄|사죄)/NNG|미안/NNG|(?:미안|죄송|송구)/XR|송구스럽/VA|"
        r"사과/NNG (?:를/JKO )?(?:드리|올리)/VV|마음/NNG 에/JKB 걸리/VV|양심/NNG (?:에|이)/JK[BS] 찔리/VV|"
        r"(?:나|저)/NP 의/JKG (?:탓|잘못|책임|죄)/NN[GB]"
    ),
    "shame": (
        r"부끄럽/VA|부끄러움/NNG|(?:창피|수치|민망)/(?:XR|NNG)|(?:창피|민망)하/VA|수치심/NNG|수치스럽/VA|"
        r"쪽팔리/V[VA]|낯뜨겁/VA|쥐구멍/NNG|"
        r"흑역사/NNG|이불/NNG 킥/NNG|이불킥/NN[GP]|면목/NNG (?:이/JKS )?없/VA|"
        r"(?:얼굴|낯)/NNG (?:이/JKS )?(?:화끈거리|붉어지|빨개지|뜨겁|화끈하)/V[VA]"
    ),
    "disappointment": r"실망/NNG|실망스럽/VA|아쉽/VA|아쉬움/NNG|(?:서운|섭섭|허탈|안타깝|허무)/(?:XR|VA|NNG)|"
        r"서운하/VA|섭섭하/VA",
}  # fmt: skip
_PATTERNS: Final = {feeling: re.compile(rf"(?<= )(?:{words})(?= )") for feeling, words in _WORDS.items()}

_VERB: Final = r"(?:(?:하|되|스럽|롭)/XS[VA] |하/V[VA] |(?:느끼|들|가지|남|있|되|갖)/V[VAX] )"
_PARTICLE: Final = r"(?:\S+/J[A-Z]+ )"
_DENIED_AFTER: Final = re.compile(
    rf"^ {_PARTICLE}?(?:(?:전혀|하나|조금)/(?:MAG|NR|NNG) (?:도/JX )?)?"
    rf"(?:(?:안|못)/MAG |없/VA |없이/MAG |아니/VCN |{_VERB}(?:어/EC )?(?:하/VX )?(?:지/EC|"
    rf"진/EC) {_PARTICLE}?(?:않|못하)/V[VX] |"
    rf"{_VERB}(?:ᆫ|은|던|ᆯ|을)/ETM (?:적|일|것|이유|필요|거)/NN[BG] (?:{_PARTICLE}|\S+/(?:MM|MAG|NNB|NR|"
    rf"NNG) )*없/VA )"
)
_DENIED_BEFORE: Final = re.compile(r" (?:안|하나도)/MAG $")
_EXPECTED_AFTER: Final = re.compile(
    rf"^ {_PARTICLE}?(?:{_VERB})?(?:어/EC 하/VX )?"
    r"(?:(?:ᆯ|을)/ETM (?:거|것|테|터|뻔|듯|지|수)/NN[BG]|ᆯ(?:까|지|걸|게|텐데)\S*/E[CF]|을(?:까|지)\S*/E[CF]|"
    r"겠/EP|기/ETN (?:싫|전|는|않|도)|"
    r"(?:면|으면|ᆫ다면|ᆫ다고|지/EC (?:말|마))|지/EC 말/VX)"
)
_UNLESS_SURE: Final = re.compile(
    rf"^ {_PARTICLE}?(?:{_VERB})?(?:ᆯ|을)/ETM (?:거|것)/NNB (?:이/VCP|이/JKS|도/JX) ?(?:알|분명)"
)
HEARSAY: Final = re.compile(
    rf"^ (?:{_PARTICLE}|\S+/(?:NNG|NNB|MAG|XR) |{_VERB}|(?:고|어)/EC |(?:있|하|오)/V[VX] |이/VCP |었/EP )*"
    r"(?:(?:ᆫ|는|은|이)?(?:다고|라고|냐고|다며|다면서)/E[CF] (?!생각|느끼|싶)|(?:ᆫ|는)?(?:대|대요|답니다|래|래요|"
    r"란다|ᆫ대|는대)/E[CF]|"
    r"(?:ᆫ|는)?다는/ETM (?:말|이야기|얘기|소식|조사|보고|응답|사람|분|친구))"
)
_SEEN_IN_OTHERS: Final = re.compile(r"^ (?:하/XSV |하/VV )(?:고/EC 있/VX )?(?:더라|더군|던데|더니|나/EC 보/VX)")
_TOWARDS_OTHERS: Final = re.compile(r"^ (?:하/XSA |하/VA )(?:어/EC 하/VX )")
_COURTESY_AFTER: Final = re.compile(
    r"^ (?:하/XSA |하/VA )?(?:지만|ᆫ데|ᆫ데요|은데|오나|ᆸ니다만|습니다만)/E[CF] (?!\S*(?:더라면))"
)
_COURTESY_BEFORE: Final = re.compile(
    r" (?:불편|폐|심려|양해|기다리\S*) ?\S*(?:/NNG \S+/JKO (?:드리|끼치)/VV |"
    r"/VV )\S*"
)
_FIRST: Final = re.compile(r" (?:나|저|우리|저희|내|제)/NP ")
_PEOPLE: Final = "|".join(
    sorted(OTHERS | COMMUNITY | frozenset("피고인 주인공 은퇴자 그들 사람 선수 배우 가수 대통령 장관".split()))
)
_TOPIC: Final = re.compile(
    rf" (?:{_PEOPLE})/\S+ (?:(?:들|님|분)/\S+ )*(?:은|는|께서는)/JX | (?:{_PEOPLE})/\S+ (?:(?:들|님|"
    rf"분)/\S+ )*(?:이|가|께서)/JKS (?!(?:\S+ )*\S+/E(?:C|TM) )"
)


def korean_feelings(tagged: Tagged) -> list[FeelingCue]:
    """Cues in the order of the text; where two overlap, the longer one.

    A cue is (1) reported in quotation marks, behind a word of hearsay, or with somebody else as the topic of its
    sentence; (2) denied by its own predicate; (3) expected where that is in the future or a condition; (4) a courtesy
    before a request; (5) else the writer's own.
    """
    found = [(feeling, each) for feeling, pattern in _PATTERNS.items() for each in tagged.find(pattern)]
    kept: list[tuple[Feeling, Found]] = []
    for feeling, each in sorted(found, key=lambda pair: (pair[1].start, -pair[1].end)):
        if not kept or each.start >= kept[-1][1].end:
            kept.append((feeling, each))
    return [
        FeelingCue(feeling=feeling, bearing=_bearing(tagged, each), text=each.text, start=each.start, end=each.end)
        for feeling, each in kept
    ]


def _bearing(tagged: Tagged, found: Found) -> Bearing:
    before, after = tagged.before(found.first), tagged.after(found.last)
    if found.quoted or HEARSAY.search(after) or _SEEN_IN_OTHERS.search(after):  # (1)
        return "reported"
    if _DENIED_AFTER.search(after) or _DENIED_BEFORE.search(before):  # (2)
        return "denied"
    if _EXPECTED_AFTER.search(after) and not _UNLESS_SURE.search(after):  # (3)
        return "expected"
    if _COURTESY_AFTER.search(after) or _COURTESY_BEFORE.search(before):  # (4)
        return "courtesy"
    return "reported" if is_about_others(before) else "own"  # (1), (5)


def is_about_others(before: str) -> bool:
    """Somebody else, and not the writer, is the topic of the words before a cue."""
    return _TOPIC.search(before) is not None and _FIRST.search(before) is None
