"""A culture weighs only where it was set, visibly and with its reasons."""

from typing import get_args

import pytest
from pydantic import ValidationError

from redheart.calculus.felicific.culture_weights import CULTURES
from redheart.calculus.felicific.discount import DISCOUNTS
from redheart.config.schema import CircuitSection
from redheart.types.situation import Stakeholder

PEOPLE = tuple(
    Stakeholder(name=name, group=group, mentions=1, source="r")
    for name, group in (("self", "self"), ("friend", "other"), ("team", "community"))
)


@pytest.fixture
def decided(circuit, situation, readings, appraised, text):
    async def decide(language="ko", people=PEOPLE, **settings):
        parsed = situation(("user", "user"), language=language, stakeholders=people)
        found = readings((0.5, 1.5), (0.1, 0.2), appraisals=appraised())
        return await circuit(**settings).decide(text, parsed, found)

    return decide


async def test_no_culture_is_guessed_from_the_language(decided):
    korean = await decided("ko")
    assert korean.text_bentham.culture == "none"
    assert {part.weight for part in korean.text_bentham.contributions} == {1.0}
    assert not any("culture" in reason for step in korean.trace for reason in step.reasons)
    assert not any("jeong" in reason for reason in korean.text_bentham.layer_reasons)


@pytest.mark.parametrize(
    ("culture", "stated"), [("western", (1.2, 1.0, 0.8)), ("eastern", (0.8, 1.0, 1.2)), ("korean", (0.8, 1.1, 1.1))]
)
async def test_a_culture_weighs_persons_by_its_stated_numbers_and_makes_no_weight(decided, culture, stated):
    before, after = (await decided()).text_bentham, (await decided(culture=culture)).text_bentham
    ratios = [b.value / a.value for a, b in zip(before.contributions, after.contributions, strict=True)]
    mean = (stated[0] + stated[1] + 4 * stated[2]) / 6  # the team counts as four
    assert ratios == pytest.approx([number / mean for number in stated])
    assert after.core == pytest.approx(before.core)  # all share one reading


@pytest.mark.parametrize("culture", CULTURES)
async def test_a_culture_does_not_weigh_a_teller_who_is_alone(decided, culture):
    outcome = await decided(culture=culture, people=PEOPLE[:1])
    assert [part.weight for part in outcome.text_bentham.contributions] == [1.0]
    assert not any("culture" in reason for reason in outcome.trace[1].reasons)


async def test_a_culture_moves_the_foundations_that_the_text_touches_and_says_why(decided):
    before, after = await decided(), await decided(culture="korean")
    text_before, text_after = (outcome.trace[4].outputs["text"] for outcome in (before, after))
    assert set(text_after) == set(text_before)
    assert text_after["loyalty"] - 0.5 == pytest.approx(1.2 * (text_before["loyalty"] - 0.5), abs=1e-5)
    assert any(
        reason.startswith("culture: loyalty x1.2, loyalty and filial piety") for reason in after.trace[4].reasons
    )


async def test_a_culture_shows_in_the_perspectives_with_its_reason(decided):
    step = (await decided(culture="eastern")).trace[1]
    weights = {view["group"]: view["weight"] for view in step.outputs["perspectives"]}
    total = 0.5 * 1.2 + 0.3 + 0.2 * 0.8
    expected = {"community": 0.6 / total, "other": 0.3 / total, "self": 0.16 / total}
    assert weights == pytest.approx(expected, abs=1e-5)
    assert "culture x1.2: the harmony of the group comes first" in step.reasons[0]


async def test_the_axes_weigh_under_korean_values_in_korean_texts_only(decided):
    layers = {
        (language, culture): (await decided(language, culture=culture)).text_bentham.layers["emotional"]
        for language in ("ko", "en")
        for culture in ("none", "korean")
    }
    assert layers["ko", "korean"] == pytest.approx(1.15 * layers["ko", "none"])  # jeong 0.6
    assert layers["en", "korean"] == layers["en", "none"] == layers["ko", "none"]


async def test_a_culture_does_not_turn_the_recommendation_by_itself(decided):
    assert (await decided(culture="korean")).decision.recommended == (await decided()).decision.recommended


def test_an_unknown_culture_is_refused():
    with pytest.raises(ValidationError, match="'none', 'western', 'eastern' or 'korean'"):
        CircuitSection(culture="martian")


def test_every_culture_and_discount_of_the_settings_exists_and_no_other():
    fields = CircuitSection.model_fields
    assert get_args(fields["culture"].annotation) == tuple(CULTURES)
    assert get_args(fields["discount"].annotation) == tuple(DISCOUNTS)
