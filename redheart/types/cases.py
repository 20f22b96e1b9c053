"""Past cases, and the protocol of the store that keeps them."""

from typing import Protocol

from redheart.types.base import Frozen


class Case(Frozen):
    """One experience. `case_id` is a digest of the normalised text, so the same text is kept once."""

    case_id: str
    text: str
    language: str
    vector: tuple[float, ...]
    encoder: str
    decision: str | None
    utility: float
    valence: float
    regret: float | None
    recorded_at: str


class RecalledCase(Frozen):
    """A case with its cosine to the question."""

    case: Case
    similarity: float


class CaseStore(Protocol):
    """Remembers cases, finds near ones."""

    async def recall(self, vector: tuple[float, ...], encoder: str, limit: int) -> tuple[RecalledCase, ...]:
        """Nearest cases first, only of that encoder. Raises StoreError."""
        ...

    async def record(self, case: Case) -> None:
        """Keep a case; one with the same `case_id` is replaced. Raises StoreError."""
        ...
