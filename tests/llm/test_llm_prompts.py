"""Replies of a language model, parsed and laid over the rules' situation."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.config.schema import LLMSection
from redheart.errors import LLMError
from redheart.llm.base import LLMPlugin
from redheart.llm.prompts import UnusableReplyError, enriched, initial_request, material_of, parse_initial
from redheart.types.emotions import EMOTIONS
from redheart.types.llm import GenerateReply, GenerateRequest
from redheart.types.situation import TEMPLATE_WARNING, Language, Option, Situation, Stakeholder

TEXT = "I lied to Jin, who is my friend."
VIEW: dict[str, Any] = {"summary": "A lie.", "emotions": {"remorse": 0.8}, "stakeholders": [], "options": []}


def situation(origin: str = "template", language: Language = "en") -> Situation:
    return Situation(
        language=language,
        language_source="given",
        sentences=(),
        clauses=(),
        stakeholders=(Stakeholder(name="self", group="self", mentions=1, source="rule"),),
        options=(Option.model_validate({"index": 0, "text": "I wait.", "origin": origin}),),
        warnings=(TEMPLATE_WARNING,) if origin == "template" else (),
    )


class Replies(LLMPlugin):
    """Gives the replies it was made with, and keeps the requests."""

    name = "replies"

    def __init__(self, *replies: str, cut: bool = False) -> None:
        super().__init__(LLMSection(backend="replies"))
        self.replies, self.cut, self.requests, self.opened = list(replies), cut, [], 0

    requests: list[GenerateRequest]

    async def initialize(self, settings: LLMSection) -> None:
        self.opened += 1

    async def generate(self, request: GenerateRequest) -> GenerateReply:
        self.requests.append(request)
        return GenerateReply(text=self.replies.pop(0), tokens=3, model="m", stopped_at_limit=self.cut)


@pytest.mark.parametrize("wrap", ["{}", "```json\n{}\n```", "Sure! Here it is: {} Hope it helps {{x}}"])
def test_object_is_found_in_fences_and_among_words(wrap: str) -> None:
    assert parse_initial(wrap.format(json.dumps(VIEW))).emotions == {"remorse": 0.8}


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"emotions": {"remorse": 1.2}}, "emotions"),
        ({"emotions": {"remorse": "0.5"}}, "emotions"),
        ({"emotions": {"guiltiness": 0.5}}, "no canonical emotion"),
        ({"summary": ""}, "summary"),
        ({"options": ["only one"]}, "no choice"),
        ({"options": ["a", "b", "c", "d"]}, "options"),
        ({"confidence": 1}, "confidence"),
    ],
)
def test_reply_against_the_schema_is_refused_saying_where(change: dict[str, Any], place: str) -> None:
    with pytest.raises(UnusableReplyError, match=place):
        parse_initial(json.dumps(VIEW | change))


@pytest.mark.parametrize(
    "reply", ["no object", '{"summary": "cut', json.dumps(VIEW).replace("0.8", "NaN"), "{" * 99999, '{"a":' * 99999]
)
def test_broken_json_is_refused(reply: str) -> None:
    with pytest.raises(UnusableReplyError):
        parse_initial(reply)


@given(st.text() | st.dictionaries(st.text(max_size=5), st.none() | st.floats() | st.text()).map(json.dumps))
def test_any_reply_is_parsed_or_refused_and_nothing_else(reply: str) -> None:
    try:
        assert set(parse_initial(reply).emotions) <= set(EMOTIONS)
    except UnusableReplyError:
        pass


@pytest.mark.parametrize(("language", "word"), [("ko", "글을 읽으십시오"), ("en", "Read this text")])
def test_prompt_is_in_the_language_of_the_text_and_encloses_it(language: Language, word: str) -> None:
    text = "braces {x}\nand lines"
    request = initial_request(text, situation(language=language), 50)
    assert word in request.prompt and material_of(request.prompt) == [text] and request.max_tokens == 50


async def test_unusable_reply_is_asked_for_once_more_with_the_reason() -> None:
    llm = Replies("no object", json.dumps(VIEW))
    seen = await llm.analyze_initial(TEXT, situation())
    assert seen.llm_emotions == {"remorse": 0.8} and seen.llm_reply == json.dumps(VIEW)
    assert "it has no JSON object" in llm.requests[1].prompt and llm.opened == 1


async def test_second_unusable_reply_is_an_error_not_an_invented_value() -> None:
    llm = Replies("no", "no", json.dumps(VIEW))
    with pytest.raises(LLMError, match="two replies"):
        await llm.analyze_initial(TEXT, situation())
    assert len(llm.requests) == 2


async def test_reply_cut_at_the_limit_is_unusable_even_if_its_json_is_whole() -> None:
    with pytest.raises(LLMError, match="cut at 3 tokens"):
        await Replies(json.dumps(VIEW), json.dumps(VIEW), cut=True).analyze_initial(TEXT, situation())


def test_proposed_options_replace_templates_and_their_warning_only() -> None:
    view = parse_initial(json.dumps(VIEW | {"options": ["I confess.", "I wait."]}))
    seen = enriched(TEXT, situation("template"), view, "", "m")
    assert [(option.text, option.origin) for option in seen.options] == [("I confess.", "llm"), ("I wait.", "llm")]
    assert seen.warnings == ()
    assert enriched(TEXT, situation("user"), view, "", "m").options == situation("user").options


def test_stakeholders_are_added_once_and_only_if_the_text_names_them() -> None:
    people = [{"name": name, "group": group} for name, group in [("I", "self"), ("jin", "other"), ("Mina", "other")]]
    seen = enriched(TEXT, situation(), parse_initial(json.dumps(VIEW | {"stakeholders": people})), "", "m")
    assert [(person.name, person.source) for person in seen.stakeholders] == [("self", "rule"), ("jin", "LLM: m")]
    assert any("'Mina'" in warning for warning in seen.warnings)


async def test_answer_cut_at_the_limit_says_so() -> None:
    facts = {
        "language": "en",
        "analysis": {"emotion": {"top": [], "fused": {"valence": 0.0}}, "regret": {"anticipated": None}},
        "circuit": {"decision": {"recommended_text": None, "reasons": []}},
    }
    answer = await Replies("It goes on and", cut=True).summarize_final(TEXT, facts)
    assert answer is not None and answer.text == "It goes on and [cut at 3 tokens]"
