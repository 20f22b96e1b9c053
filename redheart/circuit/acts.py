"""Whether an option changes things, leaves them as they are, or puts them off: by its words alone."""

import re
from collections.abc import Mapping
from typing import Final

from redheart.types.situation import Language

#: Verbs and words of leaving things as they are.
_STILL: Final[Mapping[Language, re.Pattern[str]]] = {
    "ko": re.compile(
        r"가만|그대로(?:\s*(?:두|둔|둡|놔|놓|있|지내|지낸|살|산다|간다|가기)|\s*$)|넘어[가간갈]|넘긴|넘기|모[른르]는?\s?척|못\s?본\s?척|"
        r"침묵(?!을\s?깨|을\s?깬)|잠자코|참는다|참기|참고\s?(?:견|넘|살|산|지|있)|견[디딘]|남는다|남기로|"
        r"머[문무]|기다[리린]|미[루룬]|유지(?:하|한|$)|계속|지켜\s?[보본]|두고\s?[보본]|덮어\s?[두둔]|묻어\s?[두둔]|내버려|아무것도"
    ),
    "en": re.compile(
        r"\b(?:nothing|stay(?:ing)?|(?:keep(?:ing)?|remain(?:ing)?)(?: on)? (?:quiet|still|silent|waiting)|"
        r"continu(?:e|ing)|endur(?:e|ing)|wait(?:ing)?|postpon(?:e|ing)|delay(?:ing)?|ignor(?:e|ing)|silent|"
        r"look(?:ing)? away|stand(?:ing)? by|put(?:ting)? (?:it |this )?off|"
        r"let (?:it|things|him|her|them) (?:be|pass|go|stand)|"
        r"leave (?:it|things|everything) (?:be|alone|as)|hold (?:my|our) tongue)\b",
        re.IGNORECASE,
    ),
}
_NEGATION: Final[Mapping[Language, re.Pattern[str]]] = {
    "ko": re.compile(r"지\s*(?:는|도|를)?\s*(?:않|말|마|못)|(?:^|\s)(?:안|못)\s|아니하"),
    "en": re.compile(r"\b(?:not|never|cannot|refus(?:e|ing)|declin(?:e|ing))\b|n['’]t\b", re.IGNORECASE),
}
_DELAY: Final[Mapping[Language, re.Pattern[str]]] = {
    "ko": re.compile(
        r"나중|미[루룬뤄]|기다[리린려]|다음에|이따|천천히|두고\s?[보본]|지켜\s?[보본]|내년|다음\s?(?:주|달|해|학기)|"
        r"때가 되면"
    ),
    "en": re.compile(
        r"\b(?:later|wait(?:ing)?|postpon(?:e|ing)|delay(?:ing)?|put(?:ting)? (?:it |this )?off|some ?day|"
        r"eventually|next (?:week|month|year|term)|for now|not yet)\b",
        re.IGNORECASE,
    ),
}

#: What is not done: an alternative that is turned down.
_TURNED_DOWN: Final = re.compile(r"\b(?:instead of|rather than|without)\b[^,;.]*", re.IGNORECASE)
#: To end a staying is an act, and so is to end anything else: what ended was how things were.
_ENDED: Final = re.compile(
    r"\b(?:stop|stopping|quit|quitting)\s+\w+ing\b(?:\s+(?:silent|quiet|still|waiting))?", re.IGNORECASE
)


def leaves_as_is(option: str, language: Language) -> bool:
    """True for a denied act, or for a verb of leaving things that is not itself denied."""
    still, done = _STILL[language], _done(option, language)
    negated = _NEGATION[language].search(still.sub("", done)) is not None
    return negated != (still.search(done) is not None)


def puts_off(option: str, language: Language) -> bool:
    """True if a word of delay is in it that is not denied."""
    delay, done = _DELAY[language], _done(option, language)
    return bool(delay.search(done)) and not _NEGATION[language].search(delay.sub("", done))


def _done(option: str, language: Language) -> str:
    """Without what is turned down, and with the end of a doing as a plain act. English only."""
    return _ENDED.sub("act", _TURNED_DOWN.sub("", option)) if language == "en" else option
