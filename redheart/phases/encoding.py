"""Encodes the sentences of a round, some at a time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Protocol

from redheart.blocking import run_blocking
from redheart.phases.relief import with_relief
from redheart.types.encoding import Encoded, SentenceEncoder
from redheart.types.residency import Grant, Work

if TYPE_CHECKING:
    from torch import Tensor

    from redheart.nn.plan import TextPlan

#: Tokens that an encoder puts around a sentence: its marks, and the pieces of a prefix.
AROUND: Final = 8
_FLOAT: Final = 4


class SizedEncoder(SentenceEncoder, Protocol):
    """A transformer encoder; its module's config tells hidden_size, intermediate_size, max_position_embeddings.

    `branches` names the token vectors that it gives side by side; empty for an encoder without any.
    """

    module: Any
    branches: tuple[str, ...]


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


def encoding_work(encoder: SizedEncoder, sentences: Sequence[str], batch: int) -> Work:
    """Memory to encode `batch` of these sentences at once, each as long as the longest, and to keep all their vectors.

    A token is at least one character. Its widest moment is within a layer, after the first half of the feed-forward
    block: five vectors of the hidden size (the residual, the block's input, the last layer's, the stem's, another
    branch's) and two of the intermediate size (before and after the activation), float32, beside a row of the
    attention mask.
    """
    config = encoder.module.config
    tokens = [min(config.max_position_embeddings, len(sentence) + AROUND) for sentence in sentences]
    longest = max(tokens, default=0)
    token = _FLOAT * (5 * config.hidden_size + 2 * config.intermediate_size + longest)
    kept = _FLOAT * encoder.dim * (max(1, len(encoder.branches)) * sum(tokens) + len(tokens))
    return Work(fixed=kept, each=longest * token, items=max(1, min(batch, len(sentences))))


async def encode_sentences(
    encoder: SentenceEncoder, sentences: Sequence[str], grant: Grant, exact: bool = False
) -> EncodedSentences:
    """Encode as many at once as are granted, sorted by length, so that little is padded.

    Vectors depend on no neighbour in the batch, but for rounding. A cancelled caller leaves after one batch.
    Raises OutOfMemoryError where one sentence alone is too much.
    """
    order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
    tokens: dict[int, Tensor] = {}
    vectors: dict[int, Tensor] = {}
    truncated: set[int] = set()

    async def encode(items: int) -> tuple[list[int], Encoded]:
        chosen = order[len(tokens) : len(tokens) + items]
        return chosen, await run_blocking(encoder.encode, [sentences[i] for i in chosen], exact)

    while len(tokens) < len(order):
        chosen, encoded = await with_relief(grant, encode)
        for row, i in enumerate(chosen):
            tokens[i], vectors[i] = encoded.tokens[row][encoded.mask[row]], encoded.pooled[row]
        truncated.update(chosen[row] for row in encoded.truncated)
    every = range(len(sentences))
    return EncodedSentences(sentences, [tokens[i] for i in every], [vectors[i] for i in every], frozenset(truncated))
