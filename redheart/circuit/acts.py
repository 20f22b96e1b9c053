"""Whether an option changes things, leaves them as they are, or puts them off: by its words alone."""

import re
from collections.abc import Mapping
from typing import Final

from redheart.types.situation import Language

#: Verbs and words of leaving things as they are.
_STILL: Final[Mapping[Language, re.Pattern[str]]] = {
    "ko": re.compile(
        r"가만|그대로|넘어[가간갈]|넘긴|넘기|모[른르]는?\s?척|못\s?본\s?척|침묵|잠자코|참[는고기]|참는다|견[디딘]|남는|남기로|"
        r"머[문무]|기다[리린]|미[루룬]|유지|계속|지켜\s?[보본]|두고\s?[보본]|덮어\s?[두둔]|묻어\s?[두둔]|내버려|아무것도"
    ),
    "en": re.compile(
        r"\b(?:nothing|stay|remain|keep|continue|endure|wait|postpone|delay|ignore|silent|look away|stand by|"
        r"put (?:it |this )?off|let (?:it|things|him|her|them) (?:be|pass|go|stand)|"
        r"leave (?:it|things|everything) (?:be|alone|as)|hold (?:my|our) tongue)\b",
        re.IGNORECASE,
    ),
}
_NEGATION: Final[Mapping[Language, re.Pattern[str]]] = {
    "ko": re.compile(r"지\s*(?:는|도|를)?\s*(?:않|말|마|못)|(?:^|\s)(?:안|못)\s|아니하"),
    "en": re.compile(r"\b(?:not|never|cannot)\b|n['’]t\b", re.IGNORECASE),
}
_DELAY: Final[Mapping[Language, re.Pattern[str]]] = {
    "ko": re.compile(
        r"나중|미[루룬뤄]|기다[리린려]|다음에|이따|천천히|두고\s?[보본]|지켜\s?[보본]|내년|다음\s?(?:주|달|해|학기)|"
        r"때가 되면"
    ),
    "en": re.compile(
        r"\b(?:later|wait|postpone|delay|put (?:it |this )?off|some ?day|eventually|next (?:week|month|year|term)|"
        r"for now|not yet)\b",
        re.IGNORECASE,
    ),
}


def leaves_as_is(option: str, language: Language) -> bool:
    """True for a denied act, or for a verb of leaving things that is not itself denied."""
    still = _STILL[language]
    negated = _NEGATION[language].search(still.sub("", option)) is not None
    return negated != (still.search(option) is not None)


def puts_off(option: str, language: Language) -> bool:
    """True if a word of delay is in it that is not denied."""
    return bool(_DELAY[language].search(option)) and not _NEGATION[language].search(_DELAY[language].sub("", option))
