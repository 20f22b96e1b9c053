"""Encodes the sentences of a round, a chunk at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from redheart.blocking import run_blocking

if TYPE_CHECKING:
    from torch import Tensor

    from redheart.nn.plan import TextPlan
    from redheart.types.encoding import SentenceEncoder


@dataclass(frozen=True, slots=True)
class EncodedSentences:
    """One entry a sentence: its text, token vectors (T_s, D), mean vector (D,); and which ones the window cut."""

    sentences: Sequence[str]
    tokens: list[Tensor]
    vectors: list[Tensor]
    truncated: frozenset[int]

    def mean_vector(self, plan: TextPlan) -> Tensor:
        """(D,): mean of the normalised vectors of a text's sentences."""
        vectors = [self.vectors[sentence] for sentence in plan.sentences]
        mean: Tensor = sum(vector / vector.norm() for vector in vectors) / len(vectors)
        return mean

    def cut(self, plan: TextPlan) -> tuple[str, ...]:
        """A text's sentences and options that the window cut, as paths in its result."""
        sentences = [f"sentences[{i}]" for i, s in enumerate(plan.sentences) if s in self.truncated]
        options = [f"options[{i}]" for i, document in enumerate(plan.options) if document[-1] in self.truncated]
        return (*sentences, *options)


async def encode_sentences(
    encoder: SentenceEncoder, sentences: Sequence[str], chunk: int, exact: bool = False
) -> EncodedSentences:
    """Encode in chunks sorted by length, so that little is padded. A cancelled caller leaves after one chunk."""
    order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
    tokens: dict[int, Tensor] = {}
    vectors: dict[int, Tensor] = {}
    truncated: set[int] = set()
    for at in range(0, len(order), chunk):
        chosen = order[at : at + chunk]
        encoded = await run_blocking(encoder.encode, [sentences[i] for i in chosen], exact)
        for row, i in enumerate(chosen):
            tokens[i], vectors[i] = encoded.tokens[row][encoded.mask[row]], encoded.pooled[row]
        truncated.update(chosen[row] for row in encoded.truncated)
    every = range(len(sentences))
    return EncodedSentences(sentences, [tokens[i] for i in every], [vectors[i] for i in every], frozenset(truncated))
