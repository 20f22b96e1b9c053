"""The life of the orchestrator: what is opened is closed, whatever fails on the way."""

import asyncio

import pytest

from redheart.errors import PhaseError
from redheart.events import EventBus
from redheart.orchestrator import Orchestrator, OrchestratorParts


class Part:
    """A pipeline, a memory manager or a monitor that writes down what is done to it; some steps raise."""

    def __init__(self, name: str, log: list[str], broken: tuple[str, ...] = ()) -> None:
        self.name, self.log, self.broken = name, log, broken

    def _note(self, step: str) -> None:
        self.log.append(f"{self.name}.{step}")
        if step in self.broken:
            raise PhaseError(f"{self.name}.{step} failed")

    async def start(self) -> None:
        self._note("start")

    async def close(self) -> None:
        self._note("close")

    async def follow(self, news: object) -> None:
        async for _ in news:  # type: ignore[attr-defined]
            pass
        self._note("end")


def orchestrator(log: list[str], pipeline: tuple[str, ...] = (), memory: tuple[str, ...] = ()) -> Orchestrator:
    parts = OrchestratorParts(
        pipeline=Part("pipeline", log, pipeline), memory=Part("memory", log, memory), monitor=Part("monitor", log),
        events=EventBus(), make_result=lambda *given: None, notices=(), ahead=2,
    )  # type: ignore[arg-type]  # fmt: skip
    return Orchestrator(parts)


@pytest.mark.parametrize("broken", [{"pipeline": ("close",)}, {"memory": ("close",)}])
async def test_every_closing_step_runs_though_an_earlier_one_raises(broken: dict[str, tuple[str, ...]]) -> None:
    log: list[str] = []
    with pytest.raises(PhaseError, match=r"close failed"):
        async with orchestrator(log, **broken):
            pass
    assert log == ["pipeline.start", "pipeline.close", "memory.close", "monitor.end"]


async def test_a_pipeline_that_cannot_start_leaves_nobody_watching() -> None:
    log: list[str] = []
    with pytest.raises(PhaseError, match="start failed"):
        async with orchestrator(log, pipeline=("start",)):
            raise AssertionError("nothing was started")
    assert log == ["pipeline.start", "pipeline.close", "memory.close", "monitor.end"]
    assert asyncio.all_tasks() == {asyncio.current_task()}
