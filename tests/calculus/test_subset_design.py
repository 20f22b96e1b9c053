from itertools import combinations

import numpy as np
import pytest

from redheart.calculus.interventions.subset_design import SubsetSizes, design_for, sampled_design
from redheart.calculus.interventions.subsets import all_subsets


@pytest.mark.parametrize(
    ("units", "rows"), [(0, 0), (1, 0), (2, 4), (8, 256), (10, 1024), (11, 1024), (18, 1024), (19, 2048),
                        (24, 2048), (25, 4096), (32, 4096), (33, 0)]
)  # fmt: skip
def test_as_many_subsets_are_read_as_the_units_need(units: int, rows: int) -> None:
    design = design_for(units, SubsetSizes())
    assert SubsetSizes().rows_of(units) == rows
    assert (design is None) == (rows == 0)
    assert design is None or design.rows.shape == (rows, units)


def test_up_to_the_size_of_a_sample_every_subset_is_there_in_the_common_order() -> None:
    design = design_for(10, SubsetSizes())
    assert design is not None and design.is_full and (design.rows == all_subsets(10)).all()


@pytest.mark.parametrize("units", [11, 16, 18, 24, 32])
def test_a_sample_is_two_balanced_fractions_and_neither_holds_a_subset_twice(units: int) -> None:
    design = design_for(units, SubsetSizes())
    assert design is not None and not design.is_full and design.fractions == 2
    first, second = np.split(design.rows, 2)
    assert (first.mean(axis=0) == 0.5).all() and (second.mean(axis=0) == 0.5).all()
    assert len(np.unique(first, axis=0)) == len(np.unique(second, axis=0)) == len(design.rows) / 2
    assert (first != second).any()


@pytest.mark.parametrize("units", [10, 11, 12])
def test_no_draw_holds_a_subset_twice(units: int) -> None:
    drawn = (sampled_design(units, 512, seed).rows @ (1 << np.arange(units)) for seed in range(60))
    assert {len(np.unique(rows)) for rows in drawn} == {512}


def test_every_other_row_is_the_complement_of_the_one_before() -> None:
    rows = sampled_design(12, 512).rows
    assert (rows[0::2] ^ rows[1::2]).all()


@pytest.mark.parametrize(("units", "rows"), [(10, 512), (12, 512), (12, 1024), (18, 512)])
def test_any_columns_up_to_the_strength_hold_each_pattern_equally_often(units: int, rows: int) -> None:
    design, random = sampled_design(units, rows), np.random.default_rng(0)
    assert design.strength >= 5
    for _ in range(50):
        chosen = design.rows[:, random.choice(units, design.strength, replace=False)]
        counts = np.bincount(chosen @ (1 << np.arange(design.strength)), minlength=2**design.strength)
        assert (counts == rows // 2**design.strength).all()


def test_units_and_pairs_of_the_largest_sample_are_orthogonal() -> None:
    signs = np.where(sampled_design(32, 2048).rows, 1.0, -1.0)
    sets = [(i,) for i in range(32)] + list(combinations(range(32), 2))
    columns = np.stack([signs[:, list(units)].prod(axis=1) for units in sets], axis=1)
    assert (columns.T @ columns == 2048 * np.eye(len(sets))).all()


def test_the_seed_alone_decides_the_rows() -> None:
    first, again, other = (sampled_design(12, 512, seed).rows for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


@pytest.mark.parametrize(("units", "rows"), [(12, 500), (9, 512), (19, 512), (12, 2**14)])
def test_a_sample_that_cannot_be_drawn_is_refused_with_its_size(units: int, rows: int) -> None:
    with pytest.raises(ValueError, match=f"'{rows}'"):
        sampled_design(units, rows)


def test_too_many_units_for_any_sample_are_refused() -> None:
    with pytest.raises(ValueError, match="'99' units"):
        design_for(99, SubsetSizes(sampled_units=99))
