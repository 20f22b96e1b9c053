"""Where tensors lie in chunks."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.memory.weights.layout import ALIGNMENT, CHUNK_BYTES, TensorSpec, lay_out

LIMIT = 4096


def specs(*sizes):
    return [TensorSpec(f"t{index}", "uint8", (size,), size) for index, size in enumerate(sizes)]


@given(st.lists(st.integers(0, 3 * LIMIT), max_size=40))
def test_every_tensor_lies_whole_aligned_and_in_order_in_chunks_that_are_not_too_large(sizes):
    layout = lay_out(specs(*sizes), LIMIT)
    assert [place.spec.name for place in layout.places()] == [f"t{index}" for index in range(len(sizes))]
    for places, size in zip(layout.chunks, layout.chunk_bytes, strict=True):
        assert all(place.offset % ALIGNMENT == 0 for place in places)
        assert all(before.end <= after.offset for before, after in pairwise(places))
        assert size <= LIMIT or sum(place.spec.nbytes > 0 for place in places) == 1


@given(st.lists(st.integers(1, LIMIT), min_size=2, max_size=40))
def test_no_chunk_begins_before_the_one_before_is_full(sizes):
    layout = lay_out(specs(*sizes), LIMIT)
    for before, after in pairwise(layout.chunks):
        aligned = -(-before[-1].end // ALIGNMENT) * ALIGNMENT
        assert aligned + after[0].spec.nbytes > LIMIT


def test_tensor_larger_than_a_chunk_has_one_of_its_own():
    layout = lay_out(specs(100, 3 * LIMIT, 100), LIMIT)
    assert [len(places) for places in layout.chunks] == [1, 1, 1]
    assert layout.chunk_bytes == (100, 3 * LIMIT, 100)


def test_chunks_are_of_64_mib():
    half = CHUNK_BYTES // 2
    assert CHUNK_BYTES == 64 * 2**20
    assert lay_out(specs(half, half, 1)).chunk_bytes == (CHUNK_BYTES, 1)


def test_digest_tells_layouts_apart():
    same, other = lay_out(specs(10, 20), LIMIT), lay_out(specs(20, 10), LIMIT)
    floats = lay_out([TensorSpec("t0", "int8", (10,), 10), *specs(0, 20)[1:]], LIMIT)
    assert len({same.digest, other.digest, floats.digest, lay_out(specs(10, 20), 256).digest}) == 4
    assert same.digest == lay_out(specs(10, 20), LIMIT).digest


def test_name_given_twice_is_refused():
    with pytest.raises(ValueError, match="'t0' is laid out twice"):
        lay_out([*specs(1), TensorSpec("other", "uint8", (1,), 1, ("t0",))])
