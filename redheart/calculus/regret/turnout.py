"""States of the world from calibrated pair probabilities: one for each option, that it turns out the best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from redheart.calculus.regret.outcomes import Matrix, Outcomes


def best_probabilities(beats: Sequence[Sequence[float]]) -> Matrix:
    """(options,): P(option is the best of all), sum 1, from `beats[i][j]` = P(i preferred to j).

    Luce's choice rule, of which Bradley-Terry is the case of two: softmax of the mean log odds of a row, exact where
    the pairs are consistent. Raises ValueError for fewer than two options, another shape, or a pair never or always
    preferred, whose odds no finite utility explains.
    """
    return np.exp(_log_probabilities(beats))


def turnout(beats: Sequence[Sequence[float]]) -> Outcomes:
    """Outcomes over n states for n options; state s: option s turns out the best. Utilities in calibrated logits.

    Utility is learned utility plus Gumbel noise, the noise under which Bradley-Terry holds. Given that option i is not
    the best, the expected distance to the best is -ln P_i / (1 - P_i), whichever option that is; so u(i, s) is 0 for
    s = i and ln P_i / (1 - P_i) otherwise. The expected loss of choosing i, sum_s p_s (max u - u(i, s)), is therefore
    -ln P_i: for two options ln(1 + exp(-logit)), the smooth regret of Chorus.
    """
    logs = _log_probabilities(beats)
    chances = np.exp(logs)
    others = np.array([np.delete(chances, i).sum() for i in range(len(chances))])  # 1 - P without cancellation
    exact = np.where(others < 0.5, np.log1p(-np.minimum(others, 0.5)), logs)
    loss = np.divide(exact, others, out=np.full_like(logs, -1.0), where=others > 0)  # -> -1 as P -> 1
    return Outcomes(np.where(np.eye(len(logs), dtype=bool), 0.0, loss[:, None]), chances / chances.sum())


def _log_probabilities(beats: Sequence[Sequence[float]]) -> Matrix:
    pairs = np.asarray(beats, dtype=np.float64)
    if pairs.ndim != 2 or pairs.shape[0] != pairs.shape[1] or len(pairs) < 2:
        raise ValueError(f"pair probabilities of shape '{pairs.shape}': give options x options, two or more")
    apart = ~np.eye(len(pairs), dtype=bool)
    refused = apart & ~((pairs > 0) & (pairs <= 1))
    if refused.any():
        raise ValueError(f"a pair probability of '{pairs[refused][0]}': give values above 0 and up to 1")
    log_odds = np.where(apart, np.log(np.where(apart, pairs, 1.0)), 0.0)
    strength = (log_odds - log_odds.T).mean(axis=1)
    return strength - np.logaddexp.reduce(strength)  # type: ignore[no-any-return]
