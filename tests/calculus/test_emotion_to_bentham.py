"""The semantic table."""

from dataclasses import replace

import pytest

from redheart.calculus.felicific.emotion_to_bentham import TABLE, EmotionVector, factor_from_table
from redheart.types.readings import BENTHAM_FACTORS

STILL = EmotionVector(valence=0, arousal=0, dominance=0, certainty=0, surprise=0, anticipation=0)


def test_the_table_has_a_row_for_each_factor():
    assert tuple(TABLE) == BENTHAM_FACTORS


@pytest.mark.parametrize("factor", BENTHAM_FACTORS)
def test_an_emotion_without_any_dimension_gives_the_middle(factor):
    assert factor_from_table(factor, STILL) == 0.5


def test_intensity_cares_for_the_strength_of_valence_and_self_damage_for_its_sign():
    glad, sad = replace(STILL, valence=0.8), replace(STILL, valence=-0.8)
    assert factor_from_table("intensity", glad) == factor_from_table("intensity", sad) > 0.5
    assert factor_from_table("self_damage", glad) < 0.5 < factor_from_table("self_damage", sad)


def test_a_factor_is_the_logistic_of_its_weighted_sum():
    emotion = replace(STILL, anticipation=1.0, arousal=1.0)
    assert factor_from_table("propinquity", emotion) == pytest.approx(0.7310585786)


def test_a_dimension_out_of_range_and_an_unknown_factor_are_refused():
    with pytest.raises(ValueError, match=r"surprise is '-0\.5'"):
        factor_from_table("certainty", replace(STILL, surprise=-0.5))
    with pytest.raises(ValueError, match="'warmth'"):
        factor_from_table("warmth", STILL)
