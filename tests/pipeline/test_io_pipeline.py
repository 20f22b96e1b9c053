"""Tasks through the phases: order, isolation of failures, timeouts, the end."""

import asyncio
import threading

import pytest
from fake_phases import GatedPhase, PiecewisePhase, WritePhase, pipeline, settle

from redheart.blocking import run_blocking
from redheart.errors import ConfigError, InputError, PhaseError, StepTimeoutError, StoreError
from redheart.events import PHASE_FINISHED, PHASE_STARTED, TASK_FINISHED
from redheart.types.messages import TaskMessage, TaskPriority


def task(text, priority=TaskPriority.NORMAL):
    return TaskMessage(text, priority=priority)


async def answers(pipe, *tasks):
    """Submit all before the loop runs, then start: results in order of the tasks."""
    futures = [await pipe.submit(one) for one in tasks]
    await pipe.start()
    results = await asyncio.gather(*futures)
    await pipe.close()
    return results


async def test_task_walks_all_phases_in_order_and_keeps_their_timings():
    (result,) = await answers(pipeline(WritePhase("one"), WritePhase("two")), task("hello"))
    assert result.ok
    assert result.task.answer.text == "one two"
    assert [name for name, _ in result.task.timings] == ["one", "two"]
    assert all(seconds >= 0 for _, seconds in result.task.timings)


async def test_waiting_tasks_walk_together_up_to_the_batch_size():
    phase = WritePhase()
    await answers(pipeline(phase, batch_size=2), task("a"), task("b"), task("c"))
    assert phase.batches == [["a", "b"], ["c"]]


async def test_urgent_tasks_go_first_then_in_order_of_arrival():
    phase = WritePhase()
    urgency = {"low": TaskPriority.LOW, "now": TaskPriority.CRITICAL}
    texts = ("low", "first", "second", "now")
    tasks = [task(text, urgency.get(text, TaskPriority.NORMAL)) for text in texts]
    await answers(pipeline(phase, batch_size=1), *tasks)
    assert phase.batches == [["now"], ["first"], ["second"], ["low"]]


async def test_one_failing_task_leaves_its_batch_mates_unharmed():
    later = WritePhase("later")
    good, bad, fine = await answers(pipeline(WritePhase("first"), later), task("good"), task("bad"), task("fine"))
    assert (good.ok, bad.ok, fine.ok) == (True, False, True)
    assert (bad.failure.phase, bad.failure.kind, bad.failure.exit_code) == ("first", "InputError", 2)
    assert later.batches == [["good", "fine"]]


@pytest.mark.parametrize(
    ("error", "kind", "exit_code"),
    [
        (StoreError("disk full"), "StoreError", 2),
        (ZeroDivisionError("disk full"), "ZeroDivisionError", 1),
        (ExceptionGroup("many", [StoreError("disk full")]), "StoreError", 2),
    ],
)
async def test_raising_phase_fails_its_own_batch_and_the_next_one_is_answered(error, kind, exit_code):
    pipe = pipeline(WritePhase(error=error), batch_size=2)
    first, mate, after = await answers(pipe, task("raise"), task("mate"), task("after"))
    for failed in (first, mate):
        failure = failed.failure
        assert (failure.kind, failure.reason, failure.exit_code) == (kind, "disk full", exit_code)
    assert after.ok


async def test_phase_cancelled_from_within_fails_its_own_batch_only():
    pipe = pipeline(WritePhase(error=asyncio.CancelledError()), batch_size=1)
    cancelled, after = await answers(pipe, task("raise"), task("after"))
    assert "cancelled from within" in cancelled.failure.reason
    assert after.ok


async def test_wrong_number_of_entries_is_an_error_with_both_counts():
    class Forgetful(WritePhase):
        async def process(self, batch):
            return (await super().process(batch))[1:]

    results = await answers(pipeline(Forgetful()), task("a"), task("b"))
    assert [result.failure.reason for result in results] == [
        "phase 'write' gave 1 entries for 2 tasks: one each is due."
    ] * 2


async def test_entries_in_another_order_are_an_error():
    class Shuffling(WritePhase):
        async def process(self, batch):
            return (await super().process(batch))[::-1]

    results = await answers(pipeline(Shuffling()), task("a"), task("b"))
    assert all("was due" in result.failure.reason for result in results)


async def test_late_tasks_are_answered_at_the_timeout_and_the_next_batch_follows():
    slow = GatedPhase()
    pipe = pipeline(slow, batch_size=1, step_timeout_s=0.01)
    await pipe.start()
    late = await (await pipe.submit(task("late")))
    assert late.failure.kind == StepTimeoutError.__name__
    assert late.task.task_id in late.failure.reason
    pipe._step_timeout_s = 30  # so that a busy machine cannot make the next one late as well
    slow.gate.set()
    assert (await (await pipe.submit(task("next")))).ok
    assert slow.cancelled
    assert slow.batches == [["next"]]
    await pipe.close()


async def test_next_batch_waits_until_the_thread_of_a_timed_out_step_has_ended():
    class Threaded(WritePhase):
        async def process(self, batch):
            await run_blocking(gate.wait, 10)
            return await super().process(batch)

    gate, phase = threading.Event(), Threaded()
    pipe = pipeline(phase, batch_size=1, step_timeout_s=0.01)
    await pipe.start()
    late = await (await pipe.submit(task("late")))
    pipe._step_timeout_s = 30
    following = await pipe.submit(task("next"))
    await settle()
    assert late.failure.kind == "StepTimeoutError"
    assert not following.done()
    gate.set()
    assert (await following).ok
    assert phase.batches == [["next"]]
    await pipe.close()


async def test_entries_that_come_after_the_timeout_change_nothing():
    class Stubborn(WritePhase):
        async def process(self, batch):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return await super().process(batch)

    pipe, one = pipeline(Stubborn(), step_timeout_s=0.01), task("late")
    await pipe.start()
    result = await (await pipe.submit(one))
    await pipe.close()
    assert result.failure.kind == "StepTimeoutError"
    with pytest.raises(PhaseError, match="ended without passing"):
        await pipe.passed(one.task_id, "write", 1)


async def test_tasks_that_were_done_before_the_timeout_go_on():
    slow, later = PiecewisePhase(), WritePhase("later")
    pipe = pipeline(slow, later, step_timeout_s=0.01)
    done, bad, late = await answers(pipe, task("done"), task("bad"), task("stop"))
    assert (done.ok, done.task.answer.text) == (True, "piece later")
    assert (bad.failure.kind, late.failure.kind) == ("InputError", "StepTimeoutError")
    assert f"waiting for ['{late.task.task_id}']" in late.failure.reason
    assert later.batches == [["done"]] and slow.let_go


async def test_tasks_that_were_done_before_the_phase_raised_go_on():
    phase = PiecewisePhase(error=StoreError("disk full"))
    done, failed, unreached = await answers(pipeline(phase), task("done"), task("raise"), task("unreached"))
    assert done.ok
    assert [result.failure.reason for result in (failed, unreached)] == ["disk full"] * 2


async def test_a_piecewise_phase_may_let_go_of_what_it_holds_before_it_is_stopped():
    phase = PiecewisePhase()
    (result,) = await answers(pipeline(phase), task("a"))
    assert result.ok and phase.let_go


async def test_a_piecewise_phase_owes_one_entry_a_task():
    class Forgetful(PiecewisePhase):
        async def each(self, batch):
            yield batch[0]

    kept, forgotten = await answers(pipeline(Forgetful()), task("a"), task("b"))
    assert kept.ok
    assert forgotten.failure.reason == "phase 'piece' gave 1 entries for 2 tasks: one each is due."


async def test_submit_waits_for_room():
    gated = GatedPhase()
    pipe = pipeline(gated, batch_size=1, queue_size=1)
    await pipe.start()
    first = await pipe.submit(task("walking"))
    await gated.begun.wait()
    second = await pipe.submit(task("queued"))
    third = asyncio.create_task(pipe.submit(task("before the door")))
    await settle()
    assert not third.done()
    gated.gate.set()
    results = await asyncio.gather(first, second, await third)
    assert all(result.ok for result in results)
    await pipe.close()


async def test_close_answers_every_task_wherever_it_is():
    gated = GatedPhase()
    pipe = pipeline(gated, batch_size=1, queue_size=1)
    await pipe.start()
    walking = await pipe.submit(task("walking"))
    await gated.begun.wait()
    queued = await pipe.submit(task("queued"))
    before_the_door = [asyncio.create_task(pipe.submit(task(str(number)))) for number in range(3)]
    await settle()
    await pipe.close()
    results = await asyncio.wait_for(asyncio.gather(walking, queued, *[await one for one in before_the_door]), 10)
    assert [result.failure.kind for result in results] == ["PipelineClosed"] * 5
    assert gated.cancelled


async def test_close_waits_for_the_thread_of_the_running_step():
    class Threaded(WritePhase):
        async def process(self, batch):
            begun.set()
            await run_blocking(gate.wait, 10)
            return []

    begun, gate = asyncio.Event(), threading.Event()
    pipe = pipeline(Threaded())
    await pipe.start()
    future = await pipe.submit(task("walking"))
    await begun.wait()
    closing = asyncio.create_task(pipe.close())
    await settle()
    assert future.done()
    assert not closing.done()
    gate.set()
    await closing


async def test_close_during_the_wait_after_a_timeout_ends():
    class Threaded(WritePhase):
        async def process(self, batch):
            await run_blocking(gate.wait, 10)
            return []

    gate = threading.Event()
    pipe = pipeline(Threaded(), step_timeout_s=0.01)
    await pipe.start()
    assert not (await (await pipe.submit(task("late")))).ok
    closing = asyncio.create_task(pipe.close())
    await settle()
    gate.set()
    await asyncio.wait_for(closing, 10)


async def test_closed_pipeline_refuses_tasks_and_may_be_closed_again():
    pipe = pipeline(WritePhase())
    await pipe.start()
    await pipe.close()
    await pipe.close()
    with pytest.raises(RuntimeError, match="closed"):
        await pipe.submit(task("late"))


async def test_pipeline_that_never_started_answers_on_close():
    pipe = pipeline(WritePhase())
    future = await pipe.submit(task("early"))
    await pipe.close()
    assert not (await future).ok


def test_interrupted_program_answers_its_tasks_and_ends():
    async def main() -> None:
        gated = GatedPhase()
        pipe = pipeline(gated)
        await pipe.start()
        try:
            futures.append(await pipe.submit(task("walking")))
            await gated.begun.wait()
            asyncio.current_task().cancel()  # what Ctrl-C does to the main task
            await futures[0]
        finally:
            await pipe.close()

    futures = []
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(main())
    assert futures[0].cancelled() or not futures[0].result().ok


async def test_task_whose_sender_went_away_is_left_out():
    phase = WritePhase()
    pipe = pipeline(phase, batch_size=2)
    gone, kept = await pipe.submit(task("gone")), await pipe.submit(task("kept"))
    gone.cancel()
    await pipe.start()
    assert (await kept).ok
    assert phase.batches == [["kept"]]
    await pipe.close()


async def test_sender_who_leaves_during_a_step_harms_nobody():
    gated, later = GatedPhase(), WritePhase("later")
    pipe = pipeline(gated, later)
    gone, kept = await pipe.submit(task("gone")), await pipe.submit(task("kept"))
    await pipe.start()
    await gated.begun.wait()
    gone.cancel()
    gated.gate.set()
    assert (await kept).ok
    assert later.batches == [["kept"]]
    await pipe.close()


async def test_same_id_twice_at_once_is_refused_but_may_come_again_later():
    pipe, one = pipeline(WritePhase()), task("a")
    first = await pipe.submit(one)
    with pytest.raises(InputError, match=f"'{one.task_id}' is in the pipeline already"):
        await pipe.submit(one)
    await pipe.start()
    await first
    assert (await (await pipe.submit(one))).ok
    await pipe.close()


async def test_passed_tells_when_a_task_is_through_a_step():
    gated, one = GatedPhase("second"), task("a")
    pipe = pipeline(WritePhase("first"), gated)
    future = await pipe.submit(one)
    await pipe.start()
    await pipe.passed(one.task_id, "first", 10)
    second = asyncio.create_task(pipe.passed(one.task_id, "second", 10))
    await gated.begun.wait()
    assert not second.done()
    gated.gate.set()
    await second
    await future
    await pipe.passed(one.task_id, "first", 0)
    await pipe.close()


async def test_passed_names_a_late_task():
    pipe, one = pipeline(WritePhase()), task("a")
    await pipe.submit(one)
    with pytest.raises(StepTimeoutError, match=one.task_id):
        await pipe.passed(one.task_id, "write", 0)
    await pipe.close()


async def test_passed_does_not_wait_for_a_failed_task():
    pipe, bad = pipeline(WritePhase("first"), WritePhase("second")), task("bad")
    await pipe.submit(bad)
    waiting = asyncio.create_task(pipe.passed(bad.task_id, "second", 30))
    await pipe.start()
    with pytest.raises(PhaseError, match="without passing step 'second'"):
        await waiting
    with pytest.raises(PhaseError):
        await pipe.passed(bad.task_id, "second", 30)
    await pipe.close()


async def test_passed_refuses_strangers():
    pipe, one = pipeline(WritePhase()), task("a")
    await pipe.submit(one)
    with pytest.raises(InputError, match="no task 'x'"):
        await pipe.passed("x", "write", 1)
    with pytest.raises(InputError, match=r"unknown step 'wriet'. Steps: write"):
        await pipe.passed(one.task_id, "wriet", 1)
    await pipe.close()


async def test_phases_of_one_name_are_refused():
    with pytest.raises(ConfigError, match="two phases are named 'write'"):
        pipeline(WritePhase(), WritePhase())


async def test_second_start_is_refused():
    pipe = pipeline(WritePhase())
    await pipe.start()
    with pytest.raises(RuntimeError, match="started already"):
        await pipe.start()
    await pipe.close()


async def test_steps_and_finished_tasks_are_published():
    pipe = pipeline(WritePhase())
    news, one = pipe._events.subscribe(), task("a")
    await answers(pipe, one)
    heard = [(event.kind, event.name, event.tasks) for event in news.drain()]
    assert heard[:2] == [(PHASE_STARTED, "write", 1), (PHASE_FINISHED, "write", 1)]
    assert heard[2][:2] == (TASK_FINISHED, one.task_id)
