"""Text -> sentences with offsets: Kiwi for Korean, sentencex for English."""

import re
from itertools import pairwise
from typing import Final

from redheart.situation.kiwi import kiwi
from redheart.types.situation import Language, Sentence

#: Ends that the segmenter takes for abbreviations of a state, a month or a number before "I" and "A".
_MISSED: Final = re.compile(r"\b(?:me|[Nn]o|May|co)\.\s+(?=(?:I|A)\b)")


def split_sentences(text: str, language: Language) -> tuple[Sentence, ...]:
    """Sentences in order, white text left out; text[start:end] is the sentence, in code points."""
    spans = _korean_spans(text) if language == "ko" else _english_spans(text)
    trimmed = [span for span in (_trim(text, start, end) for start, end in spans) if span[0] < span[1]]
    return tuple(
        Sentence(index=i, text=text[start:end], start=start, end=end) for i, (start, end) in enumerate(trimmed)
    )


def _korean_spans(text: str) -> list[tuple[int, int]]:
    return [(sentence.start, sentence.end) for sentence in kiwi().split_into_sents(text)]


def _english_spans(text: str) -> list[tuple[int, int]]:
    import sentencex

    # Lengths, not the reported indices: the pieces join to the text without loss, in code points.
    spans: list[tuple[int, int]] = []
    at = 0
    for piece in sentencex.segment("en", text):
        cuts = [0, *(match.end() for match in _MISSED.finditer(piece)), len(piece)]
        spans.extend((at + start, at + end) for start, end in pairwise(cuts))
        at += len(piece)
    return spans


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Drop white space at both ends of a span."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
