"""SURD: planted laws, the laws of the decomposition, other people's numbers."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from redheart.calculus.cells.binning import bin_codes
from redheart.calculus.surd import SurdResult, surd, surd_series
from redheart.errors import BudgetError

Samples = NDArray[np.float64]


def coins(number: int, samples: int = 4096, seed: int = 0) -> Samples:
    """(number, samples) fair bits, every combination as often as every other."""
    rows = np.array(np.meshgrid(*[[0.0, 1.0]] * number, indexing="ij")).reshape(number, -1)
    tiled = np.tile(rows, samples // rows.shape[1])
    return tiled[:, np.random.default_rng(seed).permutation(tiled.shape[1])]


def mixed(agents: int, samples: int, seed: int) -> tuple[Samples, Samples]:
    """A target of sums and products of coarse agents, so that ties, empty cells and empty states happen."""
    random = np.random.default_rng(seed)
    x = np.round(random.normal(size=(agents, samples)) * 2)
    return x[0] * x[-1] + x.sum(0) / 2 + random.integers(0, 2, samples), x


def terms(result: SurdResult) -> dict[str, float]:
    return result.shares("mi")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("duplicate", {"R12": 1.0}),
        ("one", {"U1": 1.0}),
        ("xor", {"S12": 1.0}),
        ("copy of both", {"R12": 0.5, "S12": 0.5}),
    ],
)
def test_a_gate_is_what_it_is_known_to_be(name: str, expected: dict[str, float]) -> None:
    a, b = coins(2)
    target = {"duplicate": a, "one": a, "xor": np.abs(a - b), "copy of both": 2 * a + b}[name]
    agents = [a, a] if name == "duplicate" else [a, b]
    found = terms(surd(target, agents, bins=[4 if name == "copy of both" else 2, 2, 2]))
    assert found == pytest.approx(dict.fromkeys(found, 0.0) | expected, abs=1e-12)


def test_and_is_half_a_reading_of_either_input() -> None:
    a, b = coins(2)
    result = surd(a * b, [a, b], bins=2)
    either = 0.25 * np.log2(2) + 0.75 * (1 / 3 * np.log2(2 / 3) + 2 / 3 * np.log2(4 / 3))  # KL(p(a|t) || p(a)), by hand
    assert result.redundant[1, 2] == pytest.approx(either)
    assert result.unique == pytest.approx({(1,): 0.0, (2,): 0.0}, abs=1e-12)
    assert result.synergistic[1, 2] == pytest.approx(result.entropy - either)


def test_three_bits_xored_tell_only_together() -> None:
    bits = coins(3)
    assert surd(bits.sum(0) % 2, bits, bins=2).synergistic[1, 2, 3] == pytest.approx(1.0)


@given(agents=st.integers(1, 4), samples=st.integers(8, 120), seed=st.integers(0, 10**6), bins=st.integers(2, 5))
@settings(max_examples=60, deadline=None)
def test_the_terms_sum_to_what_all_agents_tell(agents: int, samples: int, seed: int, bins: int) -> None:
    target, x = mixed(agents, samples, seed)
    result = surd(target, x, bins=bins)
    everything = result.mutual_information[tuple(range(1, agents + 1))]
    assert sum(result.totals().values()) == pytest.approx(everything, abs=1e-12)
    assert sum(result.shares().values()) == pytest.approx(1.0, abs=1e-12)
    assert min(result.shares().values()) > -1e-12


@given(seed=st.integers(0, 10**6), order=st.permutations([0, 1, 2, 3]))
@settings(max_examples=30, deadline=None)
def test_renaming_the_agents_renames_the_answer(seed: int, order: list[int]) -> None:
    target, x = mixed(4, 60, seed)
    x[3] = x[1]  # a tie in every set
    named, renamed = surd(target, x, bins=3), surd(target, x[order], bins=3)
    for kind in ("redundant", "unique", "synergistic", "mutual_information"):
        found = {tuple(sorted(order[i - 1] + 1 for i in names)): bits for names, bits in getattr(renamed, kind).items()}
        assert found == pytest.approx(getattr(named, kind), abs=1e-12)


def test_tied_sets_share_in_equal_parts() -> None:
    a, b = coins(2)
    result = surd(np.abs(a - b), [a, b, b], bins=2)
    assert result.synergistic == pytest.approx({(1, 2): 0.5, (1, 3): 0.5, (2, 3): 0.0, (1, 2, 3): 0.0}, abs=1e-12)


@given(seed=st.integers(0, 10**6), bins=st.integers(2, 4))
@settings(max_examples=30, deadline=None)
def test_two_agents_give_the_decomposition_of_williams_and_beer(seed: int, bins: int) -> None:
    target, x = mixed(2, 80, seed)
    result = surd(target, x, bins=bins)
    one, two, both = (result.mutual_information[names] for names in ((1,), (2,), (1, 2)))
    redundant = least_specific_information(target, x, bins)
    assert result.redundant[1, 2] == pytest.approx(redundant, abs=1e-10)
    assert result.unique[1,] == pytest.approx(one - redundant, abs=1e-10)
    assert result.unique[2,] == pytest.approx(two - redundant, abs=1e-10)
    assert result.synergistic[1, 2] == pytest.approx(both - one - two + redundant, abs=1e-10)


def least_specific_information(target: Samples, x: Samples, bins: int) -> float:
    """I_min of Williams and Beer (2010), straight from its definition."""
    total = 0.0
    tables = [np.histogram2d(target, row, bins)[0] for row in x]
    for state in range(bins):
        count = tables[0][state].sum()
        if count:
            total += count / len(target) * min(specific(table, state) for table in tables)
    return total


def specific(table: Samples, state: int) -> float:
    inside = table[state] > 0
    given_state = table[state, inside] / table[state].sum()
    return float((given_state * np.log2(given_state / (table[:, inside].sum(0) / table.sum()))).sum())


def test_two_agents_agree_with_dit() -> None:
    dit = pytest.importorskip("dit")
    pid = pytest.importorskip("dit.pid")
    a, b = coins(2)
    outcomes = {f"{int(i)}{int(j)}{int(i * j)}" for i, j in zip(a, b, strict=True)}
    gate = dit.Distribution(sorted(outcomes), [0.25] * 4)
    theirs = pid.PID_WB(gate, [[0], [1]], [2])
    ours = surd(a * b, [a, b], bins=2)
    assert ours.redundant[1, 2] == pytest.approx(theirs.get_pi(((0,), (1,))), abs=1e-9)
    assert ours.synergistic[1, 2] == pytest.approx(theirs.get_pi(((0, 1),)), abs=1e-9)


def test_larger_sets_left_out_become_leak() -> None:
    bits = coins(3)
    whole, pairs = surd(bits.sum(0) % 2, bits, bins=2), surd(bits.sum(0) % 2, bits, bins=2, max_order=2)
    assert (whole.leak, pairs.leak) == pytest.approx((0.0, 1.0))
    assert set(pairs.synergistic) == {(1, 2), (1, 3), (2, 3)}
    assert (1, 2, 3) in pairs.redundant


def test_a_series_is_its_own_future_read_from_its_present() -> None:
    x = np.random.default_rng(0).normal(size=(2, 400))
    x[1, 3:] += 2 * x[0, :-3]
    series, aligned = surd_series(x, 2, 3, bins=4), surd(x[1, 3:], x[:, :-3], bins=4)
    assert series == aligned
    assert max(series.shares("mi"), key=lambda name: series.shares("mi")[name]) == "U1"


def test_each_axis_can_have_bins_of_its_own() -> None:
    random = np.random.default_rng(0)
    a = random.integers(0, 5, 600).astype(float)
    assert surd(a, [a, random.normal(size=600)], bins=[5, 5, 2]).bins == (5, 5, 2)
    assert surd(a, [a], bins=[5, 5]).leak == pytest.approx(0.0)
    assert surd(a, [a], bins=[5, 2]).leak > 0.3


def test_a_rare_explosion_hides_everything_from_equal_widths_and_nothing_from_quantiles() -> None:
    random = np.random.default_rng(0)
    cause = random.normal(size=2000)
    cause[7] = 1e6
    effect = np.roll(cause, 1)
    width, quantile = (surd_series([cause, effect], 2, 1, bins=4, binning=how) for how in ("width", "quantile"))
    assert width.mutual_information[1,] < 0.02
    assert quantile.mutual_information[1,] == pytest.approx(2.0, abs=0.01)


def test_a_constant_agent_tells_nothing() -> None:
    a, _ = coins(2)
    assert surd(a, [a, np.full(len(a), 3.0)], bins=2).unique == pytest.approx({(1,): 1.0, (2,): 0.0})


@pytest.mark.parametrize(
    ("target", "agents", "how", "message"),
    [
        ([0, 1, 0], [[0, 1]], {}, "shape"),
        ([0, 1], [0, 1], {}, "(agents, samples)"),
        ([0.0], [[0.0]], {}, "'1' sample"),
        ([0, 1, np.nan], [[0, 1, 1]], {}, "the target is 'nan' at sample 2"),
        ([0, 1, 1], [[0, 1, 1], [0, np.inf, 1]], {}, "agent 2 is 'inf' at sample 1"),
        ([0, 1e308, -1e308], [[0, 1, 1]], {}, "overflows"),
        ([5, 5, 5], [[0, 1, 1]], {}, "never leaves one bin"),
        ([0, 1, 1], [[0, 1, 1]], {"bins": [2, 2, 2]}, "'3' numbers of bins"),
        ([0, 1, 1], [[0, 1, 1]], {"bins": 0}, "bins '0'"),
        ([0, 1, 1], [[0, 1, 1]], {"bins": [2, 2.5]}, "bins '2.5'"),
        ([0, 1, 1], [[0, 1, 1]], {"max_order": 2}, "max_order '2'"),
        ([0, 1, 1], [[0, 1, 1]], {"binning": "log"}, "binning 'log'"),
        ([0, 1, 1], [[0, 1, 1]], {"null_draws": -1}, "null_draws '-1'"),
    ],
)
def test_what_cannot_be_decomposed_is_refused_by_value(
    target: list[float], agents: list[list[float]], how: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(").replace(")", r"\)")):
        surd(target, agents, **({"bins": 2} | how))  # type: ignore[arg-type]


@pytest.mark.parametrize(("target", "lag", "message"), [(0, 1, "target '0'"), (1, 0, "lag '0'"), (1, 9, "lag '9'")])
def test_a_series_refuses_what_it_has_not(target: int, lag: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        surd_series(np.random.default_rng(0).normal(size=(2, 10)), target, lag, bins=2)


def test_what_would_not_fit_is_refused_with_the_number() -> None:
    x = np.random.default_rng(0).normal(size=(12, 50))
    with pytest.raises(BudgetError, match="4095 sets of 12 agents need 3 MiB, and max_bytes allows '1' MiB"):
        surd(x[0], x, bins=2, max_bytes=2**20)


@pytest.mark.parametrize("order", [None, 2])
def test_too_many_agents_are_refused_before_their_sets_are_named(order: int | None) -> None:
    x = np.random.default_rng(0).normal(size=(40, 50))
    with pytest.raises(BudgetError, match="sets of 40 agents need"):
        surd(x[0], x, bins=2, max_order=order)


def test_the_caller_keeps_his_arrays() -> None:
    target, x = mixed(3, 50, 0)
    before = target.copy(), x.copy()
    surd(target, x, bins=3, null_draws=3)
    assert (target == before[0]).all() and (x == before[1]).all()


def test_shares_of_anything_else_are_refused() -> None:
    with pytest.raises(ValueError, match="'everything'"):
        surd([0, 1], [[0, 1]], bins=2).shares("everything")  # type: ignore[arg-type]


def test_labels_of_ten_agents_do_not_run_together() -> None:
    x = np.random.default_rng(0).normal(size=(11, 30))
    found = surd(x[0], x, bins=2, max_order=2).shares()
    assert {"S1,11", "S1,10", "U11"} <= set(found)
    assert len(found) == len(set(found)) == (2**11 - 1) + 55 + 1


def test_every_order_of_three_agents_names_the_same_sets() -> None:
    target, x = mixed(3, 50, 1)
    assert {tuple(surd(target, x[list(order)], bins=2).redundant) for order in permutations(range(3))} == {
        ((1, 2), (1, 3), (2, 3), (1, 2, 3))
    }


@pytest.mark.parametrize("agents", [1, 2, 3])
def test_what_tells_nothing_has_no_shares_of_the_information_whatever_rounding_leaves(agents: int) -> None:
    target = np.random.default_rng(0).integers(0, 3, 50)
    result = surd(target, np.zeros((agents, 50)), bins=3)
    assert result.information == 0.0
    with pytest.raises(ValueError, match="no information"):
        result.shares(of="mi")


@pytest.mark.parametrize("ones", [1, 10, 40, 90])
def test_quantiles_part_two_values_however_often_each_is_there(ones: int) -> None:
    coin = np.array([1.0] * ones + [0.0] * (100 - ones))
    result = surd(coin, [coin], bins=2, binning="quantile")
    assert result.leak == pytest.approx(0.0) and result.unique[1,] == pytest.approx(result.entropy)


def test_quantiles_of_values_that_differ_lie_where_numpy_puts_them() -> None:
    row = np.random.default_rng(0).normal(size=101)
    edges = np.quantile(row, np.linspace(0, 1, 6)[1:-1])
    codes = np.searchsorted(edges, row, side="right")
    assert (bin_codes((row, row), (5, 5), "quantile")[0] == codes).all()


@pytest.mark.parametrize(("offset", "width"), [(1.7e9, 1e-3), (1e12, 1.0)])
def test_samples_far_from_zero_fall_in_the_bins_of_histogramdd(offset: float, width: float) -> None:
    row = offset + width * np.random.default_rng(0).random(20_000)
    edges = np.histogramdd(row[:, None], bins=[50])[1][0]
    expected = np.minimum(np.searchsorted(edges, row, side="right") - 1, 49)
    assert (bin_codes((row, row), (50, 50), "width")[0] == expected).all()


@pytest.mark.parametrize(
    ("how", "message"),
    [({"bins": 2.5}, "bins '2.5'"), ({"bins": None}, "bins 'None'"), ({"bins": [2, float("inf")]}, "bins 'inf'")],
)
def test_bins_that_are_no_whole_numbers_are_refused_by_value(how: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        surd([0, 1, 1], [[0, 1, 1]], **how)  # type: ignore[arg-type]
    assert surd([0, 1, 1], [[0, 1, 1]], bins=2.0).bins == (2, 2)  # type: ignore[arg-type]


def test_what_floats_would_silently_drop_is_refused() -> None:
    with pytest.raises(ValueError, match="target is complex"):
        surd([0, 1j, 1], [[0, 1, 1]], bins=2)  # type: ignore[list-item]
    with pytest.raises(ValueError, match="agents has masked samples"):
        surd([0, 1, 1], np.ma.array([[0, 9, 1]], mask=[[0, 1, 0]]), bins=2)


def test_a_matrix_on_its_side_is_told_so_without_a_number_nobody_can_read() -> None:
    x = np.random.default_rng(0).normal(size=(300, 3))
    with pytest.raises(BudgetError, match=r"'300' agents cannot even be numbered.*transpose") as refused:
        surd_series(x, 2, 1, bins=2)
    assert len(str(refused.value)) < 250
