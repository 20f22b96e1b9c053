"""Mutual information between continuous variables, conditional and lagged, by nearest neighbours."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

Unit = Literal["bits", "nats"]
Margins = Literal["standard", "normal_scores"]
Matrix = NDArray[np.float64]

#: Fewer samples than this tell nothing by neighbours.
MIN_SAMPLES: Final = 20
_PER_NAT: Final[Mapping[Unit, float]] = {"bits": 1 / float(np.log(2)), "nats": 1.0}


@dataclass(frozen=True, slots=True)
class Neighbours:
    """How the estimate is made: `k` neighbours, the unit it is told in, and how each variable is scaled before.

    "standard" divides by the standard deviation: the estimate does not change under shift, scale or reflection of a
    variable. "normal_scores" puts the normal quantiles of the ranks in place of the values: it does not change under
    any strictly increasing map. Raises ValueError for anything else.
    """

    k: int = 3
    unit: Unit = "bits"
    margins: Margins = "standard"

    def __post_init__(self) -> None:
        if isinstance(self.k, bool) or not isinstance(self.k, int) or self.k < 1:
            raise ValueError(f"k '{self.k}': give a whole number of at least 1")
        if self.unit not in _PER_NAT:
            raise ValueError(f"unit '{self.unit}': choose 'bits' or 'nats'")
        if self.margins not in ("standard", "normal_scores"):
            raise ValueError(f"margins '{self.margins}': choose 'standard' or 'normal_scores'")


class Choices(TypedDict, total=False):
    """The fields of `Neighbours`, as the keywords of every function here."""

    k: int
    unit: Unit
    margins: Margins


@dataclass(frozen=True, slots=True)
class PairwiseInformation:
    """What each variable, alone, tells of a target `lag` steps later; keys are 1-based variable numbers.

    `mutual_information` has every variable, `transfer_entropy` every one but the target, whose own past is the
    condition. Estimates may fall below 0: that is the estimator's noise, and it is not clipped.
    """

    mutual_information: Mapping[int, float]
    transfer_entropy: Mapping[int, float]
    unit: Unit
    k: int
    lag: int
    samples: int


def mutual_information(x: ArrayLike, y: ArrayLike, **how: Unpack[Choices]) -> float:
    """I(X; Y) of samples x, y (N,), in bits by 3 neighbours unless told otherwise.

    The first estimator of Kraskov, Stoegbauer and Grassberger (2004).
    Estimates may fall below 0: that is the estimator's noise, and it is not clipped. No noise is added to break ties:
    Raises ValueError for fewer than 20 or 2 (k + 1) samples, a value that is not finite, a variable half of whose
    samples repeat others (it is discrete: bin it, as SURD does), or k + 1 samples that coincide in all variables.
    """
    return _estimate(_variables(x=x, y=y), None, Neighbours(**how))


def conditional_mutual_information(x: ArrayLike, y: ArrayLike, z: ArrayLike, **how: Unpack[Choices]) -> float:
    """I(X; Y | Z), z (N,) or (N, conditions), in bits; Frenzel and Pompe (2007).

    Biased towards 0 with many conditions and few samples. Refuses what `mutual_information` refuses.
    """
    conditions = np.asarray(z, dtype=np.float64)
    if conditions.ndim not in (1, 2) or conditions.size == 0:
        raise ValueError(f"z of shape '{conditions.shape}': give (samples,) or (samples, conditions)")
    columns = {f"z{i + 1}": column for i, column in enumerate(conditions.reshape(len(conditions), -1).T)}
    variables = _variables(x=x, y=y, **columns)
    return _estimate(variables[:2], variables[2:], Neighbours(**how))


def transfer_entropy(
    source: ArrayLike, target: ArrayLike, *, lag: int = 1, history: int = 1, **how: Unpack[Choices]
) -> float:
    """I(source at t - lag; target at t | target at t - 1, ..., t - history), in bits (Schreiber 2000).

    With a lag above 1 the condition stays the target's immediate past (Wibral et al. 2013). Raises ValueError for a lag
    or history below 1, and for what `mutual_information` refuses.
    """
    _at_least_one("lag", lag)
    _at_least_one("history", history)
    past, future = _variables(source=source, target=target)
    first = max(lag, history)
    if len(future) - first < MIN_SAMPLES:
        raise ValueError(f"'{len(future)}' samples leave {len(future) - first} after {first} steps; give more")
    conditions = np.column_stack([future[first - back : len(future) - back] for back in range(1, history + 1)])
    then = past[first - lag : len(past) - lag]
    return conditional_mutual_information(then, future[first:], conditions, **how)


def pairwise_information(x: ArrayLike, target: int, lag: int = 1, **how: Unpack[Choices]) -> PairwiseInformation:
    """What each variable of `x` (variables, samples) tells of variable `target` (1-based) `lag` steps later.

    Raises ValueError for a target that is not there, a lag below 1 or one that leaves fewer than 20 samples, and what
    `mutual_information` refuses.
    """
    series = np.asarray(x, dtype=np.float64)
    if series.ndim != 2 or len(series) < 1:
        raise ValueError(f"x of shape '{series.shape}': give (variables, samples)")
    if not _is_whole(target) or not 1 <= target <= len(series):
        raise ValueError(f"target '{target}': choose one of the variables 1 to {len(series)}")
    _at_least_one("lag", lag)
    samples = series.shape[1]
    if samples - lag < MIN_SAMPLES:
        mend = f"use 1 to {samples - MIN_SAMPLES}" if samples > MIN_SAMPLES else "use a longer series"
        raise ValueError(f"lag '{lag}' leaves fewer than {MIN_SAMPLES} of '{samples}' samples; {mend}")
    later, made = series[target - 1], Neighbours(**how)
    numbered = dict(enumerate(series, start=1))
    told = {number: mutual_information(now[:-lag], later[lag:], **how) for number, now in numbered.items()}
    transferred = {
        number: transfer_entropy(now, later, lag=lag, **how) for number, now in numbered.items() if number != target
    }
    return PairwiseInformation(told, transferred, made.unit, made.k, lag, series.shape[1] - lag)


def _at_least_one(name: str, steps: int) -> None:
    if not _is_whole(steps) or steps < 1:
        raise ValueError(f"{name} '{steps}': give a whole number of at least 1")


def _is_whole(number: object) -> bool:
    return isinstance(number, int | np.integer) and not isinstance(number, bool)


def _variables(**samples: ArrayLike) -> list[Matrix]:
    """Vectors of one length, finite, long enough and continuous."""
    found = {name: np.asarray(values, dtype=np.float64) for name, values in samples.items()}
    lengths = {name: values.shape for name, values in found.items()}
    if any(values.ndim != 1 for values in found.values()) or len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} {shape}" for name, shape in lengths.items())
        raise ValueError(f"'{told}': give one vector a variable, all of one length")
    for name, values in found.items():
        _refuse_unfit(name, values)
    return list(found.values())


def _refuse_unfit(name: str, values: Matrix) -> None:
    if len(values) < MIN_SAMPLES:
        raise ValueError(f"{name} has '{len(values)}' samples; give at least {MIN_SAMPLES}")
    if not np.isfinite(values).all():
        raise ValueError(f"{name} holds '{values[~np.isfinite(values)][0]}'; leave such samples out")
    distinct = len(np.unique(values))
    if distinct == 1:
        raise ValueError(f"{name} is always '{values[0]:g}'; a constant tells nothing")
    if 2 * distinct < len(values):
        raise ValueError(
            f"{name} has '{distinct}' distinct values in {len(values)} samples: it is discrete; bin it, as SURD does"
        )


def _estimate(pair: list[Matrix], conditions: list[Matrix] | None, how: Neighbours) -> float:
    """The estimate in the unit asked for. Raises ValueError for too few samples, or samples that coincide."""
    from ennemi import estimate_mi  # scipy's trees cost too much for those who do not ask

    samples = len(pair[0])
    if samples < 2 * (how.k + 1):
        raise ValueError(f"k '{how.k}' asks for {2 * (how.k + 1)} samples; there are {samples}")
    x, y = (_scaled(values, how.margins) for values in pair)
    condition = None if conditions is None else np.column_stack([_scaled(each, how.margins) for each in conditions])
    with np.errstate(invalid="ignore"):  # infinity less infinity where samples coincide, refused below
        nats = float(estimate_mi(y, x, k=how.k, cond=condition, preprocess=False, max_threads=1)[0, 0])
    if not np.isfinite(nats):
        raise ValueError(
            f"'{how.k + 1}' or more samples coincide in all variables, so a sample has no {how.k} neighbours apart "
            "from copies; leave copies out or bin"
        )
    return nats * _PER_NAT[how.unit]


def _scaled(values: Matrix, margins: Margins) -> Matrix:
    if margins == "standard":
        scaled: Matrix = (values - values.mean()) / values.std()
        return scaled
    from scipy.special import ndtri
    from scipy.stats import rankdata

    scores: Matrix = ndtri(rankdata(values) / (len(values) + 1))
    return scores
