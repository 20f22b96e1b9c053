"""Asks a real assembly on the shipped checkpoint."""

import asyncio
from collections.abc import Sequence

from redheart.assembly import build_orchestrator
from redheart.config.load import load_settings
from redheart.config.schema import Settings
from redheart.types.messages import Failure, TaskMessage
from redheart.types.result import InferResult

COVER_UP = "친구의 잘못을 덮어 주려고 거짓말을 했는데, 밤새 후회했다. 그래도 친구는 나에게 고마워했다."


def settings_of(mode: str, *overrides: str) -> Settings:
    """A mode without experiences."""
    return load_settings(mode, ["experience.enabled=false", *overrides])


def ask_all(settings: Settings, texts: Sequence[str | TaskMessage]) -> list[InferResult | Failure]:
    """Answers of one assembly that lives for these texts."""

    async def run() -> list[InferResult | Failure]:
        tasks = [text if isinstance(text, TaskMessage) else TaskMessage(text) for text in texts]
        async with build_orchestrator(settings) as orchestrator:
            return [answer async for answer in orchestrator.infer_many(tasks)]

    return asyncio.run(run())


def ask(settings: Settings, text: str | TaskMessage) -> InferResult:
    """The answer to one text, which must be whole."""
    (answer,) = ask_all(settings, [text])
    assert isinstance(answer, InferResult), answer
    return answer
