"""The Korean particle that fits a word: 이 or 가, 은 or 는, by whether the word ends in a consonant."""

from typing import Final

_AFTER_CONSONANT: Final = {"이": "이", "은": "은", "을": "을", "과": "과", "이다": "이다"}
_AFTER_VOWEL: Final = {"이": "가", "은": "는", "을": "를", "과": "와", "이다": "다"}
_FIRST, _LAST, _FINALS = ord("가"), ord("힣"), 28


def with_particle(word: str, particle: str) -> str:
    """'의사', '이' -> '의사가'. Raises ValueError for a word that does not end in a Hangul syllable."""
    code = ord(word[-1])
    if not _FIRST <= code <= _LAST:
        raise ValueError(f"'{word}' ends in no Hangul syllable, so no particle can be chosen for it")
    forms = _AFTER_CONSONANT if (code - _FIRST) % _FINALS else _AFTER_VOWEL
    return word + forms[particle]
