"""Which wide parts a model gets: those that help on dev, weighed by dev."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from redheart.nn.model import Architecture, CompactModel
from redheart.nn.ngrams import counted
from redheart.nn.wide import WideTable, documents_of
from redheart.training.data import Row
from redheart.training.wide import choose
from redheart.training.wide.choose import Tried, digest_of, weighed, widen
from redheart.types.encoding import Passage

WORDS = {"counterfactual": "had I only known better", "not_counterfactual": "it rained all day long"}


def rows(split: str) -> list[Row]:
    """Labels that words tell, mostly."""
    rng = np.random.default_rng(0)
    said = rng.choice(list(WORDS), 200)
    labels = np.where(rng.random(200) < 0.85, said, rng.permutation(said))
    return [
        Row(str(at), f"{WORDS[words]} {at}", split, "en", labels=(str(label),))
        for at, (words, label) in enumerate(zip(said, labels, strict=True))
    ]


@dataclass
class Guesses:
    """Reads nothing: random deep logits."""

    model: CompactModel

    def raw(self, documents: Sequence[Sequence[str]], heads: Sequence[str]) -> dict[str, np.ndarray]:
        rng = np.random.default_rng(1)
        return {head: rng.normal(size=(len(documents), 1)) + 0.1 for head in heads}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> Guesses:
    monkeypatch.setattr("redheart.training.finetune.documents.read_rows", lambda _: (*rows("train"), *rows("dev")))
    return Guesses(CompactModel(Architecture(encoder_dim=8, width=8, attention_heads=2), ["counterfactual", "kote"]))


def widened(reads: Guesses, least_gain: float, folder: Path) -> dict[str, Tried]:
    done: list[int] = []
    return widen(reads, {"counterfactual": 50}, least_gain, folder, lambda: done.append(1))  # type: ignore[arg-type]


def test_a_wide_part_that_helps_is_kept_and_weighs_what_dev_says(reads: Guesses, tmp_path: Path) -> None:
    tried = widened(reads, 0.01, tmp_path)["counterfactual"]
    assert tried.kept and tried.weight > 1 and tried.sets["semeval_cfd"].gain > 0.1
    assert set(reads.model.wide()) == {"counterfactual"}


def test_one_that_does_not_help_enough_is_left_out(reads: Guesses, tmp_path: Path) -> None:
    assert not widened(reads, 0.95, tmp_path)["counterfactual"].kept
    assert reads.model.wide() == {}


def test_a_head_that_the_model_lacks_is_passed_over(reads: Guesses, tmp_path: Path) -> None:
    assert widen(reads, {"emotion": 50}, 0.0, tmp_path, lambda: None) == {}  # type: ignore[arg-type]


def test_what_was_learned_is_not_learned_again(reads: Guesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = widened(reads, 0.01, tmp_path)
    monkeypatch.setattr(choose, "candidates", None)
    assert widened(reads, 0.01, tmp_path) == first


def test_other_rows_are_learned_anew() -> None:
    passages: list[Passage] = ["a", ("b", "c")]
    truth = np.array([[0.0], [1.0]])
    others = [digest_of(["a", ("b", "d")], truth), digest_of(passages, 1 - truth)]
    assert digest_of(passages, truth) == digest_of(list(passages), truth.copy()) not in others


def test_the_weight_is_in_the_table(reads: Guesses, tmp_path: Path) -> None:
    widened(reads, 0.01, tmp_path)
    table = reads.model.wide()["counterfactual"]
    of, one = counted(["had I only"]), documents_of([(0,)], 1)
    assert isinstance(table, WideTable)
    np.testing.assert_allclose(weighed(table, 2.0).read(of, one), 2 * table.read(of, one), rtol=1e-5)
