import math

import pytest

from redheart.nn.interpret import log2_odds


def test_odds_are_told_in_bits() -> None:
    assert [log2_odds(p) for p in (0.5, 0.8, 0.2)] == pytest.approx([0.0, 2.0, -2.0])


@pytest.mark.parametrize("p", [0.0, 1.0])
def test_a_certainty_made_by_rounding_stays_finite(p: float) -> None:
    assert math.isfinite(log2_odds(p))
