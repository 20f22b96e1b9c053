import json

import pytest

from redheart.llm.prompts import UnusableReplyError, enriched, initial_request, parse_initial
from redheart.types.situation import Sentence, Situation

REPLY = {"summary": "s", "emotions": {"joy": 0.4}, "stakeholders": [], "options": []}


@pytest.fixture
def situation() -> Situation:
    sentence = Sentence(index=0, text="I won.", start=0, end=6)
    return Situation(
        language="en", language_source="test", sentences=(sentence,), clauses=(), stakeholders=(), options=()
    )


def test_a_reply_may_tell_valence_arousal_and_dominance_of_the_whole(situation: Situation) -> None:
    reply = json.dumps({**REPLY, "valence": 0.8, "dominance": -1})
    found = enriched("I won.", situation, parse_initial(reply), reply, "scripted")
    assert found.llm_dimensions == {"valence": 0.8, "dominance": -1}


@pytest.mark.parametrize("more", [{}, {"valence": None, "arousal": None, "dominance": None}])
def test_a_reply_without_them_still_parses_and_nothing_stands_in(situation: Situation, more: dict) -> None:
    reply = json.dumps({**REPLY, **more})
    assert enriched("I won.", situation, parse_initial(reply), reply, "scripted").llm_dimensions is None


@pytest.mark.parametrize("value", [1.2, -3, "0.5", True])
def test_a_value_off_the_scale_is_refused_by_name(value: object) -> None:
    with pytest.raises(UnusableReplyError, match="arousal"):
        parse_initial(json.dumps({**REPLY, "arousal": value}))


@pytest.mark.parametrize("language", ["ko", "en"])
def test_they_are_asked_for_in_both_languages_as_something_that_may_be_left_out(situation: Situation, language) -> None:
    request = initial_request("I won.", situation.model_copy(update={"language": language}), 100)
    assert all(f'"{name}"' in request.prompt for name in ("valence", "arousal", "dominance"))
    assert not {"valence", "arousal", "dominance"} & set(request.json_schema["required"])
