"""Where rows stand while documents of near lengths are computed side by side."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.nn.network.layout import STRETCH, _layout, layout_of
from redheart.nn.network.packed import Packed, groups_of

CPU = torch.device("cpu")
LENGTHS = st.lists(st.integers(1, 30), min_size=1, max_size=20).map(sorted)


def numbered(lengths: list[int]) -> Packed:
    """Documents whose rows are 0, 1, 2, ..."""
    return Packed(torch.arange(sum(lengths)).float().unsqueeze(1), groups_of(lengths))


@settings(max_examples=60, deadline=None)
@given(LENGTHS)
def test_what_is_put_into_buckets_comes_out_again(lengths: list[int]) -> None:
    documents = numbered(lengths)
    assert torch.equal(documents.from_buckets([part for _, part in documents.buckets()]), documents.values)


@settings(max_examples=60, deadline=None)
@given(LENGTHS)
def test_a_bucket_holds_each_document_from_its_left_and_says_what_is_real(lengths: list[int]) -> None:
    rows = list(numbered(lengths).values.split(lengths))
    for bucket, part in numbered(lengths).buckets():
        for own, real, hidden, length in zip(part, bucket.real, bucket.hidden[:, 0, 0], bucket.lengths, strict=True):
            document = rows.pop(0)
            assert torch.equal(own[: len(document)], document)
            assert real.tolist() == [1.0] * len(document) + [0.0] * (bucket.rows - len(document))
            assert torch.equal(hidden.exp(), real)
            assert length.item() == len(document)
    assert not rows


@settings(max_examples=60, deadline=None)
@given(LENGTHS)
def test_a_bucket_stretches_no_document_beyond_bounds(lengths: list[int]) -> None:
    for bucket in layout_of(groups_of(lengths), CPU).buckets:
        assert bucket.rows == bucket.lengths.max() <= STRETCH * bucket.lengths.min()
        assert bucket.even == bool((bucket.lengths == bucket.rows).all())


def test_near_lengths_make_few_buckets_and_documents_without_rows_one_of_their_own() -> None:
    layout = layout_of(groups_of([0, 0, 1, 1, 2, 3, 4, 5, 6, 7, 24]), CPU)
    assert [(bucket.documents, bucket.rows) for bucket in layout.buckets] == [(2, 0), (3, 2), (4, 6), (1, 7), (1, 24)]


def test_documents_of_one_length_stay_where_they_are() -> None:
    documents = numbered([3, 3])
    ((bucket, part),) = documents.buckets()
    assert part.data_ptr() == documents.values.data_ptr()
    assert bucket.unseen(part) is None


def test_rows_by_place_are_those_of_the_documents_that_go_on() -> None:
    assert [rows.flatten().tolist() for rows in numbered([1, 2, 3]).by_place()] == [[0, 1, 3], [2, 4], [5]]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=9).map(sorted))
def test_a_head_is_put_before_every_document_and_taken_off_again(lengths: list[int]) -> None:
    documents, head = numbered(lengths), torch.tensor([-1.0])
    headed = documents.headed_by(head)
    assert headed.first_rows().flatten().tolist() == [-1.0] * len(lengths)
    assert headed.groups == groups_of([length + 1 for length in lengths])
    assert torch.equal(headed.headless().values, documents.values)
    assert headed.headless().groups == documents.groups


def test_whoever_only_reads_first_leaves_nothing_that_cannot_be_learned_from() -> None:
    _layout.cache_clear()
    documents = numbered([1, 2])
    with torch.inference_mode():
        documents.buckets()
    learned = documents.values.clone().requires_grad_()
    documents.with_values(learned).buckets()[0][1].sum().backward()
    assert learned.grad is not None
    assert learned.grad.flatten().tolist() == pytest.approx([2.0, 1.0, 1.0])


def test_one_batch_has_one_layout() -> None:
    assert numbered([1, 2]).layout is numbered([1, 2]).layout
