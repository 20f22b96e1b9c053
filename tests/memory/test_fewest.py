"""The smallest sum that suffices."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.memory.search.fewest import MOST, fewest


@given(st.lists(st.integers(1, 60), min_size=1, max_size=9), st.integers(0, 400))
def test_it_is_the_least_of_all_subsets_that_suffice(sizes: list[int], enough: int) -> None:
    sums = [sum(some) for count in range(len(sizes) + 1) for some in combinations(sizes, count)]
    chosen = fewest(sizes, enough)
    assert sum(sizes[index] for index in chosen) == min(
        (total for total in sums if total >= enough), default=sum(sizes)
    )


def test_more_sizes_than_can_be_looked_at_are_refused() -> None:
    with pytest.raises(ValueError, match="at most 22"):
        fewest([1] * (MOST + 1), 3)
