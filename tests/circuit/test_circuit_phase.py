"""The circuit phase: slots filled, cases kept, failures kept to their task."""

from datetime import UTC, datetime, timedelta, timezone

from redheart.experience.case_id import case_id
from redheart.phases.circuit import CircuitPhase
from redheart.types.messages import Failure, TaskMessage


def noon() -> datetime:
    return datetime(2026, 1, 2, 12, 0, tzinfo=timezone(timedelta(hours=9)))


def task_of(text, situation, readings):
    return TaskMessage(text=text, situation=situation, readings=readings)


async def test_every_task_gets_its_outcome_in_order(circuit, situation, readings):
    batch = [task_of("one", situation(("user",)), readings((0.5,))), task_of("two", situation(), readings())]
    done = await CircuitPhase(circuit(), None, noon).process(batch)
    assert [task.text for task in done] == ["one", "two"]
    assert [task.require_outcome().decision.recommended for task in done] == [0, None]


async def test_a_decided_case_is_kept_with_its_digest_and_utc_time(circuit, situation, readings, store):
    cases = store()
    await CircuitPhase(circuit(cases), cases, noon).process([task_of("one", situation(("user",)), readings((0.5,)))])
    kept = cases.log[-1][1]
    assert (kept.case_id, kept.decision, kept.encoder) == (case_id("one"), "option 0", "tiny")
    assert datetime.fromisoformat(kept.recorded_at) == noon() and kept.recorded_at.endswith("+00:00")
    assert datetime.fromisoformat(kept.recorded_at).tzinfo == UTC


async def test_all_tasks_recall_before_any_is_recorded(circuit, situation, readings, store):
    cases = store()
    batch = [task_of(text, situation(), readings()) for text in ("one", "two")]
    await CircuitPhase(circuit(cases), cases, noon).process(batch)
    assert [what for what, _ in cases.log] == ["recall", "recall", "record", "record"]


async def test_a_store_that_refuses_fails_its_task_only(circuit, situation, readings, store):
    cases = store(broken=("one",))
    batch = [task_of(text, situation(), readings()) for text in ("one", "two")]
    failed, whole = await CircuitPhase(circuit(cases), cases, noon).process(batch)
    assert failed == Failure(
        phase="circuit", kind="StoreError", reason="'one' cannot be written. Free some space.", exit_code=2
    )
    assert whole.require_outcome() is not None


async def test_readings_that_do_not_fit_fail_their_task_only(circuit, situation, readings):
    batch = [task_of("one", situation(("user",)), readings()), task_of("two", situation(), readings())]
    failed, whole = await CircuitPhase(circuit(), None, noon).process(batch)
    assert failed.kind == "PhaseError" and whole.require_outcome() is not None
