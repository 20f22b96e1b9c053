"""Which rows count together."""

import numpy as np

from redheart.training.data import Row
from redheart.training.evaluation.groups import groups_of
from redheart.training.evaluation.task import Group


def rows(ids: list[str], texts: list[str] | None = None) -> list[Row]:
    return [Row(id=name, text=(texts or ids)[at], split="test", lang="en") for at, name in enumerate(ids)]


def named(found: list[Row], group: Group) -> list[list[str]]:
    return [[found[at].id for at in each] for each in groups_of(found, range(len(found)), group)]


def test_whole_blocks_by_number_are_the_groups_in_whatever_order() -> None:
    some = rows([f"test-{at}" for at in np.random.default_rng(0).permutation(np.arange(1, 13))])
    assert named(some, Group(size=4))[1] == ["test-5", "test-6", "test-7", "test-8"]
    assert len(named(some, Group(size=4))) == 3


def test_numbers_may_begin_at_0_and_blocks_may_be_missing() -> None:
    some = rows([f"t-{at}" for at in (0, 1, 2, 3, 8, 9, 10, 11)])
    assert named(some, Group(size=4)) == [["t-0", "t-1", "t-2", "t-3"], ["t-8", "t-9", "t-10", "t-11"]]


def test_two_files_parts_are_not_mixed() -> None:
    some = rows([f"{part}-{at}" for part in ("test", "hard") for at in (1, 2)])
    assert named(some, Group(size=2)) == [["hard-1", "hard-2"], ["test-1", "test-2"]]


def test_in_a_part_of_a_set_neighbours_that_begin_alike_are_cut_into_groups() -> None:
    ids, texts = ["t-3", "t-4", "t-5", "t-6", "t-7", "t-9"], ["ab1", "ab2", "ab3", "cd1", "cd2", "cd3"]
    some = rows(ids, texts)
    assert named(some, Group(size=2, share=2)) == [["t-3", "t-4"], ["t-6", "t-7"]]
    assert named(some, Group(size=2)) == []


def test_ids_without_numbers_are_ordered_by_their_lines() -> None:
    some = rows(["a", "b", "c", "d"])
    found = groups_of(some, [4, 3, 2, 1], Group(size=2))
    assert [each.tolist() for each in found] == [[3, 2], [1, 0]]
