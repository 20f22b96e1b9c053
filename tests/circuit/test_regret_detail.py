"""Regret over the states: values by theory, null with a reason, courses of acts and omissions."""

import numpy as np
import pytest

from redheart.calculus.regret import VARIANTS
from redheart.types.messages import Readings
from redheart.types.readings import EmotionReading, OptionReadings, TextEmbedding, UtilityReading
from redheart.types.situation import Option

NAMES = tuple(VARIANTS)


@pytest.fixture
def detail(circuit, situation, readings, text):
    """The detail of options whose pairs are consistent at these utilities."""

    async def found(*utilities: float, origins=None, appraisals=None, **changes):
        case = situation(origins or ("user",) * len(utilities), **changes)
        read = readings(utilities, (0.1,) * len(utilities), option_appraisals=appraisals)
        beats = tuple(tuple(float(1 / (1 + np.exp(b - a))) for b in utilities) for a in utilities)
        options = read[OptionReadings].model_copy(update={"beats": beats})
        kept = (read[kind] for kind in (EmotionReading, UtilityReading, TextEmbedding))
        return (await circuit().decide(text, case, Readings(*kept, options))).regret

    return found


async def test_the_states_are_which_option_turns_out_the_best(detail) -> None:
    states = (await detail(0.5, 1.5)).states
    assert states.probabilities == pytest.approx([1 / (1 + np.e), np.e / (1 + np.e)])
    assert (
        states.utilities[0][0] == states.utilities[1][1] == 0
        and max(states.utilities[0][1], states.utilities[1][0]) < 0
    )
    assert "Luce" in states.source and "calibrated on English" in states.source


async def test_savage_expects_the_smooth_loss_of_the_gap(detail) -> None:
    savage = next(each for each in (await detail(0.5, 1.5)).variants if each.name == "savage")
    assert [each.regret for each in savage.options] == pytest.approx(np.log1p(np.exp([1.0, -1.0])))
    assert [each.experienced.index(0.0) for each in savage.options] == [0, 1]


async def test_every_theory_speaks_of_every_option_and_names_the_least_regretted(detail, appraised) -> None:
    found = await detail(0.5, 2.0, -1.0, appraisals=appraised(self_responsblt=0.5))
    assert tuple(each.name for each in found.variants) == NAMES and found.reason is None
    for each in found.variants:
        assert [felt.option for felt in each.options] == [0, 1, 2] and each.least == 1 and each.rule and each.unit
        assert all(len(felt.experienced) == 3 for felt in each.options)


async def test_agency_is_the_options_own_appraised_responsibility(detail, appraised) -> None:
    whole, half = [
        next(each for each in (await detail(0.5, 1.5, appraisals=appraised(self_responsblt=share))).variants
             if each.name == "redheart")
        for share in (1.0, 0.5)
    ]  # fmt: skip
    assert half.options[0].regret == pytest.approx(whole.options[0].regret / 2)
    assert half.parameters == {"gamma": 1.0, "k": 1.0, "agency[0]": 0.5, "agency[1]": 0.5}


async def test_without_appraisals_our_own_theory_is_silent_and_says_why(detail) -> None:
    ours = next(each for each in (await detail(0.5, 1.5)).variants if each.name == "redheart")
    assert ours.options == () and ours.least is None and "agency is not read" in ours.reason
    assert ours.parameters == {}


@pytest.mark.parametrize(
    ("utilities", "origins", "words"),
    [((0.5,), None, "two options, there is 1"), ((), (), "there is 0"), ((0.5, 1.5), ("template",) * 2, "template")],
)
async def test_without_calibrated_pairs_there_are_no_states_but_a_reason(detail, utilities, origins, words) -> None:
    found = await detail(*utilities, origins=origins)
    assert found.states is None and found.variants == () and words in found.reason


async def test_acts_and_omissions_get_a_course_and_choices_none(detail) -> None:
    assert (await detail(0.5, 1.5)).courses == ()
    options = tuple(Option(index=i, text=t, origin="user") for i, t in enumerate(("I go.", "I do not go.")))
    act, omission = (await detail(0.5, 1.5, options=options)).courses
    assert (act.kind, act.option, omission.kind, omission.option) == ("action", 0, "inaction", 1)
    assert act.moments[0].weight > omission.moments[0].weight and act.moments[-1].weight < omission.moments[-1].weight
    assert act.source.startswith("stated, not measured")
