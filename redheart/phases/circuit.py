"""The circuit phase: decides every task, fills `outcome`, then keeps each case in the experience store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from redheart.circuit.circuit import EmotionEthicsRegretCircuit
from redheart.errors import RedHeartError
from redheart.experience.case_id import case_id
from redheart.types.cases import Case, CaseStore
from redheart.types.messages import Failure, TaskMessage
from redheart.types.readings import EmotionReading, TextEmbedding, UtilityReading


class CircuitPhase:
    """Needs no weights. `clock` gives the time that cases are dated with."""

    name = "circuit"

    def __init__(
        self, circuit: EmotionEthicsRegretCircuit, store: CaseStore | None, clock: Callable[[], datetime]
    ) -> None:
        self._circuit, self._store, self._clock = circuit, store, clock

    async def process(self, batch: Sequence[TaskMessage]) -> list[TaskMessage | Failure]:
        """One entry a task. A typed error, of the circuit or the store, fails its task; its batch-mates go on."""
        return [entry async for entry in self.each(batch)]

    async def each(self, batch: Sequence[TaskMessage]) -> AsyncGenerator[TaskMessage | Failure]:
        """The same, each entry as soon as it is kept."""
        async with asyncio.TaskGroup() as group:  # an error of ours in one leaves no other running
            deciding = [group.create_task(self._decided(task)) for task in batch]
        # Recorded only when all have decided: what a task recalls must not depend on its batch-mates.
        for decided in deciding:
            entry = decided.result()
            yield await self._recorded(entry) if isinstance(entry, TaskMessage) else entry

    async def _decided(self, task: TaskMessage) -> TaskMessage | Failure:
        try:
            outcome = await self._circuit.decide(task.text, task.require_situation(), task.require_readings())
        except RedHeartError as error:
            return self._failure(error)
        return replace(task, outcome=outcome)

    async def _recorded(self, task: TaskMessage) -> TaskMessage | Failure:
        if self._store is None:
            return task
        try:
            await self._store.record(self._case(task))
        except RedHeartError as error:
            return self._failure(error)
        return task

    def _case(self, task: TaskMessage) -> Case:
        readings, outcome = task.require_readings(), task.require_outcome()
        embedding = readings[TextEmbedding]
        return Case(
            case_id=case_id(task.text),
            text=task.text,
            language=task.require_situation().language,
            vector=embedding.vector,
            encoder=embedding.encoder,
            decision=outcome.decision.recommended_text,
            utility=readings[UtilityReading].centred,
            valence=readings[EmotionReading].fused.valence,
            regret=outcome.regret_anticipated,
            recorded_at=self._clock().astimezone(UTC).isoformat(timespec="seconds"),
        )

    def _failure(self, error: RedHeartError) -> Failure:
        return Failure(phase=self.name, kind=type(error).__name__, reason=str(error), exit_code=error.exit_code)
