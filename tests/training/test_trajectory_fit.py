import numpy as np
import pytest

from redheart.calculus.course.envelope import PRESETS
from redheart.training import trajectory
from redheart.training.data import Row
from redheart.training.emobank import EmoText, documents
from redheart.training.trajectory import calibration, fit_track, judge

TRANSITION = np.array([[0.6, 0.1, 0.0], [0.0, 0.4, 0.0], [0.1, 0.0, 0.3]])
MATRIX, OFFSET, MEAN = np.diag([0.6, 0.4, 0.3]), np.array([0.01, 0.02, 0.03]), np.array([0.05, 0.0, -0.05])


def made(seed: int, texts: int, sentences: int) -> list[EmoText]:
    """Texts drawn from a known model: every third row is a dev row, and the envelopes see valence dimly."""
    rng, found = np.random.default_rng(seed), []
    for number in range(texts):
        state, gold = rng.normal(0, 0.15, 3), []
        for _ in range(sentences):
            gold.append(MEAN + state)
            state = TRANSITION @ state + rng.normal(0, 0.1, 3)
        held = np.arange(sentences) % 3 == 0
        readings = OFFSET + (np.array(gold) - MEAN) @ MATRIX.T + rng.normal(0, 0.05, (sentences, 3))
        envelopes = np.abs(np.array(gold)[:, :1] + rng.normal(0, 0.1, (sentences, len(PRESETS))))
        found.append(EmoText(f"text {number}", np.array(gold), held, readings, envelopes))
    return found


def test_the_numbers_that_made_the_texts_are_found_again() -> None:
    model = fit_track(made(0, 20, 240))
    assert model.transition == pytest.approx(TRANSITION, abs=0.06)
    assert model.matrix == pytest.approx(MATRIX, abs=0.04)
    assert model.offset == pytest.approx(OFFSET, abs=0.01)
    assert np.diag(model.noise) == pytest.approx([0.0025] * 3, rel=0.15)


def test_bands_cover_what_they_promise_in_texts_that_the_fit_has_not_seen() -> None:
    judged = judge(made(1, 10, 45))
    assert len(judged.errors) == 150
    assert judged.coverage() == pytest.approx([0.95] * 3, abs=0.05)
    assert (judged.deviations < 0.15).all()


def test_neither_gold_labels_of_dev_rows_nor_readings_of_taught_rows_enter_the_fit() -> None:
    texts = made(2, 6, 45)
    before = fit_track(texts)
    for text in texts:
        text.readings[~text.dev] = 99.0
    assert np.array_equal(fit_track(texts).matrix, before.matrix)
    for text in texts:
        text.gold[text.dev] += 5.0
    assert np.array_equal(fit_track(texts).transition, before.transition)


def test_the_judged_text_is_never_among_the_fitted_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    fit, fitted, judged_names = trajectory.fit_track, [], []
    monkeypatch.setattr(trajectory, "fit_track", lambda texts: fitted.append({t.name for t in texts}) or fit(texts))
    track = trajectory.emotion_track
    texts = made(3, 6, 30)
    by_gap = {text.readings[text.dev][0, 0]: text.name for text in texts}

    def spied(model: object, readings: np.ndarray, envelopes: np.ndarray | None) -> object:
        judged_names.append((by_gap[readings[0, 0]], len(fitted) - 1))
        return track(model, readings, envelopes)

    monkeypatch.setattr(trajectory, "emotion_track", spied)
    judge(texts, folds=3)
    assert sorted(name for name, _ in judged_names) == sorted(text.name for text in texts)
    assert not any(name in fitted[fold] for name, fold in judged_names)


def test_a_calibration_says_how_many_rows_judged_it() -> None:
    found = calibration(made(5, 8, 30))
    assert (found.rows, len(found.coverage)) == (80, 3)
    assert found.coverage == pytest.approx([0.95] * 3, abs=0.08)


def test_rows_of_one_document_follow_one_another_by_their_place() -> None:
    ids = ["a_b_900_950", "a_b_20_80", "SemEval_7", "c_1_5"]
    found = documents([Row(i, "text", "train", "en") for i in ids])
    assert {name: [row.id for row in rows] for name, rows in found.items()} == {
        "SemEval_7": ["SemEval_7"],
        "a_b": ["a_b_20_80", "a_b_900_950"],
        "c": ["c_1_5"],
    }


def test_texts_without_neighbours_give_no_dynamics() -> None:
    with pytest.raises(ValueError, match="pairs of neighbouring training rows"):
        fit_track(made(6, 3, 2))
