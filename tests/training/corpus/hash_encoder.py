"""A stand-in for a sentence encoder: vectors that only the sentence decides, and a record of what was asked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np
import torch

from redheart.encoders.facts import EncoderFacts
from redheart.errors import InputError
from redheart.training.corpus.embedded import EmbeddedVectors, Progress
from redheart.training.corpus.embedder import Embedder
from redheart.types.encoding import Encoded

DIM = 6


def vector(sentence: str) -> np.ndarray:
    """(DIM,) float32 in [-1, 1], by the sentence's hash."""
    digest = hashlib.sha256(sentence.encode()).digest()
    return (np.frombuffer(digest[:DIM], np.uint8).astype(np.float32) / 127.5) - 1


class HashEncoder:
    """`asked` are its batches; `before` is called with every one of them first, and may raise."""

    name, revision, dim = "stand-in", "1", DIM

    def __init__(self, before: Callable[[Sequence[str]], None] = lambda _: None) -> None:
        self.asked: list[list[str]] = []
        self.before = before

    @property
    def sentences(self) -> list[str]:
        """All that was asked, in order."""
        return [sentence for batch in self.asked for sentence in batch]

    def encode(self, sentences: Sequence[str], exact: bool = False) -> Encoded:
        if any(not sentence.strip() for sentence in sentences):
            raise InputError("an empty sentence cannot be encoded. Leave it out.")
        self.before(sentences)
        self.asked.append(list(sentences))
        pooled = torch.from_numpy(np.stack([vector(sentence) for sentence in sentences]))
        mask = torch.ones(len(sentences), 1, dtype=torch.bool)
        cut = tuple(i for i, sentence in enumerate(sentences) if len(sentence) > 500)
        return Encoded(pooled[:, None], mask, pooled, cut)


def vectors_of(
    encoder: HashEncoder,
    said: list[str] | Callable[[str], None] | None = None,
    progress: Progress = lambda _, __: None,
    revision: str = "1",
    batch: int = 4,
) -> EmbeddedVectors:
    """Cached vectors of the stand-in; a new process would see just these. `said` collects lines, or is told them."""
    facts = EncoderFacts(encoder.name, revision, DIM, "f" * 64, "")
    say = said.append if isinstance(said, list) else said or (lambda _: None)
    return EmbeddedVectors(Embedder(facts, lambda: encoder, batch), say, progress)
