import re
from collections.abc import Callable

import pytest

from redheart.circuit.factors import FULL
from redheart.entrypoints.phrases import Phrases
from redheart.entrypoints.render import report_text
from redheart.results import ENGLISH_ONLY
from redheart.types.result import InferResult
from redheart.types.situation import TEMPLATE_WARNING, Language

TEMPLATE = (
    "'쉰다.', '간다.': a stated template, not an option of the text, so no calibrated comparison; "
    "name options to get one"
)
FIXED = [
    TEMPLATE_WARNING,
    ENGLISH_ONLY,
    TEMPLATE,
    f"regret_potential is null: {TEMPLATE}",
    "regret_potential is null: regret needs two options, there is 1",
    "confidence is null: for the same reason",
    "confidence is null: a single option has nothing to be compared with",
    "confidence is null: there is no option to be sure of",
    "surd.shares, causal_clarity are null: the text has 1 clause; a decomposition needs two units or more",
    "surd.shares, causal_clarity are null: the target does not vary over the subsets that were read "
    "(standard deviation 0)",
    "surd.shares, causal_clarity are null: the text has 60 sentences, more than a sample of subsets decomposes, "
    "and the checkpoint has no SURD head",
    "analysis: sentences[0], options[1]: longer than the encoder's window, read only as far as that",
    "llm: no language model was asked, so the situation is by rules and no words are written",
    "the LLM named '순이', who is not in the text: left out",
    "built-in script",
    "the felicific score is null: intensity, certainty is absent",
]


@pytest.mark.parametrize("phrase", FIXED)
def test_fixed_phrases_are_korean_for_a_korean_reader_and_as_they_are_for_an_english_one(phrase: str) -> None:
    assert re.findall("[A-Za-z]+", Phrases("ko")(phrase)) in ([], ["EmoBank"])
    assert Phrases("en")(phrase) == phrase


@pytest.mark.parametrize(
    ("language", "crowd", "alone"), [("en", "9 at stake, full from 8", "alone"), ("ko", "8명부터 가득 참", "글쓴이만")]
)
def test_the_bar_of_the_extent_says_from_where_on_it_is_full(language: Language, crowd: str, alone: str) -> None:
    source = f"rule: 9 person(s) at stake, a community counting as four, {FULL}"
    assert crowd in Phrases(language)(source)
    said = Phrases(language)(f"{source}: nobody is named, the teller is counted")
    assert alone in said and crowd[-4:] in said


@pytest.mark.parametrize(
    "source",
    [
        "head:moralchoice.break_promise (likeliest of 8 harms to others)",
        "head:ethics.justice (P(reasonable))",
        "head:ethics.justice, head:moralchoice.cheat (P(reasonable) x P(nobody is cheated))",
        "head:crowd_envent.unpleasantness x self_responsblt (a pain brought upon oneself) (of the text)",
    ],
)
def test_the_sources_of_the_costs_are_said_in_words(source: str) -> None:
    assert not re.search("[A-Za-z]", Phrases("ko")(source))
    assert "head:" not in Phrases("en")(source) and "_" not in Phrases("en")(source)


def test_an_errors_own_text_stays_as_it_is() -> None:
    assert Phrases("ko")("confidence is null: disk full") == "확신도를 비워 둔 까닭: disk full"
    assert Phrases("ko")("something new") == "something new"


def test_options_with_quotes_and_lines_of_their_own_are_carried_over() -> None:
    assert "‘‘가자’ 한다.\n{x}’" in Phrases("ko")("it leads '‘가자’ 한다.\n{x}' by 0.70 logits")


def test_a_sentence_is_named_as_the_report_marks_it() -> None:
    assert Phrases("ko")(FIXED[11]).startswith("문장 [1], 선택지 [2]: ")


def test_a_korean_report_of_null_values_holds_no_english_but_names(make_result: Callable[..., InferResult]) -> None:
    page = report_text(make_result(["하나다."], "ko", warnings=FIXED, degraded=["llm", "head.appraisal"]))
    body = page.split("한계")[1].split("결정을 돕는")[0]
    assert re.findall("[A-Za-z]+", body) == ["EmoBank"]
