"""Stretches of an English text between full stops, with their offsets; nearer to the letter than the segmenter."""

import re
from collections.abc import Iterator
from typing import Final

_SENTENCE: Final = re.compile(r"[^.!?;\n]+[.!?;\n]*")
_QUOTED: Final = re.compile(r'"[^"\n]*"|“[^”\n]*”')


def stretches(text: str) -> Iterator[tuple[str, int]]:
    """Each stretch, with where it begins in the text."""
    return ((match[0], match.start()) for match in _SENTENCE.finditer(text))


def stretch_at(text: str, at: int) -> tuple[str, int]:
    """The stretch that holds offset `at`, which is no full stop, with where it begins."""
    return next((stretch, start) for stretch, start in stretches(text) if start <= at < start + len(stretch))


def is_quoted(text: str, at: int) -> bool:
    """Offset `at` stands within quotation marks."""
    return any(match.start() <= at < match.end() for match in _QUOTED.finditer(text))
