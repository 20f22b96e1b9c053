"""Blending: what helps is given weight, what does not is not, and no row helps to judge itself."""

import numpy as np
import pytest

from redheart.errors import InputError
from redheart.training.wide.blend import blend, blend_weight, cross_fitted
from redheart.training.wide.heads import part_of

ROWS = 2_000


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """(deep, wide, truth) (rows, 2): each logit knows another half of what makes the truth, the wide one in halves."""
    rng = np.random.default_rng(seed)
    deep, other = rng.normal(0, 2, (ROWS, 2)), rng.normal(0, 2, (ROWS, 2))
    truth = rng.random((ROWS, 2)) < 1 / (1 + np.exp(-deep - other))
    return deep, other / 2, truth.astype(float)


def test_the_weight_is_what_made_the_truth() -> None:
    assert blend_weight(*drawn(0)) == pytest.approx(2, abs=0.2)


def test_noise_gets_next_to_no_weight_and_harmful_logits_none() -> None:
    deep, wide, truth = drawn(1)
    assert blend_weight(deep, np.random.default_rng(2).permutation(wide), truth) < 0.15
    assert blend_weight(deep, -wide, truth) == 0


def test_unknown_truths_do_not_count() -> None:
    deep, wide, truth = drawn(3)
    holed = truth.copy()
    holed[::3] = np.nan
    known = np.ones(ROWS, bool)
    known[::3] = False
    assert blend_weight(deep, wide, holed) == pytest.approx(
        blend_weight(deep[known], wide[known], truth[known]), rel=1e-3
    )


def test_a_half_is_blended_by_what_the_other_half_says() -> None:
    deep, wide, truth = drawn(4)
    wide[1::2] *= -1  # adds on even rows, takes off on odd ones
    mixed = cross_fitted(deep, wide, truth)
    np.testing.assert_allclose(mixed[0::2], deep[0::2])
    assert not np.allclose(mixed[1::2], deep[1::2])


def test_the_gain_is_found_with_its_interval() -> None:
    found = blend(*drawn(5), part_of("kote"))
    assert 0 < found.gain_low < found.gain < found.gain_high
    assert found.gain == pytest.approx(found.blended - found.deep)


def test_logits_that_say_the_opposite_are_refused() -> None:
    deep, wide, truth = drawn(6)
    with pytest.raises(InputError, match="opposite"):
        blend_weight(-deep, wide * 0, truth)
