import json

import numpy as np
import pytest
from pydantic import ValidationError

from redheart.calculus.course.change_points import change_points
from redheart.calculus.course.envelope import PRESETS
from redheart.calculus.spectrum import spectrum
from redheart.nn.signal import envelopes_of, signal_estimate
from redheart.nn.smoothing import smoothed_trajectory
from redheart.nn.track import TrackCalibration
from redheart.types import trajectory
from redheart.types.situation import Sentence, Situation

TURNING = np.array(
    [[-0.5, 0.1, -0.1], [-0.6, 0.0, -0.1], [-0.5, 0.1, 0.0], [0.5, 0.1, 0.1], [0.6, 0.0, 0.1], [0.5, 0.1, 0.0]]
)


def diagonal(*values: float) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(row) for row in np.diag(values).tolist())


@pytest.fixture
def calibration() -> TrackCalibration:
    names = tuple(PRESETS)
    return TrackCalibration(
        mean=(0.0, 0.02, 0.03),
        transition=diagonal(0.3, 0.2, 0.1),
        covariance=diagonal(0.03, 0.02, 0.01),
        offset=(0.0, 0.02, 0.03),
        matrix=diagonal(0.6, 0.4, 0.3),
        noise=diagonal(0.006, 0.004, 0.002),
        signal=names,
        signal_offset=(0.0, 0.0, 0.0),
        signal_matrix=tuple((0.1,) * len(names) for _ in range(3)),
        signal_noise=diagonal(0.1, 0.1, 0.1),
        coverage=(0.94, 0.95, 0.96),
        rows=900,
        calibrated_on="a test",
    )


def situation(count: int) -> Situation:
    sentences = tuple(Sentence(index=i, text="four words of text", start=i, end=i + 1) for i in range(count))
    return Situation(
        language="en", language_source="test", sentences=sentences, clauses=(), stakeholders=(), options=()
    )


def probabilities(count: int) -> list[dict[str, float]]:
    """Joy comes every fourth sentence, love every second; nothing else is felt."""
    felt = {"joy": lambda i: 0.9 * (i % 4 == 0), "love": lambda i: 0.9 * (i % 2 == 0)}
    return [{name: felt[name](i) if name in felt else 0.0 for name in PRESETS} for i in range(count)]


def test_a_text_that_brightens_turns_where_it_does_and_has_bands_around_every_sentence(calibration) -> None:
    signal = signal_estimate(probabilities(6), situation(6), calibration)
    found = smoothed_trajectory(TURNING, signal, calibration, None, 0.25)
    assert [(turn.sentence, round(turn.valence, 2)) for turn in found.turns] == [(3, 1.07)]
    assert all(p.valence.low < p.valence.value < p.valence.high for p in found.points)
    assert found.points[0].valence.value < 0 < found.points[5].valence.value
    assert found.coverage == {"valence": 0.94, "arousal": 0.95, "dominance": 0.96}
    assert (found.calibrated_on, found.level) == ("a test", 0.95)


def test_fewer_than_six_sentences_have_bands_but_no_turns_and_say_why(calibration) -> None:
    signal = signal_estimate(probabilities(5), situation(5), calibration)
    found = smoothed_trajectory(TURNING[:5], signal, calibration, None, 0.25)
    assert (len(found.points), found.turns) == (5, None)
    assert found.turns_reason == "'5' points: change points need 6 or more"


def test_what_the_llm_said_of_the_whole_is_a_second_measurement_and_is_named(calibration) -> None:
    signal = signal_estimate(probabilities(6), situation(6), calibration)
    without = smoothed_trajectory(TURNING, signal, calibration, None, 0.25)
    told = smoothed_trajectory(TURNING, signal, calibration, {"valence": 0.9}, 0.1)
    assert all(a.valence.value > b.valence.value for a, b in zip(told.points, without.points, strict=True))
    assert all(a.valence.high - a.valence.low < b.valence.high - b.valence.low
               for a, b in zip(told.points, without.points, strict=True))  # fmt: skip
    # Nothing ties the dimensions in this calibration: what was not said changes nothing.
    assert [point.arousal.value for point in told.points] == pytest.approx([p.arousal.value for p in without.points])
    assert told.fused_from[-1] == "llm: valence of the whole, deviation 0.1 assumed"
    assert not any(source.startswith("llm") for source in without.fused_from)


def test_bands_that_an_llm_narrowed_were_not_measured_and_say_so(calibration) -> None:
    signal = signal_estimate(probabilities(6), situation(6), calibration)
    without = smoothed_trajectory(TURNING, signal, calibration, None, 0.25)
    told = smoothed_trajectory(TURNING, signal, calibration, {"valence": 0.9}, 0.1)
    assert (told.coverage, told.calibrated_on) == (None, None) and "LLM" in told.unmeasured_reason
    assert without.coverage and without.calibrated_on and without.unmeasured_reason is None


def test_the_signal_path_is_named_only_where_it_moved_a_sentence(calibration) -> None:
    signal = signal_estimate(probabilities(6), situation(6), calibration)
    assert smoothed_trajectory(TURNING, signal, calibration, None, 0.25).fused_from == ("head: each sentence",)
    sharp = calibration.model_copy(update={"signal_noise": diagonal(1e-4, 1e-4, 1e-4)})
    moved = smoothed_trajectory(TURNING, signal, sharp, None, 0.25)
    assert moved.fused_from[1] == "signal: by covariance intersection, which moved 6 of 6 sentences"
    assert {point.smoother_weight for point in moved.points} != {1.0}


def test_a_shift_that_noise_makes_in_one_of_six_short_texts_is_no_turn(calibration) -> None:
    signal = signal_estimate(probabilities(6), situation(6), calibration)
    spread = calibration.model().reading_spread()
    slight = TURNING * np.sqrt(8.5 * spread[0, 0] / 6) / 0.535  # between the criterion's price and what is asked
    assert change_points(slight, spread) == (3,)
    assert smoothed_trajectory(slight, signal, calibration, None, 0.25).turns == ()


def test_a_short_text_has_envelopes_but_no_spectra_and_says_why(calibration) -> None:
    signal = signal_estimate(probabilities(6), situation(6), calibration)
    joy = signal.emotions["joy"]
    assert (joy.peak, joy.peak_sentence, len(joy.envelope)) == (pytest.approx(0.9), 0, 6)
    assert (joy.spectrum, joy.wavelet, joy.reason) == (None, None, "'6' points: a spectrum needs 32 or more")
    assert joy.variance > 0
    assert signal.emotions["fear"].autocorrelation is None
    assert signal.resonances == ()


def test_a_long_text_with_two_rhythms_has_spectra_that_resonate(calibration) -> None:
    signal = signal_estimate(probabilities(64), situation(64), calibration)
    assert signal.emotions["love"].spectrum.peak == pytest.approx(0.5)
    assert signal.emotions["love"].spectrum.windows[0].peak == pytest.approx(0.5)
    assert sum(signal.emotions["joy"].wavelet) == pytest.approx(1)
    assert signal.emotions["fear"].reason == "the series stays at '0': a spectrum needs something that varies"
    assert all(set(one.emotions) == {"joy", "love"} for one in signal.resonances)


def test_probabilities_without_a_rhythm_seldom_seem_to_have_one_however_long_their_envelopes_ring(calibration) -> None:
    """Sentences of a second, envelopes that fade over five: the envelopes have a memory, the probabilities none."""
    rng = np.random.default_rng(0)
    texts = [[dict(zip(PRESETS, rng.beta(1, 9, 7).tolist(), strict=True)) for _ in range(40)] for _ in range(40)]
    found = [one for text in texts for one in signal_estimate(text, situation(40), calibration).emotions.values()]
    tested = [one.spectrum.p_value for one in found if one.spectrum.p_value is not None]
    assert 0.02 <= np.mean(np.array(tested) < 0.05) <= 0.08  # 5 %, give or take the sampling error of 280
    ringing = [spectrum(np.array(one.envelope)).p_value for one in found]
    assert np.mean([p is not None and p < 0.05 for p in ringing]) > 0.08  # they would not pass


def test_emotions_that_take_turns_are_opposed(calibration) -> None:
    def felt(i: int) -> dict[str, float]:
        swing = 0.4 * np.cos(i * np.pi / 4)
        return dict.fromkeys(PRESETS, 0.0) | {"joy": 0.5 + swing, "fear": 0.5 - swing}

    (found,) = signal_estimate([felt(i) for i in range(64)], situation(64), calibration).resonances
    assert (set(found.emotions), found.kind, found.effect) == ({"joy", "fear"}, "unison", "opposed")
    assert found.phase == pytest.approx(np.pi, abs=0.01)


def test_two_sentences_are_too_few_for_a_sway_and_none_is_made_up(calibration) -> None:
    found = signal_estimate(probabilities(2), situation(2), None).emotions["joy"]
    assert (found.variance, found.autocorrelation) == (None, None)


def test_what_the_envelopes_imply_needs_a_calibration(calibration) -> None:
    with_one = signal_estimate(probabilities(3), situation(3), calibration)
    assert signal_estimate(probabilities(3), situation(3), None).dimensions is None
    assert with_one.dimensions[0] == pytest.approx([envelopes_of(with_one, calibration)[0].sum() / 10] * 3)


def test_every_number_of_the_trajectory_says_what_it_is() -> None:
    models = [found for found in vars(trajectory).values() if getattr(found, "__module__", "") == trajectory.__name__]
    bare = [
        f"{one.__name__}.{name}" for one in models for name, field in one.model_fields.items() if not field.description
    ]
    assert len(models) == 9 and bare == []


def test_a_calibration_survives_its_file_and_a_wrong_one_is_refused(calibration) -> None:
    fields = json.loads(calibration.model_dump_json())
    assert TrackCalibration.model_validate(fields) == calibration
    with pytest.raises(ValidationError, match="no covariance"):
        TrackCalibration.model_validate({**fields, "transition": diagonal(1.5, 0.2, 0.1)})
    with pytest.raises(ValidationError, match="signal_matrix has shape"):
        TrackCalibration.model_validate({**fields, "signal": ["joy"]})
