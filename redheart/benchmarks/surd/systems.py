"""Series with known causes, simulated from their equations: the same numbers in every run."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import cos, sin
from typing import Final

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_TRANSIENT: Final = 10_000
_RUNS: Final = 100  # of a flow, laid end to end: a seam each, and no loop over samples
_SUBSTEPS: Final = 5
_SAMPLED_EVERY: Final = 0.05


@lru_cache(maxsize=1)
def confounder(samples: int) -> Values:
    """(3, samples): q3 drives q1 and q2, which drive themselves."""
    noise = np.random.RandomState(10).normal(size=(3, samples + _TRANSIENT))
    one, two, three = 0.0, 0.0, 0.0
    found = []
    for first, second, third in noise.T.tolist():
        found.append((one, two, three))
        one, two, three = sin(one + three) + 0.01 * first, cos(two - three) + 0.01 * second, 0.5 * three + 0.1 * third
    return np.array(found[_TRANSIENT:]).T


def logistic_maps(samples: int) -> Values:
    """(2, samples): the second map drives the first."""
    one, two = 0.2, 0.4
    found = []
    for _ in range(samples + _TRANSIENT):
        found.append((one, two))
        one, two = one * (3.7 - 3.7 * one - 0.1 * two), two * (3.7 - 3.7 * two)
    return np.array(found[_TRANSIENT:]).T


@lru_cache(maxsize=1)
def species_chain(samples: int) -> Values:
    """(8, samples): eight noisy logistic maps, each driven by the one before it, the first by nobody."""
    random = np.random.default_rng(0)
    rates, noise = np.linspace(3.55, 3.8, 8), random.normal(0, 0.003, (samples + 1000, 8))
    state, driver, found = np.full(8, 0.1), np.zeros(8), np.empty((samples + 1000, 8))
    for step, pushed in enumerate(noise):
        found[step] = state
        driver[1:] = state[:-1]
        state = state * (rates - rates * state - 0.3 * driver) + pushed
    return np.ascontiguousarray(found[1000:].T)


def lorenz(samples: int) -> Values:
    """(3, samples): the Lorenz system, sigma 10, rho 28, beta 8/3."""

    def flow(state: Values) -> Values:
        x, y, z = state
        return np.stack([10 * (y - x), x * (28 - z) - y, x * y - 8 / 3 * z])

    return _flown(flow, 3, samples)


def driven_lorenz(samples: int) -> Values:
    """(6, samples): a Roessler system whose second variable, squared, drives a Lorenz system."""

    def flow(state: Values) -> Values:
        a, b, c, x, y, z = state
        roessler = (-6 * (b + c), 6 * (a + 0.2 * b), 6 * (0.2 + c * (a - 5.7)))
        return np.stack([*roessler, 10 * (y - x), x * (28 - z) - y + 2 * b**2, x * y - 8 / 3 * z])

    return _flown(flow, 6, samples)


def feelings(samples: int) -> Values:
    """(4, samples): two autoregressive feelings, one driven by the first, one by both of these only together."""
    noise = np.random.default_rng(1).normal(0, 0.3, (samples, 4)).tolist()
    one, two, three, four = 0.0, 0.0, 0.0, 0.0
    found = []
    for first, second, third, fourth in noise:
        found.append((one, two, three, four))
        three = 0.3 * three + 0.8 * one * two + third
        one, two, four = 0.7 * one + first, 0.4 * two + 0.5 * one + second, 0.6 * four + fourth
    return np.array(found).T


def _flown(flow: Callable[[Values], Values], variables: int, samples: int) -> Values:
    """Runge and Kutta's fourth order, many runs at once from starts of their own, their beginnings dropped."""
    state = np.random.default_rng(0).uniform(0.5, 1.5, (variables, _RUNS))
    each, dropped = -(-samples // _RUNS), 400
    found = np.empty((variables, _RUNS, each))
    for step in range(dropped + each):
        if step >= dropped:
            found[:, :, step - dropped] = state
        for _ in range(_SUBSTEPS):
            state = _stepped(flow, state, _SAMPLED_EVERY / _SUBSTEPS)
    return found.reshape(variables, -1)[:, :samples]


def _stepped(flow: Callable[[Values], Values], state: Values, width: float) -> Values:
    first = flow(state)
    second = flow(state + width / 2 * first)
    third = flow(state + width / 2 * second)
    return state + width / 6 * (first + 2 * second + 2 * third + flow(state + width * third))
