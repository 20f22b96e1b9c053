"""How long sentences are for an encoder, so that those of one length can be encoded together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from redheart.config.schema import EncoderSection
from redheart.encoders.build import BUNDLED

if TYPE_CHECKING:
    from tokenizers import Tokenizer

#: Sentences -> a length each. It decides the order of work alone, never a result.
Lengths = Callable[[Sequence[str]], list[int]]


def lengths_for(section: EncoderSection, folder: Path) -> Lengths:
    """In tokens for the bundled encoder, in `folder`, which saves a quarter of the padding; else in characters."""
    if section.name != BUNDLED:
        return in_characters

    @cache
    def tokenizer() -> Tokenizer:
        from tokenizers import Tokenizer

        return Tokenizer.from_file(str(folder / "tokenizer.json"))

    def in_tokens(sentences: Sequence[str]) -> list[int]:
        return [len(found.ids) for found in tokenizer().encode_batch_fast(list(sentences))]

    return in_tokens


def in_characters(sentences: Sequence[str]) -> list[int]:
    """Code points of each sentence."""
    return [len(sentence) for sentence in sentences]
