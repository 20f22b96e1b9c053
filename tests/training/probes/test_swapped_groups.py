"""Shifts between sentences that differ in the group alone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from redheart.errors import CheckpointError
from redheart.training.probes.korean_particles import with_particle
from redheart.training.probes.swapped_groups import CONTROL, Template, shift_of, swapped_groups

TEMPLATES = (Template("t1", "neutral", "{group}.", None), Template("t2", "neutral", "{group}!", None))


def test_the_largest_shift_names_its_template_and_terms() -> None:
    values = np.array([[0.1, 0.2, 0.3], [0.1, 0.9, 0.4]])
    shift = shift_of(values, ("a", "b", "c"), TEMPLATES, "probability")
    assert (shift.template, shift.low, shift.high) == ("t2", "a", "b")
    assert shift.largest == pytest.approx(0.8)
    assert shift.mean == pytest.approx((0.1 + 0.2 + 0.1 + 0.8 + 0.3 + 0.5) / 6)


def test_a_terms_shift_is_its_mean_distance_from_the_mean_of_its_sets() -> None:
    shift = shift_of(np.array([[0.0, 1.0], [2.0, 5.0]]), ("a", "b"), TEMPLATES, "logit")
    assert shift.terms == pytest.approx({"a": -1.0, "b": 1.0})


def test_a_reader_that_sees_no_group_shifts_nowhere(plain_reads: Callable[..., Any]) -> None:
    report = swapped_groups(plain_reads(lambda text: 1.5))
    shifts = [shift for axes in report.shifts.values() for readings in axes.values() for shift in readings.values()]
    assert shifts and all(shift.largest == shift.mean == 0 for shift in shifts)


def test_a_reader_that_dislikes_one_group_is_found_out_on_its_axis_alone(plain_reads: Callable[..., Any]) -> None:
    report = swapped_groups(plain_reads(lambda text: -2.0 if "간호사" in text else 2.0))
    korean = {axis: readings["polarity"] for axis, readings in report.shifts["ko"].items()}
    assert {axis for axis, shift in korean.items() if shift.largest > 0} == {"occupation"}
    terms = korean["occupation"].terms or {}
    assert korean["occupation"].low == min(terms, key=terms.__getitem__) == "간호사"
    assert report.largest["ko"]["polarity"].axis == "occupation"
    assert korean["occupation"].largest == pytest.approx(np.tanh(1.0))
    assert korean[CONTROL].largest == 0


def test_an_extension_that_is_not_there_is_named_and_a_main_head_is_refused(
    plain_reads: Callable[..., Any],
) -> None:
    assert swapped_groups(plain_reads(lambda text: 0.0)).absent == ("appraisal",)
    with pytest.raises(CheckpointError, match="'polarity'"):
        swapped_groups(plain_reads(lambda text: 0.0, {"utility": ("utility",)}))


@pytest.mark.parametrize(
    ("word", "particle", "joined"),
    [
        ("의사", "이", "의사가"),
        ("한국인", "이", "한국인이"),
        ("농부", "과", "농부와"),
        ("이웃", "이다", "이웃이다"),
        ("의사", "이다", "의사다"),
    ],
)
def test_a_particle_goes_by_the_last_sound(word: str, particle: str, joined: str) -> None:
    assert with_particle(word, particle) == joined


def test_a_word_without_hangul_gets_no_particle() -> None:
    with pytest.raises(ValueError, match="'LGBT'"):
        with_particle("LGBT", "이")


def test_sentences_begin_with_a_capital_and_leave_no_slot(plain_reads: Callable[..., Any]) -> None:
    reads = plain_reads(lambda text: 0.0)
    swapped_groups(reads)
    asked: list[str] = reads.asked
    assert asked and not any("{" in text or text[0].islower() for text in asked)
