"""A provider that answers from a script: the same reply every time, and no model behind it."""

import json
import re
from pathlib import Path
from typing import Final

from redheart.config.schema import LLMSection
from redheart.devices import DeviceName
from redheart.errors import ConfigError, LLMError
from redheart.llm.base import LLMPlugin
from redheart.llm.prompts import FinalFacts, InitialView, material_of
from redheart.types.llm import GenerateReply, GenerateRequest
from redheart.types.situation import Language

BUILT_IN: Final = "built-in script"
_FIRST_SENTENCE: Final = re.compile(r"\s*(.+?(?:[.!?…](?=\s|$)|$))", re.M)
_SUMMARY: Final[dict[Language, str]] = {"ko": "글은 이렇게 시작합니다: “{first}”", "en": "The text begins: “{first}”"}
_FELT: Final[dict[Language, str]] = {
    "ko": "가장 뚜렷한 감정은 {felt}입니다.",
    "en": "The strongest feelings are {felt}.",
}
_NOT_FELT: Final[dict[Language, str]] = {"ko": "뚜렷한 감정은 없습니다.", "en": "No feeling stands out."}
_ADVISED: Final[dict[Language, str]] = {"ko": "“{option}” 쪽을 추천합니다.", "en": "Recommended: “{option}”"}
_NOT_ADVISED: Final[dict[Language, str]] = {"ko": "추천할 선택지는 없습니다.", "en": "No option is recommended."}


class ScriptedLLM(LLMPlugin):
    """Replies from `llm.script`, a JSON list of texts or objects, in order; without one, from the built-in script.

    The built-in script quotes the text's first sentence as the summary, reads no emotions, and as the answer names the
    top emotions and the recommended option of the results.
    """

    name = "scripted"

    def __init__(self, settings: LLMSection, device: DeviceName = "auto") -> None:
        super().__init__(settings, device)
        self._replies = _read_script(Path(settings.script)) if settings.script else None
        self._used = 0

    async def generate(self, request: GenerateRequest) -> GenerateReply:
        """The script's next reply. Raises LLMError when a script file has no further one."""
        text = _built_in(request) if self._replies is None else self._next(self._replies)
        model = Path(self.settings.script).name if self.settings.script else BUILT_IN
        return GenerateReply(text=text, tokens=len(text.split()), model=model)

    def _next(self, replies: list[str]) -> str:
        if self._used == len(replies):
            raise LLMError(
                f"script '{self.settings.script}' has {len(replies)} replies, and all are used. Add one for each call."
            )
        self._used += 1
        return replies[self._used - 1]


def _read_script(path: Path) -> list[str]:
    mend = "Give a JSON list of replies, texts or objects."
    try:
        replies = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"llm.script '{path}' cannot be read ({error.strerror}). {mend}") from error
    except ValueError as error:
        raise ConfigError(f"llm.script '{path}' is not JSON ({error}). {mend}") from error
    if not isinstance(replies, list) or not replies or not all(isinstance(reply, str | dict) for reply in replies):
        raise ConfigError(f"llm.script '{path}' is no list of replies. {mend}")
    return [reply if isinstance(reply, str) else json.dumps(reply, ensure_ascii=False) for reply in replies]


def _built_in(request: GenerateRequest) -> str:
    material = material_of(request.prompt)
    if request.json_schema is not None and material:
        return _initial(material[0], "ko" if re.search("[가-힣]", request.system) else "en")
    if request.json_schema is None and len(material) > 1:
        return _final(FinalFacts.model_validate_json(material[-1]))
    raise LLMError(f"the built-in script has no reply to '{request.prompt[:40]}'. Give one with llm.script.")


def _initial(text: str, language: Language) -> str:
    match = _FIRST_SENTENCE.match(text)
    first = (match[1] if match else text)[:200]
    summary = _SUMMARY[language].format(first=first)
    return InitialView(summary=summary, emotions={}, stakeholders=(), options=()).model_dump_json()


def _final(facts: FinalFacts) -> str:
    names = ", ".join(f"{emotion.label} ({emotion.probability:.0%})" for emotion in facts.emotions[:3])
    felt = _FELT[facts.language].format(felt=names) if names else _NOT_FELT[facts.language]
    if facts.recommended is None:
        return f"{felt} {_NOT_ADVISED[facts.language]}"
    return f"{felt} {_ADVISED[facts.language].format(option=facts.recommended)}"
