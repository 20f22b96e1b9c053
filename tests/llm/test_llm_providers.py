"""The table of providers, and the two that need no model."""

import json
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

import redheart.llm
from redheart.config.schema import LLMSection
from redheart.errors import ConfigError, LLMError
from redheart.llm import PROVIDERS, build_llm, llm_names
from redheart.llm.scripted import ScriptedLLM
from redheart.types.llm import GenerateRequest
from redheart.types.situation import Option, Sentence, Situation

TEXT = "I lied to my friend. I regret it."
SITUATION = Situation(
    language="en",
    language_source="given",
    sentences=(Sentence(index=0, text=TEXT, start=0, end=len(TEXT)),),
    clauses=(),
    stakeholders=(),
    options=(Option(index=0, text="I act.", origin="template"),),
)
RESULTS = {
    "language": "en",
    "analysis": {
        "emotion": {"top": [{"label": "remorse", "probability": 0.61}], "fused": {"valence": -0.4}},
        "regret": {"anticipated": 0.2},
    },
    "circuit": {"decision": {"recommended_text": "I confess.", "reasons": ["utility"]}},
}


def scripted(folder: Path, replies: object) -> ScriptedLLM:
    path = folder / "script.json"
    path.write_text(json.dumps(replies), encoding="utf-8")
    return ScriptedLLM(LLMSection(backend="scripted", script=str(path)))


def test_importing_the_table_imports_no_torch() -> None:
    code = "import sys, redheart.llm; sys.exit(bool({'torch', 'transformers', 'kiwipiepy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_every_listed_provider_is_a_plugin_named_as_listed() -> None:
    assert {name: provider().name for name, provider in PROVIDERS.items()} == {name: name for name in PROVIDERS}


def test_unknown_backend_is_refused_with_a_near_name_and_the_choices() -> None:
    with pytest.raises(ConfigError, match=r"'scriptd'.*'scripted'.*none, scripted, local"):
        build_llm(LLMSection(backend="scriptd"))


def test_outside_provider_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    points = {"mine": "redheart.llm.scripted:ScriptedLLM", "bad": "json:loads"}
    listed = [EntryPoint(name, value, "redheart.llms") for name, value in points.items()]
    monkeypatch.setattr(redheart.llm, "entry_points", lambda group: listed if group == "redheart.llms" else [])
    assert isinstance(build_llm(LLMSection(backend="mine")), ScriptedLLM)
    assert llm_names() == ("none", "scripted", "local", "bad", "mine")
    with pytest.raises(ConfigError, match=r"'bad'.*no LLMPlugin"):
        build_llm(LLMSection(backend="bad"))


async def test_no_llm_adds_nothing_and_writes_nothing() -> None:
    llm = build_llm(LLMSection())
    assert llm.needs == () and llm.weights() == ()
    assert await llm.analyze_initial(TEXT, SITUATION) is SITUATION
    assert await llm.summarize_final(TEXT, RESULTS) is None
    with pytest.raises(LLMError, match="'none'"):
        await llm.generate(GenerateRequest(system="", prompt="hello"))


async def test_built_in_script_quotes_the_first_sentence_and_invents_nothing() -> None:
    llm = ScriptedLLM(LLMSection(backend="scripted"))
    situation = await llm.analyze_initial(TEXT, SITUATION)
    assert situation.summary == "The text begins: “I lied to my friend.”"
    assert situation.llm_emotions is None and situation.options == SITUATION.options
    assert situation.llm_reply is not None and json.loads(situation.llm_reply)["summary"] == situation.summary


async def test_built_in_script_names_the_top_emotions_and_the_recommended_option() -> None:
    answer = await ScriptedLLM(LLMSection(backend="scripted")).summarize_final(TEXT, RESULTS)
    assert answer is not None
    assert "remorse (61%)" in answer.text and "I confess." in answer.text
    assert (answer.backend, answer.model) == ("scripted", "built-in script")


async def test_built_in_script_speaks_politely_to_a_korean_reader() -> None:
    llm = ScriptedLLM(LLMSection(backend="scripted"))
    situation = await llm.analyze_initial("거짓말을 했다.", SITUATION.model_copy(update={"language": "ko"}))
    assert situation.summary == "글은 이렇게 시작합니다: “거짓말을 했다.”"
    for recommended in (RESULTS["circuit"]["decision"]["recommended_text"], None):
        decision = {**RESULTS["circuit"]["decision"], "recommended_text": recommended}
        results = {**RESULTS, "language": "ko", "circuit": {"decision": decision}}
        answer = await llm.summarize_final("거짓말을 했다.", results)
        assert answer is not None and answer.text.endswith("니다.")


async def test_script_file_is_read_in_order_and_ends_with_an_error(tmp_path: Path) -> None:
    llm = scripted(tmp_path, ["one", {"two": 2}])
    request = GenerateRequest(system="", prompt="")
    assert [(await llm.generate(request)).text for _ in range(2)] == ["one", '{"two": 2}']
    with pytest.raises(LLMError, match="2 replies"):
        await llm.generate(request)


@pytest.mark.parametrize("replies", [{}, [], [1], "text"])
def test_script_that_is_no_list_of_replies_is_refused(tmp_path: Path, replies: object) -> None:
    with pytest.raises(ConfigError, match=r"script\.json"):
        scripted(tmp_path, replies)


def test_missing_script_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"'nowhere\.json' cannot be read"):
        ScriptedLLM(LLMSection(backend="scripted", script="nowhere.json"))


async def test_final_without_whole_results_is_refused_naming_what_is_missing() -> None:
    with pytest.raises(LLMError, match="'circuit'"):
        await ScriptedLLM(LLMSection(backend="scripted")).summarize_final(TEXT, {"analysis": {"emotion": {}}})


async def test_empty_answer_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LLMError, match="empty"):
        await scripted(tmp_path, ["  "]).summarize_final(TEXT, RESULTS)
