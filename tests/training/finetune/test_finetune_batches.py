"""What a batch of fine-tuning holds."""

from pathlib import Path

import numpy as np
import pytest
import torch
from made import documents_of, source

from redheart.training.data import Row
from redheart.training.finetune.batches import Source, merged_targets
from redheart.training.finetune.tasks import Task
from redheart.types.emotions import EMOTIONS

EMOTION = Task("goemotions_en", ("emotion",), "text")
PAIRS = Task("ethics_utilitarianism", ("utility",), "ranked")


def comments(*labels: str) -> list[Row]:
    return [Row(str(at), "t", "train", "en", labels=(label,)) for at, label in enumerate(labels)]


@pytest.fixture
def emotional(tmp_path: Path) -> Source:
    return source(tmp_path, EMOTION, comments("joy", "neutral", "fear", "neutral"), sentences=2)


def test_without_a_generator_documents_are_the_texts_as_they_are(emotional: Source) -> None:
    batch = emotional.batch(np.array([2, 0]), None)
    assert batch.documents.tolist() == [[2, 3], [0, 1]]
    assert len(batch.tokens) == 8 and batch.packing.mask.sum(1).tolist() == [2] * 4
    assert batch.targets["emotion"][0].nonzero().tolist() == [[EMOTIONS.index("fear")]]


def test_joined_documents_carry_the_labels_of_both_and_are_neutral_only_if_both_are(emotional: Source) -> None:
    emotion = emotional.batch(np.arange(4).repeat(64), np.random.default_rng(0)).targets["emotion"]
    neutral = EMOTIONS.index("neutral")
    assert bool((emotion.sum(1) >= 2).any())
    assert bool((emotion[emotion[:, neutral] == 1].sum(1) == 1).all())


def test_some_documents_are_left_empty_so_that_the_null_reading_learns_the_base_rate(emotional: Source) -> None:
    batch = emotional.batch(np.arange(4).repeat(64), np.random.default_rng(0))
    assert bool((batch.documents < 0).all(1).any())


def test_graded_targets_of_joined_documents_average() -> None:
    assert merged_targets("dimensions", np.array([[1.0]]), np.array([[0.0]])).tolist() == [[0.5]]


def test_a_pair_keeps_its_order_and_its_batch_ends_with_the_empty_document(tmp_path: Path) -> None:
    rows = [Row(str(at), "a", "train", "en", text_b="b") for at in range(3)]
    batch = source(tmp_path, PAIRS, rows).batch(np.array([2, 0]), np.random.default_rng(0))
    assert batch.documents.tolist() == [[2], [3], [0], [1], [-1]]


def test_the_stem_reads_a_sentence_once_and_never_again(tmp_path: Path) -> None:
    first = source(tmp_path)
    tokens, lengths = first.cache.read([3, 0, 3])
    assert lengths == [2, 2, 2] and torch.equal(tokens[:2], tokens[4:])

    def refuses(_: list[np.ndarray]) -> torch.Tensor:
        raise AssertionError("asked again")

    second = source(tmp_path)
    second.cache._stem = refuses
    assert torch.equal(second.cache.read([3, 0, 3])[0], tokens)
    with pytest.raises(AssertionError, match="asked again"):
        second.cache.read([5])


def test_a_cache_of_other_rows_is_begun_anew(tmp_path: Path) -> None:
    source(tmp_path).cache.read([0])
    other = source(tmp_path, rows=comments("positive", "negative"))
    assert not other.cache._known.any()


def test_documents_of_a_ranked_task_are_two_a_row() -> None:
    made = documents_of(PAIRS, [Row("0", "a", "train", "en", text_b="b")] * 2, [1, 2, 1, 1])
    assert made.sentences_of(0) == [[0], [1, 2]] and made.sentences_of(1) == [[3], [4]]
