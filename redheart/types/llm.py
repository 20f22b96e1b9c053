"""The protocol of a language model: one primitive, two uses of it."""

from typing import Any, Protocol

from redheart.types.base import Frozen
from redheart.types.messages import Answer
from redheart.types.situation import Situation


class GenerateRequest(Frozen):
    """What to write."""

    system: str
    prompt: str
    max_tokens: int = 400
    json_schema: dict[str, Any] | None = None


class GenerateReply(Frozen):
    """What was written."""

    text: str
    tokens: int
    model: str
    stopped_at_limit: bool = False


class LLM(Protocol):
    """A provider, initialised."""

    @property
    def name(self) -> str:
        """The backend, as results show it."""
        ...

    @property
    def needs(self) -> tuple[str, ...]:
        """Modules that must be held while it works."""
        ...

    async def generate(self, request: GenerateRequest) -> GenerateReply:
        """Raises LLMError."""
        ...

    async def analyze_initial(self, text: str, situation: Situation) -> Situation:
        """The rules' situation, enriched. Raises LLMError."""
        ...

    async def summarize_final(self, text: str, results: dict[str, Any]) -> Answer | None:
        """The results in words; None from the provider that stands for no LLM. Raises LLMError."""
        ...
