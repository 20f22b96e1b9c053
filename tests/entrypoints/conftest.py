"""Results with invented but valid values, and an engine that answers with them without any model."""

import json
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pytest

from redheart.__main__ import main
from redheart.config.schema import Settings
from redheart.entrypoints.cli.context import Doors
from redheart.errors import PhaseError
from redheart.events import PHASE_STARTED, Event, EventBus
from redheart.types.emotions import EMOTION_LABELS_KO, EMOTIONS
from redheart.types.messages import Failure, TaskMessage
from redheart.types.readings import BENTHAM_FACTORS, WEIGHT_LAYERS
from redheart.types.result import InferResult

KOREAN = (
    "친구의 잘못을 덮어 주려고 거짓말을 했는데, 밤새 후회했다.",
    "그래도 친구는 나에게 고마워했다.",
    "내일 선생님께 사실대로 말해야 할지, 아니면 그냥 넘어가야 할지 모르겠다.",
)
ENGLISH = (
    "I covered for my friend and lied to our boss, and I lay awake all night.",
    "Still, she thanked me with tears in her eyes.",
    "Tomorrow I could tell the truth or let it pass.",
)


@pytest.fixture
def korean_result() -> InferResult:
    return InferResult.model_validate(result_fields(KOREAN, "ko"))


@pytest.fixture
def english_result() -> InferResult:
    return InferResult.model_validate(result_fields(ENGLISH, "en"))


@pytest.fixture
def make_result() -> Callable[..., InferResult]:
    """A result with some top-level fields replaced: make_result(warnings=[...])."""

    def make(sentences: Sequence[str] = KOREAN, language: str = "ko", **changes: Any) -> InferResult:
        return InferResult.model_validate({**result_fields(sentences, language), **changes})

    return make


class FakeEngine:
    """Answers every task at once with an invented result; a text with 'fail' in it fails."""

    def __init__(self) -> None:
        self.events = EventBus()
        self.notices = ("Experiences are kept in 'somewhere'. Stop that with --no-experience.",)
        self.asked: list[TaskMessage] = []
        self.stop_after: int | None = None
        self.checkpoint = "c0ffee" * 8
        self.backend, self.precision = "none", "float32"
        self.well = False  # then nothing fails

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        return None

    async def infer(self, task: TaskMessage) -> InferResult:
        self.asked.append(task)
        self.events.publish(Event(PHASE_STARTED, "red_heart"))
        if "fail" in task.text:
            raise PhaseError("phase 'red_heart' could not read 'fail'. Say it otherwise.")
        return self._answer(task)

    async def infer_many(self, tasks: Iterable[TaskMessage]) -> AsyncIterator[InferResult | Failure]:
        """Takes two tasks ahead, as the real one takes more: the order must not depend on it."""
        waiting: list[TaskMessage] = []
        for task in tasks:
            waiting.append(task)
            if len(waiting) > 2:
                yield self._outcome(waiting.pop(0))
        while waiting:
            yield self._outcome(waiting.pop(0))

    def _outcome(self, task: TaskMessage) -> InferResult | Failure:
        if self.stop_after is not None and len(self.asked) >= self.stop_after:
            raise KeyboardInterrupt
        self.asked.append(task)
        if "fail" in task.text and not self.well:
            return Failure(phase="red_heart", kind="PhaseError", reason="could not read 'fail'", exit_code=1)
        return self._answer(task)

    def _answer(self, task: TaskMessage) -> InferResult:
        fields = result_fields((task.text,), "en")
        fields["provenance"].update(checkpoint_hash=self.checkpoint, precision=self.precision)
        fields["llm"]["backend"] = self.backend
        if task.options:
            fields["options"] = [{"index": i, "text": text, "origin": "user"} for i, text in enumerate(task.options)]
        return InferResult.model_validate(fields)


class Cli:
    """Runs the command line on a fake engine; remembers the settings it was built with."""

    def __init__(self) -> None:
        self.engine = FakeEngine()
        self.built: list[Settings] = []

    def __call__(self, *arguments: str | Path) -> int:
        return main([str(argument) for argument in arguments], self.doors())

    def doors(self) -> Doors:
        def build(settings: Settings) -> FakeEngine:
            self.built.append(settings)
            self.engine.backend, self.engine.precision = settings.llm.backend, settings.encoder.precision
            return self.engine

        return Doors(
            build=build,
            choose_mode=lambda device: "light",
            verify=lambda settings: {"backbone.safetensors": "ab" * 32},
            providers=lambda: ("none", "scripted"),
        )


@pytest.fixture
def cli() -> Cli:
    return Cli()


def jsonl(path: Path, *lines: str | dict[str, Any]) -> Path:
    """Write lines to a file; objects as JSON."""
    shown = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    path.write_text("".join(f"{line}\n" for line in shown), encoding="utf-8")
    return path


@pytest.fixture
def write_jsonl() -> Callable[..., Path]:
    return jsonl


def result_fields(sentences: Sequence[str], language: str) -> dict[str, Any]:
    """Every field of a result, as plain data."""
    estimate = _estimate()
    options = ["사실대로 말한다", "그냥 넘어간다"] if language == "ko" else ["tell the truth", "let it pass"]
    return {
        "text": " ".join(sentences),
        "language": language,
        "sentences": _sentences(sentences),
        "stakeholders": [{"name": "self", "group": "self", "mentions": 2, "source": "rule: first person"}],
        "options": [
            {"index": i, "text": text, "origin": "text" if i == 0 else "template"} for i, text in enumerate(options)
        ],
        "analysis": {
            "emotion": {
                "estimates": {"head": estimate},
                "fused": estimate,
                "fused_from": ["head"],
                "top": _top(len(sentences), language),
                "trajectory": _trajectory(len(sentences)),
            },
            "bentham": _bentham(),
            "regret": {"cues": {"counterfactual": 0.61, "remorse": 0.83}, "anticipated": 0.84, "potential": 0.58},
            "surd": _surd(sentences),
            "appraisals": None,
        },
        "circuit": {"decision": _decision(options), "precedents": _precedents(language), "trace": []},
        "scenarios": [_scenario(i, text) for i, text in enumerate(options)],
        "integrated": {
            "overall_sentiment": -0.42,
            "ethical_score": 0.31,
            "regret_potential": 0.58,
            "causal_clarity": 0.66,
            "confidence": None,
        },
        "llm": {"backend": "none", "initial": None, "final": None},
        "provenance": _provenance(),
        "timing": {"llm_initial": 0.1, "red_heart": 1.2, "circuit": 0.1, "llm_final": 0.0, "total": 1.4},
        "memory": _memory(),
        "degraded": [],
        "warnings": [
            "integrated.confidence is null: the head of option pairs is not calibrated on Korean texts",
            "llm: no language model was asked, so the situation is by rules and no words are written",
        ],
    }


def _sentences(sentences: Sequence[str]) -> list[dict[str, Any]]:
    found, at = [], 0
    for i, text in enumerate(sentences):
        found.append({"index": i, "text": text, "start": at, "end": at + len(text)})
        at += len(text) + 1
    return found


def _estimate() -> dict[str, Any]:
    interval = {"low": -0.6, "high": 0.2, "coverage": 0.9}
    return {
        "probabilities": {name: round(0.9 / (i + 1), 4) for i, name in enumerate(EMOTIONS)},
        "kote": {"죄책감": 0.7},
        "axes": {"jeong": 0.4, "han": 0.3, "chemyeon": 0.2},
        "valence": -0.42,
        "arousal": 0.1,
        "dominance": -0.2,
        "valence_emobank": -0.2,
        "intervals": dict.fromkeys(("valence", "arousal", "dominance"), interval),
    }


def _top(sentences: int, language: str) -> list[dict[str, Any]]:
    strongest = (("remorse", 0.83, 0), ("gratitude", 0.64, 1), ("nervousness", 0.41, 2), ("sadness", 0.33, 0))
    return [
        {
            "name": name,
            "label": EMOTION_LABELS_KO[name] if language == "ko" else name,
            "probability": probability,
            "salience": 2.0,
            "sentence": min(sentence, sentences - 1),
        }
        for name, probability, sentence in (*strongest, ("caring", 0.21, 1))
    ]


def _trajectory(sentences: int) -> list[dict[str, Any]]:
    valences = (-0.78, 0.61, -0.12)
    return [
        {"sentence": i, "valence": valences[i % 3], "arousal": 0.1, "utility": -0.5, "top": []}
        for i in range(sentences)
    ]


def _bentham(utility: float = -0.9) -> dict[str, Any]:
    kinds = ("learned", "learned", "rule", "rule", "calculus", "calculus", "rule", "table", "absent", "learned")
    return {
        "factors": {
            name: {
                "value": None if kind == "absent" else round(0.9 - 0.08 * i, 2),
                "source": "none" if kind == "absent" else f"{kind} of the text",
                "kind": kind,
            }
            for i, (name, kind) in enumerate(zip(BENTHAM_FACTORS, kinds, strict=True))
        },
        "layers": dict.fromkeys(WEIGHT_LAYERS, 1.05),
        "layer_reasons": ["social: two people are named"],
        "hedonic_sign": -0.42,
        "score": None,
        "utility": utility,
        "better_than_neutral": 0.31,
        "neutral_set": ["나는 물을 마셨다."],
    }


def _surd(sentences: Sequence[str]) -> dict[str, Any]:
    if len(sentences) < 2:
        return {
            "shares": None,
            "reason": "one sentence of one clause has no parts to compare",
            "target": "centred utility",
            "unit": None,
            "units": list(sentences),
            "left_out": [],
            "subsets": 0,
            "terms": [],
        }
    return {
        "shares": {"synergistic": 0.22, "unique": 0.66, "redundant": 0.12, "leak": 0.0},
        "reason": None,
        "target": "centred utility",
        "unit": "sentence",
        "units": list(sentences),
        "left_out": [],
        "subsets": 2 ** len(sentences),
        "terms": [
            {"units": [0], "kind": "unique", "coefficient": -1.2, "share": 0.5},
            {"units": [0, 1], "kind": "synergistic", "coefficient": 0.4, "share": 0.22},
            {"units": [1], "kind": "unique", "coefficient": 0.6, "share": 0.16},
            *({"units": [i], "kind": "unique", "coefficient": 0.0, "share": 0.0} for i in range(2, len(sentences))),
        ],
        "summary": ["1번 문장 혼자서 50 %" if re.search("[가-힣]", sentences[0]) else "Sentence 1 alone carries 50 %"],
    }


def _decision(options: Sequence[str]) -> dict[str, Any]:
    return {
        "recommended": 0,
        "recommended_text": options[0],
        "confidence": None,
        "confidence_reason": "the head of option pairs is not calibrated on Korean texts",
        "reasons": ["its utility is 0.84 above the next one"],
        "dissent": ["its low view is the lower one"],
        "options": [
            {
                "option": i,
                "text": text,
                "origin": "text" if i == 0 else "template",
                "utility": 0.3 - 0.84 * i,
                "bentham": _bentham(0.3 - 0.84 * i),
                "anticipated_regret": 0.84 * i,
                "regret_probability": 0.3 + 0.4 * i,
            }
            for i, text in enumerate(options)
        ],
    }


def _scenario(option: int, text: str) -> dict[str, Any]:
    views = {"optimistic": 0.5, "neutral": 0.1, "pessimistic": -0.4}
    return {
        "option": option,
        "text": text,
        "views": [{"name": name, "valence": valence} for name, valence in views.items()],
        "interval": {"low": -0.4, "high": 0.5, "coverage": 0.9},
        "source": "split-conformal interval",
    }


def _precedents(language: str) -> list[dict[str, Any]]:
    text = "동생을 감싸려고 부모님께 거짓말을 했다." if language == "ko" else "I lied to my parents for my brother."
    return [
        {
            "case_id": "ab12",
            "text": text,
            "similarity": 0.71,
            "decision": "사실대로 말한다" if language == "ko" else "tell the truth",
            "recorded_at": "2026-01-02T03:04:05Z",
        }
    ]


def _provenance() -> dict[str, Any]:
    return {
        "version": "0.1.0",
        "checkpoint": "compact",
        "checkpoint_hash": "c0ffee" * 8,
        "encoder": "multilingual-e5-small-koen",
        "encoder_revision": "1",
        "heads": ["emotion"],
        "precision": "float32",
        "neutral_set": "neutral-1",
    }


def _memory() -> dict[str, Any]:
    return {
        "mode": "medium",
        "policy": "dynamic_swap",
        "device": "cpu",
        "tiers": [{"tier": "host", "budget": 1 << 30, "reserved": 0, "committed": 1 << 27}],
        "resident": ["encoder", "backbone"],
        "loads": 2,
        "evictions": 0,
        "bytes_in": 1 << 27,
        "bytes_freed": 0,
        "peak_committed": 1 << 27,
        "rss": 1 << 29,
    }
