"""Step 0: past cases that lie near this one. They are cited; none replaces a later step."""

from __future__ import annotations

import unicodedata

from redheart.circuit.trace import trace_step
from redheart.config.schema import CircuitSection
from redheart.types.cases import CaseStore, RecalledCase
from redheart.types.decision import Precedent, TraceStep
from redheart.types.readings import TextEmbedding


async def recall(
    text: str, store: CaseStore | None, embedding: TextEmbedding | None, settings: CircuitSection
) -> tuple[Precedent, ...]:
    """Nearest cases of at least the set similarity, nearest first; none without a store. Raises StoreError.

    A case of the same text, however spaced, is this very case and is no precedent for itself.
    Raises KeyError if there is a store but the text was not embedded.
    """
    if store is None or settings.precedents == 0:
        return ()
    if embedding is None:
        raise KeyError(TextEmbedding)
    # One more than asked for: the store keeps a text once, so at most one case is this very one.
    found = await store.recall(embedding.vector, embedding.encoder, settings.precedents + 1)
    others = [each for each in found if _normalised(each.case.text) != _normalised(text)]
    near = [each for each in others if each.similarity >= settings.precedent_similarity]
    return tuple(map(_precedent, near[: settings.precedents]))


def recall_step(has_store: bool, precedents: tuple[Precedent, ...], settings: CircuitSection) -> TraceStep:
    """The trace of step 0."""
    if not has_store:
        reason = "the experience store is off: nothing was recalled"
    elif precedents:
        reason = f"{len(precedents)} precedent(s), cited only: every later step is still taken"
    else:
        reason = f"no past case reaches the similarity {settings.precedent_similarity:g}"
    return trace_step(
        0,
        "recall",
        {"limit": settings.precedents, "least_similarity": settings.precedent_similarity},
        {"precedents": [{"case_id": each.case_id, "similarity": each.similarity} for each in precedents]},
        [reason],
    )


def _normalised(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _precedent(recalled: RecalledCase) -> Precedent:
    case = recalled.case
    return Precedent(
        case_id=case.case_id,
        text=case.text,
        similarity=recalled.similarity,
        decision=case.decision,
        recorded_at=case.recorded_at,
    )
