"""Scores on the test split, and the constants beside them."""

from pathlib import Path

import pytest
import torch

from redheart.training.corpus.dataset import Dataset
from redheart.training.report.listener import Quiet
from redheart.training.report.story import Score
from redheart.training.run.finish import scores, validation_baselines
from redheart.training.run.judge import NetworkJudge
from redheart.training.run.metrics import baseline_metrics
from tests.training.run.prepared import prepared, splits_of

STRANGE = 5  # an output of 'emotion'


def emotion_scores(out: Path, splits: dict[str, Dataset]) -> list[Score]:
    run = prepared(out, splits)
    learner = run.blueprint.learner(splits["train"], 0)
    judge = NetworkJudge(learner.network, splits, learner.objective)
    return [score for score in scores(run, judge, Quiet()) if score.target == "emotion"]


def known(split: Dataset, target: str = "emotion") -> torch.Tensor:
    """Rows of documents that have the target."""
    truth = split.targets[target]
    return ~truth.isnan().all(1)


def test_a_baseline_counts_the_labels_of_its_score_and_no_others(tmp_path: Path) -> None:
    splits = splits_of()
    # Never said on validation, so it has no threshold and no say in the score; on test it is said nearly always.
    rows = known(splits["validation"])
    splits["validation"].targets["emotion"][rows, STRANGE] = 0.0
    asked = known(splits["test"]).nonzero()[:, 0]
    splits["test"].targets["emotion"][asked, STRANGE] = 1.0
    splits["test"].targets["emotion"][asked[0], STRANGE] = 0.0
    others = splits["test"].targets["emotion"].clone()
    others[:, STRANGE] = float("nan")
    taught = splits["train"].targets["emotion"].numpy()
    expected = baseline_metrics("emotion", taught, others.numpy())["macro_f1"]
    assert expected != pytest.approx(
        baseline_metrics("emotion", taught, splits["test"].targets["emotion"].numpy())["macro_f1"]
    )
    found = emotion_scores(tmp_path / "run", splits)
    assert found and all(score.baseline == pytest.approx(expected) for score in found)


def test_the_baselines_of_validation_are_of_the_labels_that_are_measured_there(tmp_path: Path) -> None:
    splits = splits_of()
    before = validation_baselines(prepared(tmp_path / "before", splits))["emotion macro_f1"]
    splits["validation"].targets["emotion"][known(splits["validation"]), STRANGE] = 0.0
    assert validation_baselines(prepared(tmp_path / "after", splits))["emotion macro_f1"] == pytest.approx(before)


def test_one_half_is_the_baseline_of_pairs(tmp_path: Path) -> None:
    run = prepared(tmp_path / "run")
    learner = run.blueprint.learner(run.splits["train"], 0)
    judge = NetworkJudge(learner.network, run.splits, learner.objective)
    pairs = [score for score in scores(run, judge, Quiet()) if score.target == "utility"]
    assert pairs and all(score.baseline == 0.5 for score in pairs)
