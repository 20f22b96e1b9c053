"""What the commands need of the rest of the house, behind one seam: tests hand in another one."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from redheart.config.schema import Settings
    from redheart.events import EventBus
    from redheart.training.evaluation.reads import Checkpoint
    from redheart.training.report.listener import Listener
    from redheart.training.report.plan import TrainPlan
    from redheart.training.report.story import Outcome
    from redheart.training.run.asked import Asked
    from redheart.types.checked import NetworkCheck
    from redheart.types.messages import Failure, TaskMessage
    from redheart.types.result import InferResult


class Engine(Protocol):
    """What answers: the orchestrator, as far as the command line knows it."""

    @property
    def events(self) -> EventBus:
        """News while it works."""
        ...

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know once, such as where experiences are kept."""
        ...

    async def infer(self, task: TaskMessage) -> InferResult:
        """Answer one task. Raises PhaseError, UserError."""
        ...

    def infer_many(self, tasks: Iterable[TaskMessage]) -> AsyncGenerator[InferResult | Failure]:
        """One item a task, in order."""
        ...


def _build(settings: Settings) -> AbstractAsyncContextManager[Engine]:
    from redheart.assembly import build_orchestrator

    return build_orchestrator(settings)


def _choose_mode(device: str) -> str:
    from redheart.assembly import choose_memory_mode

    return choose_memory_mode(device)


def _verify(settings: Settings) -> dict[str, str]:
    from redheart.assembly import verify_models

    return verify_models(settings)


def _verify_network(path: Path) -> NetworkCheck:
    from redheart.assembly import verify_network

    return verify_network(path)


def _providers() -> tuple[str, ...]:
    from redheart.llm import llm_names

    return llm_names()


def _train(asked: Asked, settings: Settings, listener: Listener) -> Outcome:
    from redheart.training.run.main import train

    return train(asked, settings, listener)


def _plan_training(asked: Asked, settings: Settings, listener: Listener) -> TrainPlan:
    from redheart.training.run.main import plan

    return plan(asked, settings, listener)


def _checkpoint(folder: Path, settings: Settings) -> Checkpoint:
    from redheart.training.evaluation.checkpoint_reads import CheckpointReads

    return CheckpointReads(folder, settings)


@dataclass(frozen=True, slots=True)
class Doors:
    """The doors of the assembly; each imports the heavy packages only when it is opened."""

    build: Callable[[Settings], AbstractAsyncContextManager[Engine]] = _build
    choose_mode: Callable[[str], str] = _choose_mode
    verify: Callable[[Settings], dict[str, str]] = _verify
    providers: Callable[[], tuple[str, ...]] = _providers
    verify_network: Callable[[Path], NetworkCheck] = _verify_network
    train: Callable[[Asked, Settings, Listener], Outcome] = _train
    plan_training: Callable[[Asked, Settings, Listener], TrainPlan] = _plan_training
    checkpoint: Callable[[Path, Settings], Checkpoint] = _checkpoint
