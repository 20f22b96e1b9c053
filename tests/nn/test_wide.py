"""The wide table: what any of the sentences of a text give."""

import numpy as np
import pytest
import torch
from scipy.sparse import csr_matrix

from redheart.nn.ngrams import counted
from redheart.nn.wide import WideTable, documents_of

SENTENCES = ["I like it", "I do not", "그냥 좋아요 ㅠㅠ"]


@pytest.fixture
def table() -> WideTable:
    """Every n-gram of the sentences but those of 'not', with weights of three outputs."""
    keys = counted(["I like it", "I do", "그냥 좋아요 ㅠㅠ"]).keys
    rng = np.random.default_rng(3)
    made = WideTable(len(keys), 3)
    made.keys.copy_(torch.from_numpy(keys))
    made.rarity.copy_(torch.from_numpy(rng.uniform(1, 9, len(keys))))
    made.weights.copy_(torch.from_numpy(rng.integers(-127, 128, (len(keys), 3))))
    made.scale.copy_(torch.tensor([0.1, 0.02, 0.5]))
    made.bias.copy_(torch.tensor([-1.0, 0.0, 2.0]))
    return made


def read(table: WideTable, present: list[list[int]]) -> np.ndarray:
    """Documents of the three sentences."""
    return table.read(counted(SENTENCES), csr_matrix(np.array(present, dtype=np.float32)))


def test_a_subset_is_what_its_sentences_are_alone(table: WideTable) -> None:
    some = table.read(counted([SENTENCES[0], SENTENCES[2]]), documents_of([(0, 1)], 2))
    np.testing.assert_allclose(read(table, [[1, 0, 1], [1, 1, 1]])[0], some[0], atol=1e-5)


def test_no_sentence_and_unknown_sentences_give_the_bias(table: WideTable) -> None:
    unknown = table.read(counted(["zzz"]), documents_of([(0,)], 1))[0]
    np.testing.assert_allclose(read(table, [[0, 0, 0]])[0], table.bias)
    np.testing.assert_allclose(unknown, table.bias)


def test_the_logits_are_those_of_counts_rarities_and_length(table: WideTable) -> None:
    twice = counted(["I like it", "I like it"])
    keys, counts = twice.keys, np.asarray(twice.counts.sum(0)).ravel()
    slots = np.searchsorted(table.keys.numpy(), keys)
    x = (1 + np.log(counts)) * table.rarity.double().numpy()[slots]
    expected = x / np.linalg.norm(x) @ (table.weights.double().numpy()[slots] * [0.1, 0.02, 0.5]) + [-1, 0, 2]
    np.testing.assert_allclose(table.read(twice, documents_of([(0, 1)], 2))[0], expected, atol=1e-4)


def test_many_documents_read_in_steps_are_as_one_by_one(table: WideTable, monkeypatch: pytest.MonkeyPatch) -> None:
    present = [[int(bit) for bit in f"{number:03b}"] for number in range(8)]
    at_once = read(table, present)
    monkeypatch.setattr("redheart.nn.wide.AT_ONCE", 1)
    np.testing.assert_allclose(read(table, present), at_once, atol=1e-6)


def test_an_empty_table_gives_its_bias() -> None:
    empty = WideTable(0, 2)
    assert empty.read(counted(["a b"]), documents_of([(0,)], 1)).tolist() == [[0.0, 0.0]]


def test_no_document_gives_no_row(table: WideTable) -> None:
    assert table.read(counted(SENTENCES), documents_of([], 3)).shape == (0, 3)


def test_a_sentence_that_stands_twice_counts_twice(table: WideTable) -> None:
    of = counted(SENTENCES)
    twice = table.read(of, documents_of([(0, 2, 0)], 3))
    np.testing.assert_allclose(twice, table.read(counted([*SENTENCES, SENTENCES[0]]), documents_of([(0, 2, 3)], 4)))
    assert not np.allclose(twice, table.read(of, documents_of([(0, 2)], 3)))


def test_some_outputs_are_those_of_all(table: WideTable) -> None:
    of, all_three = counted(SENTENCES), documents_of([(0, 1, 2), (1,)], 3)
    np.testing.assert_allclose(table.read(of, all_three, [2, 0]), table.read(of, all_three)[:, [2, 0]])
