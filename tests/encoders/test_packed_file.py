"""Weights in 8 bits come back within half a step."""

from pathlib import Path

import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.torch import save_file

from redheart.encoders.packed_file import from_bytes, packed_state, to_bytes, unpacked


@given(seed=st.integers(0, 1000), scale=st.sampled_from([0.02, 1.0, 50.0]))
def test_every_weight_is_off_by_half_a_step_of_its_block_at_most(seed: int, scale: float) -> None:
    weights = torch.randn(6, 64, generator=torch.Generator().manual_seed(seed)) * scale
    values, scales = to_bytes(weights)
    off = (from_bytes(values, scales) - weights).abs().reshape(6, 2, 32).amax(-1)
    largest = weights.abs().reshape(6, 2, 32).amax(-1)
    assert values.dtype == torch.int8 and bool((off <= largest / 127 * 0.58).all())


def test_a_block_of_zeros_stays_zero() -> None:
    assert bool((from_bytes(*to_bytes(torch.zeros(2, 32))) == 0).all())


def test_a_state_written_and_read_has_its_names_and_shapes_and_plain_vectors_bit_for_bit(tmp_path: Path) -> None:
    state = {"a.weight": torch.randn(4, 32), "a.bias": torch.randn(4), "odd.weight": torch.randn(3, 5)}
    save_file(packed_state(state), tmp_path / "w.safetensors")
    with safe_open(tmp_path / "w.safetensors", framework="pt") as stored:
        back = {name: unpacked(stored, name) for name in state}
    assert {name: value.shape for name, value in back.items()} == {name: value.shape for name, value in state.items()}
    assert torch.equal(back["a.bias"], state["a.bias"]) and torch.equal(back["odd.weight"], state["odd.weight"])
    assert 0 < float((back["a.weight"] - state["a.weight"]).abs().max()) < 0.02
