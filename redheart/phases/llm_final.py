"""The llm_final phase: the LLM puts the results into words."""

from collections.abc import AsyncGenerator, Callable, Collection, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from redheart.phases.llm_hold import LLM_PART, each_under_hold
from redheart.types.llm import LLM
from redheart.types.messages import Failure, TaskMessage
from redheart.types.readings import EmotionReading
from redheart.types.residency import Residency


def results_of_task(task: TaskMessage) -> dict[str, Any]:
    """What the LLM may speak of, shaped as a result's JSON. Raises RuntimeError if a phase before was left out."""
    outcome = task.require_outcome()
    return {
        "language": task.require_situation().language,
        "analysis": {
            "emotion": task.require_readings()[EmotionReading].model_dump(mode="json"),
            "regret": {"anticipated": outcome.regret_anticipated},
        },
        "circuit": {"decision": outcome.decision.model_dump(mode="json")},
    }


class LLMFinalPhase:
    """Fills `answer`; without an LLM it stays None."""

    name = "llm_final"

    def __init__(
        self,
        llm: LLM,
        residency: Residency,
        results_of: Callable[[TaskMessage], dict[str, Any]] = results_of_task,
        allow_degraded: Collection[str] = (),
    ) -> None:
        self.llm, self.residency, self.results_of = llm, residency, results_of
        self.may_skip = LLM_PART in allow_degraded

    async def process(self, batch: Sequence[TaskMessage]) -> list[TaskMessage | Failure]:
        """One entry a task; an LLM that fails is that task's Failure alone."""
        return [entry async for entry in self.each(batch)]

    async def each(self, batch: Sequence[TaskMessage]) -> AsyncGenerator[TaskMessage | Failure]:
        """The same, each entry as soon as it is written."""
        async with aclosing(each_under_hold(self, batch, self._answered)) as entries:
            async for entry in entries:
                yield entry

    async def _answered(self, task: TaskMessage) -> TaskMessage:
        return replace(task, answer=await self.llm.summarize_final(task.text, self.results_of(task)))
