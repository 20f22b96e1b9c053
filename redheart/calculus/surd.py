"""SURD: how much of a target's information its agents give redundantly, uniquely and only together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from redheart.calculus.cells.agent_sets import AgentSet, AgentSets, agent_sets, label
from redheart.calculus.cells.binned import Binned
from redheart.calculus.cells.binning import Binning, bin_codes
from redheart.calculus.cells.lattice import share_out
from redheart.calculus.cells.null import Draws, Null, null_of
from redheart.calculus.cells.specific_information import Path, refuse_too_many_sets, specific_information

#: Memory that one decomposition may take, in bytes.
MAX_BYTES: Final = 2**31
#: Bins that an axis may have.
MAX_BINS: Final = 10**6
#: Information below this share of H(T) is rounding.
_ROUNDING: Final = 1e-12


@dataclass(frozen=True, slots=True)
class SurdResult:
    """Terms in bits, by tuples of 1-based agent numbers. Their sum is the information that all agents give together.

    `entropy` H(T) in bits. `leak` in [0, 1]: the share of H(T) that no term explains, H(T|A) / H(T) where all orders
    are counted. `path`: how the cells were counted. `null`: what chance alone gives, where it was asked for.
    """

    redundant: dict[AgentSet, float]
    unique: dict[AgentSet, float]
    synergistic: dict[AgentSet, float]
    mutual_information: dict[AgentSet, float]
    entropy: float
    leak: float
    samples: int
    bins: tuple[int, ...]
    max_order: int
    path: Path
    null: Null | None = None

    @property
    def agents(self) -> int:
        """n."""
        return len(self.bins) - 1

    @property
    def information(self) -> float:
        """Bits that the best set tells; 0 where it is no more than rounding."""
        most = max(self.mutual_information.values())
        return most if most > _ROUNDING * self.entropy else 0.0

    def totals(self) -> dict[str, float]:
        """Bits by kind. They hang less on ties than single synergies do, of which a short series has many."""
        return {
            "redundant": sum(self.redundant.values()),
            "unique": sum(self.unique.values()),
            "synergistic": sum(self.synergistic.values()),
        }

    def shares(self, of: Literal["entropy", "mi"] = "entropy") -> dict[str, float]:
        """By label ("R12", "U1", "S12"): shares of H(T) with "leak", sum 1; or of the information of the best set.

        of="mi" gives the paper's bars, without the leak. Raises ValueError where there is no information to share.
        """
        if of not in ("entropy", "mi"):
            raise ValueError(f"shares of '{of}' were asked for; there are 'entropy' and 'mi'")
        if of == "entropy":
            return {name: bits / self.entropy for name, bits in self._terms()} | {"leak": self.leak}
        most = self.information
        if most == 0:
            raise ValueError("the agents give no information, so there is nothing to share; use of='entropy'")
        return {name: bits / most for name, bits in self._terms()}

    def _terms(self) -> list[tuple[str, float]]:
        kinds = (("R", self.redundant), ("U", self.unique), ("S", self.synergistic))
        return [(label(kind, names, self.agents), bits) for kind, terms in kinds for names, bits in terms.items()]


def surd(
    target: ArrayLike,
    agents: ArrayLike,
    *,
    bins: int | Sequence[int],
    max_order: int | None = None,
    binning: Binning = "width",
    null_draws: int = 0,
    seed: int = 0,
    max_bytes: int = MAX_BYTES,
) -> SurdResult:
    """Decompose what `agents` (n, N) tell of `target` (N,), samples already aligned.

    Martinez-Sanchez, Arranz, Lozano-Duran, Nature Communications 15, 9296 (2024), on a histogram of `bins` bins an axis
    (one number, or one an axis with the target first), cut by `binning`: "width" equal widths, "quantile" equal counts.
    `max_order` leaves out larger sets; what only they would tell then counts as leak. Ties: `share_out`.
    `null_draws` > 0 repeats it with the target's samples permuted (`seed`) and fills `null`.
    The plug-in estimate is biased upwards where samples are few for the cells, and it is observational: it tells what
    goes together, not what causes what. Two independent causes copied into the target come out half redundant, half
    synergistic.
    Raises ValueError for shapes, values or settings it cannot use, BudgetError where `max_bytes` would not hold it.
    """
    binned, sets = _prepared(target, agents, bins, max_order, binning, max_bytes)
    result = _decompose(binned, sets, max_bytes)
    return _with_null(result, binned, sets, Draws(null_draws, seed), max_bytes)


def surd_series(
    x: ArrayLike,
    target: int,
    lag: int,
    *,
    bins: int | Sequence[int],
    max_order: int | None = None,
    binning: Binning = "width",
    null_draws: int = 0,
    seed: int = 0,
    max_bytes: int = MAX_BYTES,
) -> SurdResult:
    """Decompose variable `target` (1-based) of `x` (variables, samples), `lag` samples later, by all variables now.

    As `surd`; the null shifts the target in a circle, which keeps what each series owes to its own past.
    """
    series = _matrix(x, "x", "(variables, samples)")
    variables, samples = series.shape
    if not _is_whole(target) or not 1 <= target <= variables:
        raise ValueError(f"target '{target}' is no variable; x has the variables 1 to {variables}")
    if not _is_whole(lag) or not 1 <= lag <= samples - 2:
        mend = f"use 1 to {samples - 2}" if samples > 2 else "use a longer series"
        raise ValueError(f"lag '{lag}' leaves no two samples of {samples}; {mend}")
    target, lag = int(target), int(lag)
    binned, sets = _prepared(series[target - 1, lag:], series[:, :-lag], bins, max_order, binning, max_bytes)
    result = _decompose(binned, sets, max_bytes)
    return _with_null(result, binned, sets, Draws(null_draws, seed, lag), max_bytes)


def _prepared(
    target: ArrayLike,
    agents: ArrayLike,
    bins: int | Sequence[int],
    max_order: int | None,
    binning: Binning,
    max_bytes: int,
) -> tuple[Binned, AgentSets]:
    if binning not in ("width", "quantile"):
        raise ValueError(f"binning '{binning}' is unknown; there are 'width' and 'quantile'")
    causes = _matrix(agents, "agents", "(agents, samples)")
    effect = _numbers(target, "target")
    if effect.shape != causes.shape[1:]:
        raise ValueError(f"target has the shape '{effect.shape}'; {causes.shape[1]} samples need ({causes.shape[1]},)")
    order = len(causes) if max_order is None else max_order
    if not _is_whole(order) or not 1 <= order <= len(causes):
        raise ValueError(f"max_order '{max_order}' is out of range; {len(causes)} agents allow 1 to {len(causes)}")
    if causes.shape[1] < 2:
        raise ValueError(f"'{causes.shape[1]}' sample was given; a decomposition needs two at least")
    order, counts = int(order), _bins_by_axis(bins, len(causes) + 1)
    refuse_too_many_sets(len(causes), order, counts[0], max_bytes)
    codes = bin_codes((effect, *causes), counts, binning)
    if codes[0].min() == codes[0].max():
        raise ValueError(
            "the target never leaves one bin: there is nothing to explain. Use more bins, or another target"
        )
    return Binned(codes[0], codes[1:], counts), agent_sets(len(causes), order)


def _matrix(values: ArrayLike, name: str, shape: str) -> NDArray[np.float64]:
    matrix = _numbers(values, name)
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"{name} has the shape '{matrix.shape}'; it must be {shape}")
    return matrix


def _numbers(values: ArrayLike, name: str) -> NDArray[np.float64]:
    """Raises ValueError for what turning it into floats would silently drop."""
    if np.iscomplexobj(values):
        raise ValueError(f"{name} is complex; give real numbers, such as its '.real' or its absolute value")
    if np.ma.is_masked(values):
        raise ValueError(f"{name} has masked samples; leave them out, or fill them in")
    return np.asarray(values, dtype=np.float64)


def _is_whole(number: object) -> bool:
    return isinstance(number, Real) and bool(number == number // 1)


def _bins_by_axis(bins: int | Sequence[int], axes: int) -> tuple[int, ...]:
    counts = tuple(bins) if isinstance(bins, Iterable) else (bins,) * axes
    if len(counts) != axes:
        raise ValueError(f"'{len(counts)}' numbers of bins were given; {axes} axes need one each, target first, or one")
    wrong = [count for count in counts if not _is_whole(count) or not 1 <= count <= MAX_BINS]
    if wrong:
        raise ValueError(f"bins '{wrong[0]}' is no number of bins; use a whole number from 1 to {MAX_BINS}")
    return tuple(int(count) for count in counts)


def _decompose(binned: Binned, sets: AgentSets, max_bytes: int) -> SurdResult:
    found = specific_information(binned, sets, max_bytes)
    shared = share_out(found.values, found.p, sets)
    entropy = -float(found.p @ np.log2(found.p))
    alone = shared.redundant.tolist()
    every = agent_sets(sets.agents, sets.agents)
    explained = float(shared.redundant.sum() + shared.synergistic.sum())
    return SurdResult(
        redundant={names: alone[mask] for names, mask in _named(every, sets.agents)},
        unique={(agent,): alone[1 << (agent - 1)] for agent in range(1, sets.agents + 1)},
        synergistic=dict(zip(sets.names[sets.agents :], shared.synergistic[sets.agents :].tolist(), strict=True)),
        mutual_information=dict(zip(sets.names, (found.values @ found.p).tolist(), strict=True)),
        entropy=entropy,
        leak=min(1.0, max(0.0, 1.0 - explained / entropy)),  # only rounding is clipped
        samples=binned.samples,
        bins=binned.bins,
        max_order=int(sets.sizes[-1]),
        path=found.path,
    )


def _named(every: AgentSets, start: int) -> list[tuple[AgentSet, int]]:
    return list(zip(every.names[start:], every.masks[start:].tolist(), strict=True))


def _with_null(result: SurdResult, binned: Binned, sets: AgentSets, draws: Draws, max_bytes: int) -> SurdResult:
    if not _is_whole(draws.number) or draws.number < 0:
        raise ValueError(f"null_draws '{draws.number}' is no number of draws; use 0 for none, or a whole number")
    if draws.number == 0:
        return result

    def shares(codes: NDArray[Any]) -> dict[str, float]:
        return _decompose(replace(binned, target=codes), sets, max_bytes).shares()

    return replace(result, null=null_of(result.shares(), binned.target, draws, shares))
