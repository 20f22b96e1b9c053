"""No language model: the rules' situation stands, and the result has no words."""

from typing import Any

from redheart.errors import LLMError
from redheart.llm.base import LLMPlugin
from redheart.types.llm import GenerateReply, GenerateRequest
from redheart.types.messages import Answer
from redheart.types.situation import Situation


class NoLLM(LLMPlugin):
    """Stands where a provider would: adds nothing, invents nothing."""

    name = "none"

    async def generate(self, request: GenerateRequest) -> GenerateReply:
        """Refuse. Raises LLMError."""
        raise LLMError("LLM 'none' cannot write. Name a provider with --llm.")

    async def analyze_initial(self, text: str, situation: Situation) -> Situation:
        """The situation as it is."""
        return situation

    async def summarize_final(self, text: str, results: dict[str, Any]) -> Answer | None:
        """None: the words are left out."""
        return None
