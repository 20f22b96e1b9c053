"""What becomes of a batch when the circuit fails for one of its tasks."""

import asyncio
from datetime import UTC, datetime

import pytest

from redheart.errors import PhaseError
from redheart.phases.circuit import CircuitPhase
from redheart.types.decision import CircuitOutcome
from redheart.types.messages import Failure, Readings, TaskMessage


class FakeCircuit:
    """Refuses 'refused', breaks at 'broken', waits for ever at 'waits'."""

    def __init__(self) -> None:
        self.stopped = False

    async def decide(self, text: str, situation: object, readings: object) -> CircuitOutcome:
        if text == "refused":
            raise PhaseError("the readings do not fit. Read again.")
        if text == "broken":
            raise ZeroDivisionError
        if text == "waits":
            try:
                await asyncio.Event().wait()
            finally:
                self.stopped = True
        return CircuitOutcome.model_construct()


def phase_of(circuit: FakeCircuit) -> CircuitPhase:
    return CircuitPhase(circuit, None, lambda: datetime.now(UTC))  # type: ignore[arg-type]


def tasks(*texts: str) -> list[TaskMessage]:
    return [TaskMessage(text, situation=object(), readings=Readings()) for text in texts]  # type: ignore[arg-type]


async def test_a_typed_error_of_the_circuit_is_that_tasks_failure_alone() -> None:
    refused, good = await phase_of(FakeCircuit()).process(tasks("refused", "good"))
    assert isinstance(refused, Failure) and refused.kind == "PhaseError"
    assert isinstance(good, TaskMessage) and good.outcome is not None


async def test_an_error_of_ours_leaves_nothing_of_the_batch_running() -> None:
    circuit = FakeCircuit()
    with pytest.raises(ExceptionGroup) as caught:
        await phase_of(circuit).process(tasks("waits", "broken"))
    assert caught.group_contains(ZeroDivisionError) and circuit.stopped
