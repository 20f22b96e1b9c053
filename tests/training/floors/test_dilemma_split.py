"""The split of dilemmas: no action stands on both sides."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.errors import InputError
from redheart.training.data import Row
from redheart.training.floors.dilemma_split import DEV_SHARE, dev_places


def rows_of(pairs: list[tuple[int, int]]) -> list[Row]:
    return [Row(str(at), f"action {one}", "train", "en", f"action {other}") for at, (one, other) in enumerate(pairs)]


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), min_size=2, max_size=40))
@settings(max_examples=60, deadline=None)
def test_no_action_stands_on_both_sides(pairs: list[tuple[int, int]]) -> None:
    rows = rows_of(pairs)
    try:
        dev = {*dev_places(rows)}
    except InputError:
        return
    actions = [
        {text for at, row in enumerate(rows) if (at in dev) == side for text in row.texts()} for side in (True, False)
    ]
    assert actions[0] and actions[1] and not actions[0] & actions[1]


def test_small_groups_are_dev_until_there_are_enough() -> None:
    chain = [(at, at + 1) for at in range(80)]  # one group of 80 pairs
    small = [(200 + 2 * at, 201 + 2 * at) for at in range(20)]  # twenty of one pair
    dev = dev_places(rows_of(chain + small))
    assert min(dev) >= 80 and len(dev) == np.ceil(DEV_SHARE * 100)


def test_pairs_that_all_hang_together_are_refused() -> None:
    with pytest.raises(InputError, match="'3' pairs hang together"):
        dev_places(rows_of([(1, 2), (2, 3), (3, 1)]))
