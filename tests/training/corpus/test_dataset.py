import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from redheart.training.corpus.dataset import Dataset


@st.composite
def datasets(draw: st.DrawFn) -> Dataset:
    """Documents of 0 to 4 sentences, whose vectors are (document, sentence); samples of one document, or of two."""
    pairs = draw(st.lists(st.booleans(), min_size=1, max_size=12))
    documents = sum(1 + pair for pair in pairs)
    lengths = draw(st.lists(st.integers(0, 4), min_size=documents, max_size=documents))
    vectors = [[float(d), float(s)] for d, length in enumerate(lengths) for s in range(length)]
    known = draw(st.lists(st.sampled_from([float("nan"), 0.0, 1.0]), min_size=2 * documents, max_size=2 * documents))
    which = [draw(st.sampled_from([-1, 0, 1])) if pair else -1 for pair in pairs]
    return Dataset(
        vectors=torch.tensor(vectors).reshape(-1, 2),
        starts=np.cumsum([0, *lengths]),
        first=np.cumsum([0, *(1 + pair for pair in pairs)]),
        targets={"x": torch.tensor(known).reshape(-1, 2)},
        preferred={"better": np.array(which, np.int8)},
    )


def chosen(data: Dataset, seed: int) -> np.ndarray:
    """Some samples in some order, some of them twice."""
    rng = np.random.default_rng(seed)
    return rng.integers(0, len(data), rng.integers(1, 2 * len(data) + 1))


def documents_of(data: Dataset, sample: int) -> range:
    return range(data.first[sample], data.first[sample + 1])


def places(data: Dataset, samples: np.ndarray) -> list[tuple[int, int]]:
    """(sample's place, document) of each document of a batch, shorter ones first, in the order of the samples."""
    every = [(at, j) for at, i in enumerate(samples) for j in documents_of(data, i)]
    return sorted(every, key=lambda each: data.starts[each[1] + 1] - data.starts[each[1]])


@given(datasets(), st.integers(0, 99))
def test_shorter_documents_come_first_each_with_its_own_sentences(data: Dataset, seed: int) -> None:
    samples = chosen(data, seed)
    batch, origin = data.batch_with_origin(samples)
    expected = places(data, samples)
    views = [document for view in batch.documents.views() for document in view]
    assert len(views) == batch.documents.documents == len(expected)
    assert origin.tolist() == [at for at, _ in expected]
    for view, (_, document) in zip(views, expected, strict=True):
        assert view.equal(data.vectors[data.starts[document] : data.starts[document + 1]])


@given(datasets(), st.integers(0, 99))
def test_targets_go_with_their_documents_and_what_nobody_said_is_left_out(data: Dataset, seed: int) -> None:
    samples = chosen(data, seed)
    batch = data.batch(samples)
    expected = data.targets["x"][[document for _, document in places(data, samples)]]
    if expected.isnan().all():
        assert batch.targets == {}
    else:
        assert batch.targets["x"].nan_to_num(-1).equal(expected.nan_to_num(-1))


@given(datasets(), st.integers(0, 99))
def test_a_pair_points_at_its_two_documents_the_preferred_one_first(data: Dataset, seed: int) -> None:
    samples = chosen(data, seed)
    expected, asked = places(data, samples), [at for at, i in enumerate(samples) if data.preferred["better"][i] >= 0]
    batch = data.batch(samples)
    assert ("better" in batch.pairs) == bool(asked)
    for at, pair in zip(asked, batch.pairs.get("better", []), strict=True):
        found = [expected[place] for place in pair.tolist()]
        turn = int(data.preferred["better"][samples[at]])
        one, other = documents_of(data, samples[at])
        assert found == [(at, (one, other)[turn]), (at, (one, other)[1 - turn])]


@given(datasets(), st.integers(0, 99))
def test_what_is_known_is_what_a_batch_holds(data: Dataset, seed: int) -> None:
    samples = chosen(data, seed)
    batch = data.batch(samples)
    held = {name: float((~values.isnan()).sum()) for name, values in batch.targets.items()}
    assert data.known(samples) == held | {name: float(len(pairs)) for name, pairs in batch.pairs.items()}


def test_a_document_without_sentences_takes_its_place_first() -> None:
    data = Dataset(torch.ones(2, 3), np.array([0, 2, 2]), np.array([0, 1, 2]), {}, {})
    batch = data.batch(np.array([0, 1]))
    assert batch.documents.groups == ((1, 0), (1, 2))
    assert data.batch_with_origin(np.array([0, 1]))[1].tolist() == [1, 0]


def test_only_the_outputs_that_are_taught_are_kept() -> None:
    values = torch.tensor([[1.0, float("nan"), 0.0]])
    data = Dataset(
        torch.ones(1, 2), np.array([0, 1]), np.array([0, 1]), {"x": values, "y": values}, {"p": np.array([-1])}
    )
    kept = data.restricted({"x": [2, 0]})
    assert kept.targets["x"].tolist() == [[0.0, 1.0]]
    assert set(kept.targets) == {"x"}
    assert kept.preferred == {}


def test_an_empty_dataset_has_nothing_and_knows_nothing() -> None:
    data = Dataset(torch.empty(0, 2), np.array([0]), np.array([0]), {"x": torch.empty(0, 1)}, {})
    assert (len(data), data.taught()) == (0, frozenset())


def test_a_batch_of_vectors_in_bfloat16_keeps_their_type() -> None:
    data = Dataset(torch.ones(2, 3, dtype=torch.bfloat16), np.array([0, 2]), np.array([0, 1]), {}, {})
    assert data.batch(np.array([0])).documents.values.dtype == torch.bfloat16


@pytest.mark.parametrize("count", [1, 3])
def test_a_sample_drawn_twice_is_there_twice(count: int) -> None:
    data = Dataset(torch.ones(1, 2), np.array([0, 1]), np.array([0, 1]), {"x": torch.ones(1, 1)}, {})
    batch = data.batch(np.zeros(count, np.int64))
    assert (batch.samples, batch.documents.documents, len(batch.targets["x"])) == (count, count, count)
