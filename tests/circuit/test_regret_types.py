"""Kinds of regret: each by its rule, none without evidence."""

import pytest

from redheart.circuit.acts import leaves_as_is, puts_off
from redheart.circuit.alternatives import alternatives_of
from redheart.circuit.regret import regrets_of
from redheart.circuit.regret_types import regret_types
from redheart.types.readings import OptionReadings
from redheart.types.situation import Option


@pytest.fixture
def kinds(circuit, situation, readings, text):
    """The kinds of each of two options, told by their words and what was read of them."""

    async def found(first: str, second: str, language: str = "en", appraisals=None, **changes):
        options = tuple(Option(index=i, text=words, origin="user") for i, words in enumerate((first, second)))
        case = situation(language=language, **({"stakeholders": ()} | changes)).model_copy(update={"options": options})
        outcome = await circuit().decide(text, case, readings((0.5, 1.5), (0.4, 0.4), option_appraisals=appraisals))
        return [[each.kind for each in outcome.regret.types if each.option == i] for i in (0, 1)]

    return found


@pytest.mark.parametrize(
    ("option", "language"),
    [
        ("사실을 말하지 않는다.", "ko"), ("그냥 넘어간다.", "ko"), ("못 본 척한다.", "ko"), ("회사에 남는다.", "ko"),
        ("안 간다.", "ko"), ("아무 행동도 하지 않는다.", "ko"), ("좀 더 기다린다.", "ko"), ("가만히 있는다.", "ko"),
        ("I do not tell him.", "en"), ("I do nothing.", "en"), ("I let it pass.", "en"), ("We stay.", "en"),
        ("I don't quit.", "en"), ("I do not act at all.", "en"), ("I refuse to sign it.", "en"),
        ("I keep waiting.", "en"), ("I remain silent.", "en"), ("I keep quiet.", "en"),
        ("I keep putting it off.", "en"), ("I do not stop ignoring it.", "en"), ("I wait rather than call.", "en"),
    ],
)  # fmt: skip
def test_denied_acts_and_verbs_of_staying_leave_things_as_they_are(option, language) -> None:
    assert leaves_as_is(option, language)


@pytest.mark.parametrize(
    ("option", "language"),
    [
        ("사실을 말한다.", "ko"), ("회사를 그만둔다.", "ko"), ("더는 침묵하지 않는다.", "ko"),
        ("그냥 넘어가지 않는다.", "ko"),
        ("보고서를 그대로 올린다.", "ko"), ("침묵을 깬다.", "ko"),
        ("남는 돈을 기부한다.", "ko"), ("참고 자료를 보낸다.", "ko"),
        ("길을 안내한다.", "ko"), ("그중 일부만 행동으로 옮긴다.", "ko"), ("시골 집으로 옮긴다.", "ko"),
        ("I tell him.", "en"), ("I do not keep silent.", "en"), ("I act on it only in part.", "en"), ("I quit.", "en"),
        ("I knot the rope.", "en"), ("I refuse to wait.", "en"), ("I stop ignoring it.", "en"),
        ("I quit instead of staying.", "en"), ("I stop drinking.", "en"), ("I leave without telling him.", "en"),
        ("I keep fighting.", "en"), ("I keep the wallet I found.", "en"), ("I remain with him.", "en"),
    ],
)  # fmt: skip
def test_acts_and_denied_staying_change_things(option, language) -> None:
    assert not leaves_as_is(option, language)


def test_delay_is_a_word_that_is_not_denied() -> None:
    assert puts_off("나중에 말한다.", "ko") and puts_off("I wait for a week.", "en")
    assert not puts_off("미루지 않는다.", "ko") and not puts_off("I do not wait.", "en")
    assert not puts_off("지금 말한다.", "ko") and not puts_off("I tell him now.", "en")
    assert puts_off("I keep putting it off.", "en") and puts_off("I go on waiting.", "en")
    assert not puts_off("I refuse to wait.", "en") and not puts_off("I stop delaying.", "en")


async def test_an_act_against_an_omission_is_regret_of_action_and_of_inaction(kinds) -> None:
    assert await kinds("I tell him.", "I do not tell him.") == [["action"], ["inaction"]]
    assert await kinds("말하지 않는다.", "말한다.", "ko") == [["inaction"], ["action"]]


async def test_two_acts_or_two_omissions_are_regret_of_choice(kinds) -> None:
    assert await kinds("I take the job.", "I go abroad.") == [["choice"], ["choice"]]
    assert await kinds("I stay.", "I say nothing.") == [["choice"], ["choice"]]


async def test_when_one_option_puts_off_the_time_can_be_regretted_of_both(kinds) -> None:
    assert await kinds("I tell him now.", "I tell him later.") == [["choice", "timing"], ["choice", "timing"]]


async def test_in_an_urgent_text_leaving_things_can_be_regretted_for_its_time(kinds) -> None:
    pair = "I tell him.", "I do not tell him."
    assert await kinds(*pair, urgency=0.8) == [["action"], ["inaction", "timing"]]
    assert await kinds(*pair, urgency=0.2) == [["action"], ["inaction"]]


async def test_consequences_that_are_hard_to_foresee_can_be_misjudged(kinds, appraised) -> None:
    pair = "I take the job.", "I go abroad."
    assert await kinds(*pair, appraisals=appraised(predict_conseq=0.3)) == [["choice", "prediction"]] * 2
    assert await kinds(*pair, appraisals=appraised(predict_conseq=0.7)) == [["choice"]] * 2


@pytest.mark.parametrize("named", [True, False])
def test_the_option_that_costs_others_more_can_be_regretted_for_them(named, circuit, situation, readings) -> None:
    """External costs are those that the calculus gives: only their order and who is named count."""
    case = situation(("user", "user"), **({} if named else {"stakeholders": ()}))
    read = readings((0.5, 1.5), (0.9, -0.9))
    alternatives = alternatives_of(case, read)
    _, values = values_with_costs(case, read, circuit, (0.2, 0.6))
    found = regret_types(case, alternatives, values, regrets_of(alternatives, read[OptionReadings].beats))
    empathy = [(each.option, each.against, each.reason) for each in found if each.kind == "empathy"]
    assert [each[:2] for each in empathy] == ([(1, 0)] if named else [])
    assert all("friend" in reason and "0.60 against 0.20" in reason for *_, reason in empathy)


def values_with_costs(case, read, circuit, costs):
    """The option values of the circuit with their external costs set."""
    from redheart.circuit.evidence import evidence_of_text
    from redheart.types.readings import EmotionReading, Factor

    made = circuit()._values(evidence_of_text(case, read), read[EmotionReading], alternatives_of(case, read))
    factors = [Factor(value=cost, source="a test", kind="table") for cost in costs]
    pairs = zip(made.options, factors, strict=True)
    return made.text, [value.model_copy(update={"factors": value.factors | {"external_cost": cost}})
                       for value, cost in pairs]  # fmt: skip


async def test_a_single_option_brings_no_kind_of_regret(circuit, situation, readings, text) -> None:
    outcome = await circuit().decide(text, situation(("user",)), readings((0.5,)))
    assert outcome.regret.types == () and outcome.regret.courses == ()


async def test_each_kind_says_why(circuit, situation, readings, text) -> None:
    outcome = await circuit().decide(text, situation(("user", "user")), readings((0.5, 1.5), (0.4, 0.4)))
    first = outcome.regret.types[0]
    assert (first.kind, first.option, first.against) == ("choice", 0, 1) and "'option 1'" in first.reason
    assert any("regret of choice" in reason for reason in outcome.trace[6].reasons)
