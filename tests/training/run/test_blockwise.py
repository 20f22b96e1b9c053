"""Numbers in 8 bits, and float32 in two halves."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from redheart.training.run.optimizers.blockwise import BLOCK, Codebook, positive_code, signed_code
from redheart.training.run.optimizers.rounded import join, split

CPU = torch.device("cpu")
SIGNED, POSITIVE = Codebook(signed_code(), CPU), Codebook(positive_code(), CPU)
numbers = st.floats(-1e3, 1e3, width=32, allow_subnormal=False)
blocks = arrays(np.float32, st.integers(1, 3).map(lambda count: count * BLOCK), elements=numbers)


@pytest.mark.parametrize("code", [signed_code(), positive_code()])
def test_a_code_is_256_ascending_values_up_to_one(code: torch.Tensor) -> None:
    assert len(code) == 256
    assert bool((code.diff() > 0).all())
    assert code[-1] == 1


@given(blocks)
@settings(max_examples=60, deadline=None)
def test_a_round_trip_is_off_by_less_than_a_hundredth_of_the_blocks_largest(values: np.ndarray) -> None:
    given_ = torch.from_numpy(values)
    back = SIGNED.decode(*SIGNED.encode(given_))
    scales = given_.view(-1, BLOCK).abs().amax(1, keepdim=True)
    assert bool(((back - given_).view(-1, BLOCK).abs() <= 0.01 * scales + 1e-37).all())


@given(blocks)
@settings(max_examples=60, deadline=None)
def test_positive_numbers_are_off_by_half_as_much(values: np.ndarray) -> None:
    given_ = torch.from_numpy(np.abs(values))
    back = POSITIVE.decode(*POSITIVE.encode(given_))
    scales = given_.view(-1, BLOCK).amax(1, keepdim=True)
    assert bool(((back - given_).view(-1, BLOCK).abs() <= 0.006 * scales + 1e-37).all())


def test_codes_are_their_own_nearest() -> None:
    for code, book in ((signed_code(), SIGNED), (positive_code(), POSITIVE)):
        assert book.encode(code)[0].tolist() == list(range(256))


def test_a_small_second_moment_never_becomes_zero() -> None:
    values = torch.full((BLOCK,), 1e-12)
    values[0] = 1.0
    assert bool((POSITIVE.decode(*POSITIVE.encode(values)) > 0).all())


def test_blocks_do_not_know_one_another() -> None:
    small, large = torch.full((BLOCK,), 1e-6), torch.full((BLOCK,), 1e6)
    back = SIGNED.decode(*SIGNED.encode(torch.cat([small, large])))
    torch.testing.assert_close(back, torch.cat([small, large]))


def test_zeros_stay_zeros() -> None:
    zeros = torch.zeros(BLOCK)
    assert bool((SIGNED.decode(*SIGNED.encode(zeros)) == 0).all())
    assert bool((POSITIVE.decode(*POSITIVE.encode(zeros)) == 0).all())


@given(arrays(np.float32, 64, elements=st.floats(width=32, allow_nan=False, allow_infinity=False)))
@settings(max_examples=200, deadline=None)
def test_two_halves_give_back_every_bit(values: np.ndarray) -> None:
    given_ = torch.from_numpy(values)
    high, low = split(given_)
    assert join(high, low).view(torch.int32).equal(given_.view(torch.int32))


@given(arrays(np.float32, 64, elements=st.floats(-(2.0**100), 2.0**100, width=32)))
@settings(max_examples=100, deadline=None)
def test_the_upper_half_is_the_nearest_bfloat16(values: np.ndarray) -> None:
    given_ = torch.from_numpy(values)
    ours, theirs = split(given_)[0].double(), given_.bfloat16().double()
    assert (given_.double() - ours).abs().equal((given_.double() - theirs).abs())
