"""What a sentence encoder gives, and the protocol every encoder keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:  # the ground floor imports no torch at run time
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Encoded:
    """Vectors of S sentences: `tokens` (S, T, D) float32, `mask` (S, T) true where a token is, `pooled` (S, D)."""

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
