"""What a run needs of memory, predicted before it is asked for."""

from __future__ import annotations

from redheart.training.report.story import MemoryStory
from redheart.training.run.prepared import Prepared


def micro_batch_of(prepared: Prepared) -> int:
    """Samples computed at once: as asked for, or as many as fit by prediction."""
    given = prepared.train.micro_batch
    return prepared.batch_size if given == "auto" else min(given, prepared.batch_size)


def predicted(prepared: Prepared, micro_batch: int) -> dict[str, int]:
    """Bytes by what they are for."""
    return {}


def memory_story(prepared: Prepared, micro_batch: int) -> MemoryStory | None:
    """The prediction beside what was measured."""
    return None
