"""A step's latch: it opens when every expected task has arrived, and stays open."""

import asyncio
from collections.abc import Iterable

from redheart.errors import StepTimeoutError


class StepBarrier:
    """Waits for the tasks of one step. Open from the start if nobody is expected."""

    def __init__(self, step: str, expected_ids: Iterable[str]) -> None:
        self.step = step
        self._expected = frozenset(expected_ids)
        self._late = set(self._expected)
        self._open = asyncio.Event()
        self._open_if_complete()

    @property
    def late(self) -> frozenset[str]:
        """Ids that have not arrived."""
        return frozenset(self._late)

    def arrive(self, task_id: str) -> None:
        """A task has ended the step; arriving twice changes nothing. Raises ValueError for one that is not expected."""
        if task_id not in self._expected:
            raise ValueError(f"step '{self.step}': task '{task_id}' is not among the expected {sorted(self._expected)}")
        self._late.discard(task_id)
        self._open_if_complete()

    async def wait(self, timeout_s: float) -> None:
        """Return once all have arrived, at once if they have. Raises StepTimeoutError naming who is late."""
        if self._open.is_set():
            return
        try:
            async with asyncio.timeout(timeout_s):
                await self._open.wait()
        except TimeoutError as error:
            raise StepTimeoutError(
                f"step '{self.step}': still waiting for {sorted(self._late)} after {timeout_s:g} s. "
                "Raise pipeline.step_timeout_s, or send smaller batches."
            ) from error

    def _open_if_complete(self) -> None:
        if not self._late:
            self._open.set()
