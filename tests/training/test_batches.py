import numpy as np
import pytest
import torch

from redheart.training.batches import Dataset
from redheart.training.data import Row
from redheart.training.features import Features
from redheart.types.emotions import EMOTIONS


def features(rows: list[Row], sentences_a_text: list[int]) -> Features:
    """Every sentence has two tokens of three numbers: its own number, three times."""
    count = sum(sentences_a_text)
    tokens = np.repeat(np.arange(count), 2)[:, None].repeat(3, 1).astype(np.float16)
    starts = np.arange(count + 1) * 2
    return Features(tokens, starts, np.concatenate([[0], np.cumsum(sentences_a_text)]), tuple(rows))


def emotion_row(number: int, *labels: str) -> Row:
    return Row(id=str(number), text="t", split="train", lang="en", labels=labels)


@pytest.fixture
def dataset() -> Dataset:
    rows = [emotion_row(0, "joy"), emotion_row(1, "neutral"), emotion_row(2, "fear"), emotion_row(3, "neutral")]
    return Dataset("goemotions_en", features(rows, [1, 2, 3, 1]))


def test_without_a_generator_documents_are_the_texts_as_they_are(dataset: Dataset) -> None:
    batch = dataset.batch(np.array([2, 0]), None)
    numbers = [[batch.tokens[i, 0, 0].item() for i in document if i >= 0] for document in batch.documents]
    assert numbers == [[3.0, 4.0, 5.0], [0.0]]
    assert batch.targets["emotion"][0].nonzero().tolist() == [[EMOTIONS.index("fear")]]


def test_the_same_seed_gives_the_same_batch_and_another_does_not(dataset: Dataset) -> None:
    rows = np.arange(4).repeat(8)
    one, same, other = (dataset.batch(rows, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert torch.equal(one.documents, same.documents)
    assert one.documents.shape != other.documents.shape or not torch.equal(one.documents, other.documents)


def test_joined_documents_carry_the_labels_of_both_and_are_neutral_only_if_both_are(dataset: Dataset) -> None:
    batch = dataset.batch(np.arange(4).repeat(64), np.random.default_rng(0))
    emotion = batch.targets["emotion"]
    neutral = EMOTIONS.index("neutral")
    assert (emotion.sum(1) >= 2).any()
    assert (emotion[emotion[:, neutral] == 1].sum(1) == 1).all()
    assert set(emotion.unique().tolist()) == {0.0, 1.0}


def test_some_documents_are_left_empty_so_that_the_null_reading_learns_the_base_rate(dataset: Dataset) -> None:
    batch = dataset.batch(np.arange(4).repeat(64), np.random.default_rng(0))
    assert (batch.documents < 0).all(1).any()


def test_a_pair_keeps_its_order_and_its_batch_ends_with_the_empty_document() -> None:
    rows = [Row(id=str(i), text="a", text_b="b", split="train", lang="en") for i in range(3)]
    batch = Dataset("ethics_utilitarianism", features(rows, [1] * 6)).batch(np.arange(3), np.random.default_rng(0))
    assert len(batch.documents) == 7
    assert (batch.documents[-1] < 0).all()
    assert (batch.documents[:-1] >= 0).any(1).all()
