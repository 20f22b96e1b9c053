import io

import pytest
from rich.console import Console

from redheart.entrypoints.cli.progress import Progress, following
from redheart.events import PHASE_FINISHED, PHASE_STARTED, Event, EventBus


@pytest.fixture
def errors() -> Console:
    return Console(file=io.StringIO(), force_terminal=False)


def said(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_work_that_ends_within_its_first_second_says_nothing(errors: Console) -> None:
    with Progress(errors) as progress:
        progress.phase("circuit")
    assert said(errors) == []


def test_without_a_terminal_the_phases_of_longer_work_are_plain_lines(errors: Console) -> None:
    with Progress(errors) as progress:
        progress.show()
        progress.phase("circuit")
        progress.phase("translate")
    assert said(errors) == ["loading the models …", "weighing the options …", "translate …"]


def test_a_batch_tells_its_lines_by_tenths_at_most(errors: Console) -> None:
    with Progress(errors, total=200) as progress:
        progress.show()
        for done in range(1, 201):
            progress.phase("circuit")
            progress.lines(done)
    assert said(errors)[1:] == [f"{done} of 200 lines" for done in range(20, 201, 20)]


async def test_every_event_reaches_every_listener_even_when_the_work_ends_first() -> None:
    bus, first, second = EventBus(), [], []
    async with following(bus, first.append, second.append):
        bus.publish(Event(PHASE_STARTED, "circuit"))
        bus.publish(Event(PHASE_FINISHED, "circuit"))
    assert [event.kind for event in first] == [PHASE_STARTED, PHASE_FINISHED]
    assert first == second


async def test_listening_ends_when_the_work_fails() -> None:
    bus = EventBus()
    with pytest.raises(ZeroDivisionError):
        async with following(bus, lambda event: None):
            raise ZeroDivisionError
    bus.publish(Event(PHASE_STARTED, "circuit"))
