"""Text -> sentences with offsets: Kiwi for Korean, sentencex for English."""

from redheart.situation.kiwi import kiwi
from redheart.types.situation import Language, Sentence


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
    spans, at = [], 0
    for piece in sentencex.segment("en", text):
        spans.append((at, at + len(piece)))
        at += len(piece)
    return spans


def _trim(text: str, start: int, end: int) -> tuple[int, int]:
    """Drop white space at both ends of a span."""
    piece = text[start:end]
    return start + len(piece) - len(piece.lstrip()), end - len(piece) + len(piece.rstrip())
