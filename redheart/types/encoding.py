"""What a sentence encoder gives, and the protocol every encoder keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:  # the ground floor imports no torch at run time
    from torch import Tensor


#: What is encoded at once: one text, or two that are read together.
Passage = str | tuple[str, str]


@dataclass(frozen=True, slots=True)
class Encoded:
    """Vectors of S sentences: `tokens` (S, T, B * D) float32, `mask` (S, T) true where a token is, `pooled` (S, D).

    B is the number of branches that an encoder reads with, side by side; 1 where it has none.
    """

    tokens: Tensor
    mask: Tensor
    pooled: Tensor
    truncated: tuple[int, ...] = ()  # sentences longer than the encoder's window


@runtime_checkable
class SentenceEncoder(Protocol):
    """Sentences -> vectors. `name` and `revision` say which weights; `dim` is D."""

    name: str
    revision: str
    dim: int

    def encode(self, sentences: Sequence[str], exact: bool = False) -> Encoded:
        """Encode sentences, in float32 if `exact`, else in the configured precision. InputError for an empty one."""
        ...
