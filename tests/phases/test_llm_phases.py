"""The two phases that may call a language model."""

from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from redheart.config.schema import InputSection, LLMSection
from redheart.errors import CheckpointError, LLMError, OutOfMemoryError
from redheart.llm.base import LLMPlugin
from redheart.llm.none import NoLLM
from redheart.llm.scripted import ScriptedLLM
from redheart.phases.llm_final import LLMFinalPhase
from redheart.phases.llm_initial import LLMInitialPhase
from redheart.types.llm import GenerateReply, GenerateRequest
from redheart.types.messages import Failure, TaskMessage
from redheart.types.residency import Work
from tests.phases.grants import FakeGrant

RESULTS: dict[str, Any] = {
    "language": "en",
    "analysis": {
        "emotion": {"top": [{"label": "remorse", "probability": 0.5}], "fused": {"valence": -0.2}},
        "regret": {"anticipated": None},
    },
    "circuit": {"decision": {"recommended_text": "I confess.", "reasons": []}},
}


class Log:
    """A residency that writes down who is held when; `broken` is what a hold raises."""

    def __init__(self, broken: Exception | None = None) -> None:
        self.events: list[str] = []
        self.broken = broken
        self.streams = False
        self.grant = FakeGrant(4)

    @asynccontextmanager
    async def hold(self, *names: str, work: Work | None = None, stream: bool = False) -> AsyncIterator[FakeGrant]:
        if self.broken is not None:
            raise self.broken
        self.events.append(f"hold {' '.join(names)}")
        self.streams = stream
        try:
            yield self.grant
        finally:
            self.events.append("released")


class Fickle(LLMPlugin):
    """Needs the module llm; fails at texts that hold the word 'fail', first with each of `lacks`."""

    name = "fickle"
    needs = ("llm",)

    def __init__(self, log: Log) -> None:
        super().__init__(LLMSection(backend="fickle"))
        self.log = log
        self.inner = ScriptedLLM(LLMSection(backend="scripted"))
        self.lacks: list[Exception] = []

    async def generate(self, request: GenerateRequest) -> GenerateReply:
        self.log.events.append("generate")
        if self.lacks:
            raise self.lacks.pop()
        if "fail" in request.prompt:
            raise LLMError("the model 'm' failed. Use another.")
        return await self.inner.generate(request)


def texts(*given: str) -> list[TaskMessage]:
    return [TaskMessage(text) for text in given]


async def test_rules_alone_fill_the_situation_without_a_hold() -> None:
    log = Log()
    (task,) = await LLMInitialPhase(NoLLM(LLMSection()), log, InputSection()).process(texts("I lied to my friend."))
    assert isinstance(task, TaskMessage) and task.require_situation().language == "en"
    assert task.llm_initial is None and task.require_situation().summary is None and log.events == []


async def test_the_llm_enriches_the_situation_under_one_hold_for_the_batch() -> None:
    log = Log()
    done = await LLMInitialPhase(Fickle(log), log, InputSection()).process(texts("I lied.", "I told the truth."))
    assert log.events == ["hold llm", "generate", "generate", "released"]
    for task in done:
        assert isinstance(task, TaskMessage) and task.llm_initial is not None
        assert task.require_situation().summary is not None


@pytest.mark.parametrize("bad", ["   ", "今日は悲しい", "x" * 51])
async def test_unreadable_text_fails_alone_as_the_users_mistake(bad: str) -> None:
    phase = LLMInitialPhase(NoLLM(LLMSection()), Log(), InputSection(max_characters=50))
    failure, task = await phase.process(texts(bad, "I lied to my friend."))
    assert isinstance(failure, Failure) and isinstance(task, TaskMessage)
    assert (failure.phase, failure.kind, failure.exit_code) == ("llm_initial", "InputError", 2)


async def test_batch_without_a_readable_text_holds_nothing() -> None:
    log = Log()
    (failure,) = await LLMInitialPhase(Fickle(log), log, InputSection()).process(texts(" "))
    assert isinstance(failure, Failure) and log.events == []


async def test_failing_llm_fails_its_task_alone() -> None:
    log = Log()
    failure, task = await LLMInitialPhase(Fickle(log), log, InputSection()).process(texts("I fail.", "I lied."))
    assert isinstance(failure, Failure) and failure.kind == "LLMError" and isinstance(task, TaskMessage)
    assert log.events[-1] == "released"


async def test_failing_llm_that_may_be_skipped_leaves_the_rules_situation_and_says_so() -> None:
    log = Log()
    (task,) = await LLMInitialPhase(Fickle(log), log, InputSection(), ("llm",)).process(texts("I fail."))
    assert isinstance(task, TaskMessage) and task.degraded == ("llm",)
    assert task.require_situation().summary is None and task.llm_initial is None


async def test_final_answer_is_written_under_a_hold() -> None:
    log = Log()
    (task,) = await LLMFinalPhase(Fickle(log), log, lambda task: RESULTS).process(texts("I lied."))
    assert isinstance(task, TaskMessage) and task.answer is not None
    assert "I confess." in task.answer.text and log.events == ["hold llm", "generate", "released"]


async def test_without_an_llm_the_answer_stays_empty_and_nothing_is_degraded() -> None:
    log = Log()
    (task,) = await LLMFinalPhase(NoLLM(LLMSection()), log, lambda task: RESULTS).process(texts("I lied."))
    assert isinstance(task, TaskMessage) and task.answer is None and task.degraded == () and log.events == []


async def test_failing_final_is_a_failure_or_a_named_gap() -> None:
    log = Log()
    (failure,) = await LLMFinalPhase(Fickle(log), log, lambda task: RESULTS).process(texts("I fail."))
    assert isinstance(failure, Failure) and failure.phase == "llm_final"
    (task,) = await LLMFinalPhase(Fickle(log), log, lambda task: RESULTS, ("llm",)).process(texts("I fail."))
    assert isinstance(task, TaskMessage) and task.answer is None and task.degraded == ("llm",)


async def test_weights_that_cannot_be_brought_in_fail_the_batch_unless_they_may_be_skipped() -> None:
    log = Log(broken=CheckpointError("damaged"))
    with pytest.raises(CheckpointError):
        await LLMFinalPhase(Fickle(log), log, lambda task: RESULTS).process(texts("I lied."))
    (task,) = await LLMFinalPhase(Fickle(log), log, lambda task: RESULTS, ("llm",)).process(texts("I lied."))
    assert isinstance(task, TaskMessage) and task.degraded == ("llm",)


async def test_each_answer_is_handed_over_before_the_next_one_is_asked_for() -> None:
    log = Log()
    for phase in (
        LLMInitialPhase(Fickle(log), log, InputSection()),
        LLMFinalPhase(Fickle(log), log, lambda _: RESULTS),
    ):
        log.events.clear()
        async with aclosing(phase.each(texts("I lied.", "I told the truth."))) as entries:
            first = await anext(entries)
        assert isinstance(first, TaskMessage) and first.text == "I lied."
        assert log.events == ["hold llm", "generate", "released"]


async def test_the_llm_may_begin_while_its_last_weights_are_on_their_way() -> None:
    log = Log()
    await LLMFinalPhase(Fickle(log), log, lambda _: RESULTS).process(texts("I lied."))
    assert log.streams


async def test_an_answer_that_ran_out_of_memory_is_written_after_relief() -> None:
    log = Log()
    llm = Fickle(log)
    llm.lacks = [MemoryError(), MemoryError()]
    (task,) = await LLMFinalPhase(llm, log, lambda _: RESULTS).process(texts("I lied."))
    assert isinstance(task, TaskMessage) and task.answer is not None and len(log.grant.relieved) == 2


@pytest.mark.parametrize("late", [CheckpointError("damaged"), MemoryError()])
async def test_weights_or_memory_that_fail_while_it_writes_fail_the_batch_unless_it_may_be_skipped(
    late: Exception,
) -> None:
    log = Log()
    llm = Fickle(log)
    llm.lacks = [late] * 3
    with pytest.raises((CheckpointError, OutOfMemoryError)):
        await LLMFinalPhase(llm, log, lambda _: RESULTS).process(texts("I lied."))
    llm.lacks, log.grant.items = [late], 1
    (task,) = await LLMFinalPhase(llm, log, lambda _: RESULTS, ("llm",)).process(texts("I lied."))
    assert isinstance(task, TaskMessage) and task.degraded == ("llm",) and task.answer is None
