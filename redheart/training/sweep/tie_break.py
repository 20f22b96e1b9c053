"""Which of the leading rates to take, once each was run on further seeds, and which rates are as good."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean

from redheart.errors import ConfigError
from redheart.training.sweep.repeated import Repeated, difference, quantile
from redheart.training.sweep.schedule import Scored, rate_text
from redheart.types.base import Frozen


class TieBreak(Frozen):
    """The leaders by their mean over the further seeds, best first."""

    leaders: tuple[Repeated, ...]
    chosen: Repeated
    noise: float | None  # standard deviation of one trial, pooled over the leaders; null with a single seed
    distinguishable: bool  # whether the chosen is told from all other leaders
    indistinguishable: tuple[float, ...]  # rates that cannot be told from the chosen, itself among them; rising
    finding: str


def leading(tried: Sequence[Scored], count: int) -> tuple[float, ...]:
    """The best rates of a search, best first; those that diverged are never among them."""
    finite = [point for point in tried if math.isfinite(point.loss)]
    return tuple(point.lr for point in sorted(finite, key=lambda point: (point.loss, point.lr))[:count])


def break_tie(leaders: Sequence[Repeated], tried: Sequence[Scored]) -> TieBreak:
    """Take the lowest mean over the further seeds, and say which rates cannot be told from it.

    The losses that made them leaders do not count: the luck that brought a rate to the front would count twice.
    Of rates that cannot be told apart the lowest mean is taken all the same: in simulated sweeps with known losses
    it lost less than the median of them and less than the lowest rate among them, whatever the noise.
    Rates run once, in `tried`, are as good as the best if its noise alone could have given their loss.
    Raises ConfigError if every leader diverged on some seed.
    """
    ranked = sorted(leaders, key=lambda leader: (math.inf if leader.mean is None else leader.mean, leader.lr))
    steady = [leader for leader in ranked if leader.mean is not None]
    if not steady:
        raise ConfigError(
            f"all {len(ranked)} leading learning rates diverged on further seeds. "
            "Lower train.sweep.highest, or raise train.warmup."
        )
    chosen = steady[0]
    tied = [leader for leader in steady if _as_good(leader, chosen)]
    noise = _noise(steady)
    alike = {leader.lr for leader in tied} | set(_alike_once(steady, tried, noise))
    return TieBreak(
        leaders=tuple(ranked),
        chosen=chosen,
        noise=noise,
        distinguishable=len(tied) == 1,
        indistinguishable=tuple(sorted(alike)),
        finding=_finding(tied, ranked),
    )


def _as_good(leader: Repeated, best: Repeated) -> bool:
    found = difference(leader, best)
    return found is not None and not found.told_apart


def _noise(steady: Sequence[Repeated]) -> float | None:
    deviations = [leader.standard_deviation for leader in steady if leader.standard_deviation is not None]
    return math.sqrt(fmean(value * value for value in deviations)) if deviations else None


def _alike_once(steady: Sequence[Repeated], tried: Sequence[Scored], noise: float | None) -> list[float]:
    """Rates run once whose loss lies below the 95 % prediction limit of one more trial at the best rate."""
    seeds, mean = len(steady[0].seeds), steady[0].mean
    if noise is None or mean is None:
        return []
    limit = mean + quantile(len(steady) * (seeds - 1)) * noise * math.sqrt(1 + 1 / seeds)
    repeated = {leader.lr for leader in steady}
    return [point.lr for point in tried if point.loss <= limit and point.lr not in repeated]


def _finding(tied: Sequence[Repeated], ranked: Sequence[Repeated]) -> str:
    chosen = ranked[0]
    seeds = len(chosen.seeds)
    over = f"over {seeds} seeds" if seeds > 1 else "on one seed, which shows no spread"
    if len(ranked) == 1:
        return f"the only rate that was run again, {over}"
    if len(tied) == 1:
        return f"better than the {len(ranked) - 1} other leading rates {over}"
    others = ", ".join(rate_text(leader.lr) for leader in tied[1:])
    return f"not distinguishable from {others} {over}, the lowest mean of them"
