"""What the writer of a Korean text regrets having done, or not having done."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from redheart.situation.korean_counterfactuals import Supposed
from redheart.situation.korean_feelings import HEARSAY, is_about_others
from redheart.situation.tagged import Found, Tagged
from redheart.types.situation import FeelingCue, RegrettedDeed

#: A predicate with all between its stem and an ending.
_STEM: Final = (
    r"(?:(?:안|못)/MAG )?(?:\S+/(?:NNG|NNB|XR|MAG) (?=\S+/XS))?\S+/(?:VV|XSV|XSA|VA|VCN|VCP) "
    r"(?:(?:지|지만|어|고|게)/EC (?:\S+/J\S+ )?(?:못/MAG )?\S+/(?:VX|VV|XSV) )*(?:(?:시|으시|었)/EP )*"
)
_STEM_AT_END: Final = re.compile(rf"(?<= )(?:{_STEM})$")
_NOT: Final = re.compile(r"(?:^| )(?:안|못)/MAG |지만?/EC (?:\S+/J\S+ )?(?:않|못하|말)/V[VX] ")
#: To leave off, or to hold back: wished for, it undoes an act.
_HELD_BACK: Final = re.compile(
    r" (?:참|멈추|그만두|관두|그치|피하|삼가|말)/VV $| (?:가만히|가만|조용히|잠자코)/MAG .*있/V[VX] $|"
    r"만/JX 알/VV 고/EC 있/VX $"
)
#: To wish for another one regrets the one that was taken.
_OTHER_CHOICE: Final = re.compile(r" (?:다른|딴)/MM | 차라리/MAG | (?:괜히|굳이|공연히)/MAG ")
_NEGLECT: Final = re.compile(
    r"(?:포기|외면|방치|방관|깜빡|망설|주저|소홀|거절)\S*/(?:NNG|MAG|XR) (?:하/XS[VA])?|(?:넘기|지나치|미루|놓치|"
    r"망설이|머뭇거리|숙이|지켜보|까먹|잊|외면하)/VV "
)
_UNWILLED: Final = re.compile(r" (?:비|눈|날씨|바람|태풍|차|버스|기차|신호)/NNG (?:만|가|이)/J")
_SUBJECT: Final = re.compile(r" (\S+)/(?:NNG|NNP|NP|XSN|NNB) (?:이|가|께서)/JKS ")
_TURN: Final = re.compile(
    r" \S+/ETM | (?:고|는데|ᆫ데|어서|니까|지만|면|으면|다가|며|으며|다고|라고|"
    r"려고)/EC (?!\S+/VX)"
)
_FIRST: Final = re.compile(r"나|저|저희|우리|내|제")
_I_AM_SUBJECT: Final = re.compile(r" (?:나|저|저희|우리)/NP (?:가|는|도|이)/J")

_NOMINAL: Final = re.compile(
    rf"(?<= )(?P<at>(?:{_STEM}))(?:ᆫ|은|던)/ETM (?=(?:\S+/(?:MM|NP|NNG|JKG|NNB|XSN|MAG) )*?"
    r"(?:것|거|점|일|나|저|때|데|결정|결혼|죄책감|자책감|가책|탓|양|그날|자신|대|기억|적|순간|나날|후회|벌|분|"
    r"핑계|실수)/)"
)
_NAMED: Final = re.compile(rf"(?<= )(?P<at>(?:{_STEM}))(?:음|ᆷ)/ETN ")
_LINKED: Final = re.compile(
    rf"(?<= )(?P<at>(?:{_STEM}))(?:어서|아서|는데|ᆫ데|은데|고|다가|더니|어|다는)/E(?:C|TM) (?!\S+/VX)"
)
_TOLD: Final = re.compile(rf"(?<= )(?P<at>(?:{_STEM})(?<=었/EP ))(?:\S+/E[FC]) ")

#: Nouns of a doing that an apology may be for.
_FAULT: Final = re.compile(r"(?<= )(?:발언|언행|행동|처신|실언|폭언|거짓말|욕설|판단|선택|말실수)/NNG(?= )")

_WHY: Final = re.compile(
    rf"(?<= )왜/MAG (?:(?!¶)\S+ )*?(?P<at>(?:{_STEM})(?<=었/EP ))(?:(?:을까|을까요|냐|니|지|나)/EF|(?:을까|냐|"
    rf"니)/EC) "
)
_THUS: Final = re.compile(r"(?:^| )(?:그렇|그러|이러|이렇)/V[VA] ")
_FOOL: Final = re.compile(
    r"(?<= )(?:(?:바보|등신|멍청이|천치|머저리|호구|병신|죄인)/NNG|(?:한심|비겁|멍청|어리석)/XR|(?:한심하|비겁하|"
    r"멍청하|어리석|못나)/VA|미치/V[VA] 었/EP)(?= )"
)
_VAIN: Final = re.compile(rf"(?<= )(?:괜히|공연히|쓸데없이)/MAG (?:(?!¶)\S+ )*?(?P<at>(?:{_STEM})(?<=었/EP ))")
_MISTAKE: Final = re.compile(r"(?<= )(?:실수|잘못|패착|화근)/NNG 이/VCP(?= )")
_HAUNTED: Final = re.compile(
    r"(?<= )(?:가시/NNG 처럼/JKB 박히/VV|자꾸/MAG (?:생각나|떠오르|맴돌)/VV|눈/NNG 에/JKB 밟히/VV|(?:가슴|"
    r"마음)/NNG 이/JKS (?:미어지|무겁|아리|저리)/V[VA])(?= )"
)
_AT_LAST: Final = re.compile(rf"(?<= )(?:끝내|차마|미처|결국)/MAG (?:(?!¶)\S+ )*?(?P<at>(?:{_STEM})(?<=었/EP ))")
_COULD: Final = re.compile(
    rf"(?<= )(?:ᆯ|을)/ETM (?:수|기회|시간)/NN[BG] (?:\S+/J\S+ )?있/V[VA] 었/EP (?:는데|지만|건만|"
    rf"음에도)/EC (?:(?!¶)\S+ )*?(?P<at>(?:{_STEM})(?<=었/EP ))"
)
_UNCALLED: Final = re.compile(
    r"(?<= )(?:그렇|그러)/V[VA] ᆯ/ETM (?:일|필요|것)/NN[BG] (?:\S+/J\S+ )?(?:아니/VCN|없/VA) 었/EP(?= )"
)


@dataclass(frozen=True, slots=True)
class _Deed:
    """Tokens [first, last] of a predicate, with its words."""

    first: int
    last: int
    words: str

    @property
    def undone(self) -> bool:
        """It says that something was not done."""
        return _NOT.search(self.words) is not None or _NEGLECT.search(self.words) is not None


def korean_deed(tagged: Tagged, feelings: Sequence[FeelingCue], supposed: Sequence[Supposed]) -> RegrettedDeed | None:
    """The first that is found:

    (1) what a wish, condition, duty or undoing of the writer's own turns round; (2) the clause that remorse, guilt or
    shame of the writer's own is about; (3) the predicate of a self-reproach: why did I, fool that I am, in vain, a
    mistake, it haunts me, in the end I did not, I could have. None where relief or a denial stands against it.
    """
    relieved = any(each.direction == "downward" for each in supposed)
    denied = any(each.bearing == "denied" for each in feelings)
    own = [each for each in feelings if each.bearing == "own" and each.feeling != "disappointment"]
    if not relieved:
        for each in supposed:
            if (deed := _wished(tagged, each)) is not None:  # (1)
                return deed
    if not own and (relieved or denied):
        return None
    for cue in own:
        if (found := _about(tagged, cue)) is not None:  # (2)
            return _told(tagged, found, cue.feeling)
    return None if own else _reproached(tagged)  # (3)


def _wished(tagged: Tagged, supposed: Supposed) -> RegrettedDeed | None:
    found, before = supposed.found, tagged.before(supposed.found.first)
    stem = _STEM_AT_END.search(before)
    if supposed.direction != "upward" or found.quoted or HEARSAY.search(tagged.after(found.last)):
        return None
    if supposed.form == "undoing":
        return _deed("action", supposed.form, tagged, found.first, found.last)
    if stem is None or _of_others(tagged, supposed, before[: stem.start()], stem[0]):
        return None
    first = found.first - len(stem[0].split())
    turned = (
        _NOT.search(stem[0])
        or (supposed.form == "wish" and _HELD_BACK.search(before))
        or (supposed.form == "wish" and _OTHER_CHOICE.search(tagged.sentence(found.first)))
    )
    return _deed("action" if turned else "inaction", supposed.form, tagged, first, found.last)


def _of_others(tagged: Tagged, supposed: Supposed, before: str, stem: str) -> bool:
    """Somebody else's doing, or nobody's."""
    if _I_AM_SUBJECT.search(before):
        return False
    if re.search(r"어야(?:지|죠)", supposed.found.match[0]):  # 했어야지: said to somebody's face
        return True
    if _UNWILLED.search(before) or is_about_others(before):
        return True
    if supposed.form == "condition" and re.search(r"/VA (?:었/EP )*$", stem):
        return True
    return _has_other_subject(before)


def _has_other_subject(before: str) -> bool:
    """The nearest subject, with no clause begun behind it, is not the writer."""
    subjects = list(_SUBJECT.finditer(before))
    if not subjects:
        return False
    last = subjects[-1]
    return not _FIRST.fullmatch(last[1]) and not _TURN.search(before[last.end() - 1 :])


def _about(tagged: Tagged, cue: FeelingCue) -> _Deed | None:
    """The clause nearest to the cue: a noun's, a linked one, or a sentence told beside it."""
    at = next(i for i, token in enumerate(tagged.tokens) if token is not None and token.start >= cue.start)
    before = tagged.before(at)
    for pattern in (_NOMINAL, _NAMED, _LINKED):
        deeds = list(_matches(tagged, pattern, at - len(before.split()), at))
        if deeds:
            return deeds[-1]
    nouns = [each for each in tagged.find(_FAULT) if each.last < at]
    return _Deed(nouns[-1].first, nouns[-1].last, "") if nouns else _narrated(tagged)


def _matches(tagged: Tagged, pattern: re.Pattern[str], first: int, last: int) -> Iterator[_Deed]:
    for found in tagged.find(pattern):
        if first <= found.first and found.last < last and not _is_quality(found):
            yield _deed_of(found)


def _is_quality(found: Found) -> bool:
    """An adjective, which is nothing done; or a doing of somebody who is honoured, which is not the writer's."""
    words = found.match["at"]
    is_honoured = re.search(r" (?:시|으시)/EP ", words) is not None
    is_adjective = re.search(r"/(?:VA|XSA|VCP|VCN) (?:\S+/EP )*$", words) is not None
    return is_honoured or (is_adjective and _NOT.search(words) is None)


def _deed_of(found: Found) -> _Deed:
    return _Deed(found.first, found.last, found.match["at"])


def _narrated(tagged: Tagged) -> _Deed | None:
    """A past predicate of the text that is not quoted: one that says what was not done, else the last one."""
    deeds = [_deed_of(each) for each in tagged.find(_TOLD) if _tells_a_deed(tagged, each)]
    undone = [each for each in deeds if each.undone]
    return next(reversed(undone or deeds), None)


def _tells_a_deed(tagged: Tagged, found: Found) -> bool:
    words = found.match["at"]
    others = not _is_own(tagged, found) or _has_other_subject(tagged.before(found.first))
    return not (others or _is_quality(found) or _THUS.search(words) or "미치/" in words)


def _reproached(tagged: Tagged) -> RegrettedDeed | None:
    for form, deed in _reproaches(tagged):
        if deed is not None:
            return _told(tagged, deed, form)
    return None


def _reproaches(tagged: Tagged) -> Iterator[tuple[str, _Deed | None]]:
    for form, pattern in (("why", _WHY), ("in vain", _VAIN), ("at last", _AT_LAST), ("could have", _COULD)):
        for found in tagged.find(pattern):
            deed = _deed_of(found)
            if not _is_own(tagged, found) or _has_other_subject(tagged.before(found.last + 1)):
                continue
            if form in ("at last", "could have") and not deed.undone:
                continue
            yield form, _clause_before_or_told(tagged, found) if _THUS.search(deed.words) else deed
    for form, pattern in (("fool", _FOOL), ("mistake", _MISTAKE), ("haunted", _HAUNTED), ("uncalled for", _UNCALLED)):
        for found in tagged.find(pattern):
            if _is_own(tagged, found) and (form != "fool" or re.search(r" (?:나|저)/NP ", tagged.line)):
                yield form, _clause_before_or_told(tagged, found, told=form in ("fool", "uncalled for"))


def _is_own(tagged: Tagged, found: Found) -> bool:
    before = tagged.before(found.first)
    return not (found.quoted or is_about_others(before) or HEARSAY.search(tagged.after(found.last)))


def _clause_before_or_told(tagged: Tagged, found: Found, told: bool = True) -> _Deed | None:
    start = found.first - len(tagged.before(found.first).split())
    deeds = list(_matches(tagged, _NOMINAL, start, found.first))
    return deeds[-1] if deeds else _narrated(tagged) if told else None


def _told(tagged: Tagged, deed: _Deed, form: str) -> RegrettedDeed:
    return _deed("inaction" if deed.undone else "action", form, tagged, deed.first, deed.last)


def _deed(kind: Literal["action", "inaction"], form: str, tagged: Tagged, first: int, last: int) -> RegrettedDeed:
    start, end = tagged.span(first, last)
    return RegrettedDeed(kind=kind, form=form, text=tagged.text[start:end], start=start, end=end)
