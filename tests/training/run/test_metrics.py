import numpy as np
import pytest

from redheart.nn.network.targets import TARGETS
from redheart.training.run.intervals import interval
from redheart.training.run.metrics import baseline_metrics, document_metrics, main_metric, pair_metrics

NAN = float("nan")


def labels(rows: int = 200, seed: int = 0) -> np.ndarray:
    return (np.random.default_rng(seed).random((rows, 28)) < 0.2).astype(np.float32)


def test_perfect_labels_have_a_macro_f1_of_one_and_noise_stays_near_the_constant() -> None:
    truth = labels()
    noise = np.random.default_rng(1).normal(size=truth.shape)
    constant = baseline_metrics("emotion", truth, truth)["macro_f1"]
    assert document_metrics("emotion", 20 * truth - 10, truth)["macro_f1"] == 1.0
    assert abs(document_metrics("emotion", noise, truth)["macro_f1"] - constant) < 0.1


def test_the_constant_that_says_every_label_is_the_baseline_of_labels() -> None:
    truth = np.array([[1.0], [0.0], [0.0], [1.0]])
    assert baseline_metrics("causal", truth, truth)["macro_f1"] == pytest.approx(2 * 0.5 / 1.5)


def test_a_label_that_never_varies_gives_no_metric_rather_than_a_perfect_one() -> None:
    truth = np.zeros((50, 1))
    assert document_metrics("causal", np.full((50, 1), -9.0), truth) == {}
    assert baseline_metrics("causal", truth, truth) == {}


def test_the_most_frequent_class_is_the_baseline_of_classes() -> None:
    taught, truth = np.eye(5)[[0, 0, 0, 1]], np.eye(5)[[0, 1, 1, 0]]
    assert baseline_metrics("duration", taught, truth)["accuracy"] == 0.5


def test_numbers_are_judged_on_what_is_known_alone() -> None:
    truth = np.full((40, 10), NAN)
    truth[:, 0] = np.linspace(0.05, 0.95, 40)
    raw = np.random.default_rng(0).normal(size=(40, 10))
    raw[:, 0] = np.log(truth[:, 0] / (1 - truth[:, 0]))
    found = document_metrics("factors", raw, truth)
    assert found["r"] == pytest.approx(1.0) and found["rmse"] == pytest.approx(0.0, abs=1e-6)


def test_a_mean_has_no_correlation() -> None:
    truth = np.random.default_rng(0).random((30, 3))
    found = baseline_metrics("dimensions", truth, truth)
    assert found["r"] == 0.0
    assert found["rmse"] == pytest.approx(float(truth.std(0).mean()), rel=0.05)


def test_a_tie_of_a_pair_is_half_right() -> None:
    assert pair_metrics(np.array([1.0, 0.0, -1.0, 2.0]))["accuracy"] == 0.625


def test_every_target_has_a_main_metric() -> None:
    assert all(main_metric(name).startswith(f"{name} ") for name in TARGETS)


def test_thresholds_of_an_interval_come_from_the_other_split() -> None:
    """A split whose logits lie ten higher gives a threshold that no judged row reaches."""
    raw = np.random.default_rng(0).normal(size=(200, 1))
    truth = (raw > 0).astype(np.float64)
    own, foreign = (
        interval("polarity", (raw, truth), (raw, truth)),
        interval("polarity", (raw + 10, truth), (raw, truth)),
    )
    assert own is not None and foreign is not None
    assert own.value > 0.9 and own.low <= own.value <= own.high
    assert foreign.value == 0.0


def test_a_constant_guess_has_no_interval() -> None:
    truth = np.random.default_rng(0).random((10, 3))
    assert interval("dimensions", (np.zeros((10, 3)), truth), (np.zeros((10, 3)), truth)) is None


def test_what_never_varies_has_no_correlation_in_single_precision_either() -> None:
    truth = np.full((40, 4), 0.9, np.float32)
    guess = np.random.default_rng(0).normal(size=(40, 4)).astype(np.float32)
    assert "r" not in document_metrics("surd", guess, truth)
    assert interval("surd", (guess, truth), (guess, truth)) is None
