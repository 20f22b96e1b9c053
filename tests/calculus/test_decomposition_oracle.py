"""The decomposition against the interaction indices of another library."""

import numpy as np
import pytest

from redheart.calculus.interventions.decomposition import decompose
from redheart.calculus.interventions.subsets import all_subsets

pytest.importorskip("shapiq", reason="shapiq, the oracle, is in the extra 'dev'")


@pytest.mark.parametrize("n", [3, 4, 5, 6])
def test_a_coefficient_is_the_banzhaf_interaction_index_over_two_to_the_size(n: int) -> None:
    from shapiq import ExactComputer

    values = np.random.default_rng(n).normal(size=2**n)
    rows = {tuple(row): value for row, value in zip(all_subsets(n).tolist(), values, strict=True)}
    computer = ExactComputer(lambda masks: np.array([rows[tuple(mask)] for mask in np.asarray(masks).tolist()]), n)
    index = computer("BII", order=n)
    for term in decompose(n, values).terms:
        assert term.coefficient * 2 ** len(term.units) == pytest.approx(index[term.units], abs=1e-9)
