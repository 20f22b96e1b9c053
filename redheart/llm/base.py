"""What every provider shares: the two uses of a language model, made of one primitive."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

from redheart.config.schema import LLMSection
from redheart.devices import DeviceName
from redheart.errors import LLMError
from redheart.llm.prompts import (
    InitialView,
    UnusableReplyError,
    enriched,
    facts_of,
    final_request,
    initial_request,
    parse_initial,
    re_asked,
)
from redheart.types.llm import GenerateReply, GenerateRequest
from redheart.types.messages import Answer
from redheart.types.situation import Language, Situation
from redheart.types.weights import HeldWeights

_CUT: dict[Language, str] = {"ko": "[{n}토큰에서 끊김]", "en": "[cut at {n} tokens]"}


class LLMPlugin(ABC):
    """A provider. A new one writes `generate`, and `initialize` if it has something to open.

    `name` is the backend as results show it; `needs` names the modules that must be held while it works.
    """

    name: ClassVar[str]
    needs: tuple[str, ...] = ()

    def __init__(self, settings: LLMSection, device: DeviceName = "auto") -> None:
        """Check the settings; read no weights, open no connection. Raises ConfigError."""
        self.settings, self.device = settings, device
        self._initialised = False

    def weights(self) -> tuple[HeldWeights, ...]:
        """The modules named in `needs`, for the memory manager to move."""
        return ()

    async def initialize(self, settings: LLMSection) -> None:  # noqa: B027 (empty on purpose: most open nothing)
        """Open what needs a running event loop; called once, before the first `generate`. Raises LLMError."""

    @abstractmethod
    async def generate(self, request: GenerateRequest) -> GenerateReply:
        """Write. Raises LLMError."""

    async def analyze_initial(self, text: str, situation: Situation) -> Situation:
        """The rules' situation with the LLM's summary, emotions, stakeholders, and options where rules found none.

        A reply that cannot be used is asked for once more. Raises LLMError if the second cannot be used either.
        """
        request = initial_request(text, situation, self.settings.max_tokens)
        reply = await self._say(request)
        try:
            view = _view(reply)
        except UnusableReplyError as first:
            reply = await self._say(re_asked(request, str(first)))
            try:
                view = _view(reply)
            except UnusableReplyError as second:
                raise LLMError(
                    f"LLM '{self.name}' ({reply.model}): two replies could not be used, the last because {second}. "
                    "Use a larger model, or --llm none."
                ) from second
        return enriched(text, situation, view, reply.text, self.name)

    async def summarize_final(self, text: str, results: dict[str, Any]) -> Answer | None:
        """The results in words. `results` has the shape of a result's JSON. Raises LLMError for an empty answer."""
        facts = facts_of(results)
        reply = await self._say(final_request(text, facts, self.settings.max_tokens))
        words = reply.text.strip()
        if not words:
            raise LLMError(
                f"LLM '{self.name}' ({reply.model}): the answer is empty ('{reply.text}'). Use another model."
            )
        if reply.stopped_at_limit:
            words = f"{words} {_CUT[facts.language].format(n=reply.tokens)}"
        return Answer(text=words, backend=self.name, model=reply.model, tokens=reply.tokens)

    async def _say(self, request: GenerateRequest) -> GenerateReply:
        if not self._initialised:
            await self.initialize(self.settings)
            self._initialised = True
        return await self.generate(request)


def _view(reply: GenerateReply) -> InitialView:
    if reply.stopped_at_limit:
        raise UnusableReplyError(f"the reply was cut at {reply.tokens} tokens (llm.max_tokens)")
    return parse_initial(reply.text)
