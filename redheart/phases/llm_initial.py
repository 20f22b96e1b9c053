"""The llm_initial phase: the situation by rules always, enriched by the LLM when there is one."""

from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import replace

from redheart.blocking import run_blocking
from redheart.config.schema import InputSection
from redheart.errors import RedHeartError
from redheart.phases.llm_hold import LLM_PART, each_under_hold, failed
from redheart.situation.parse import check_length, parse_situation
from redheart.types.llm import LLM
from redheart.types.messages import Failure, TaskMessage
from redheart.types.residency import Residency
from redheart.types.situation import Situation


class LLMInitialPhase:
    """Fills `situation`, with the LLM's raw reply in `llm_initial`."""

    name = "llm_initial"

    def __init__(
        self, llm: LLM, residency: Residency, input_settings: InputSection, allow_degraded: Collection[str] = ()
    ) -> None:
        self.llm, self.residency, self.input = llm, residency, input_settings
        self.may_skip = LLM_PART in allow_degraded

    async def process(self, batch: Sequence[TaskMessage]) -> list[TaskMessage | Failure]:
        """One entry a task. Text that cannot be read, or an LLM that fails, is that task's Failure alone."""
        return [entry async for entry in self.each(batch)]

    async def each(self, batch: Sequence[TaskMessage]) -> AsyncGenerator[TaskMessage | Failure]:
        """The same, each entry as soon as it is enriched."""
        parsed = [await run_blocking(self._parsed, task) for task in batch]
        async with aclosing(each_under_hold(self, parsed, self._enriched)) as entries:
            async for entry in entries:
                yield entry

    def _parsed(self, task: TaskMessage) -> TaskMessage | Failure:
        try:
            return replace(task, situation=self._situation(task))
        except RedHeartError as error:
            return failed(self.name, error)

    def _situation(self, task: TaskMessage) -> Situation:
        check_length(task.text, self.input.max_characters)
        return parse_situation(task.text, task.language, task.options, self.input.max_options)

    async def _enriched(self, task: TaskMessage) -> TaskMessage:
        situation = await self.llm.analyze_initial(task.text, task.require_situation())
        return replace(task, situation=situation, llm_initial=situation.llm_reply)
