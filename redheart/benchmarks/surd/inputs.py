"""What is decomposed: which series, into how many bins, how much faster than the authors it has to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from redheart.benchmarks.surd import systems
from redheart.benchmarks.surd.systems import Values


@dataclass(frozen=True, slots=True)
class Input:
    """`make()` -> (n, samples). `targets`: how many are timed, the first ones. `calls`: repeats in one timing.

    `demanded`: how many times as fast as the authors' code it has to be, None where nothing is asked.
    `max_order`: larger sets are left out, None for none, which is a program of its own in the authors' code.
    `long`: seconds and more for the authors, left out of a quick run.
    """

    name: str
    make: Callable[[], Values]
    bins: int
    targets: int
    demanded: float | None = None
    calls: int = 1
    long: bool = False
    max_order: int | None = None


def _species(agents: int, samples: int = 90_000) -> Callable[[], Values]:
    return lambda: np.ascontiguousarray(systems.species_chain(90_000)[:agents, :samples])


def _confounder() -> Values:
    return systems.confounder(200_000)


#: Twice as fast wherever four agents or more; thirty times from seven on, few bins or many, and at 50 bins.
INPUTS: Final = (
    Input("60 sentences", lambda: systems.feelings(60), 3, 4, 2, calls=20),
    Input("500 sentences", lambda: systems.feelings(500), 4, 4, 2, calls=20),
    Input("confounder", _confounder, 10, 3),
    Input("confounder", _confounder, 20, 3),
    Input("lorenz63", lambda: systems.lorenz(99_000), 25, 3),
    Input("logistic maps", lambda: systems.logistic_maps(150_000), 100, 2),
    Input("roessler-lorenz", lambda: systems.driven_lorenz(99_000), 6, 6, 2),
    Input("species", _species(4), 5, 4, 2),
    Input("species", _species(5), 5, 5, 2),
    Input("species", _species(6), 5, 6, 2),
    Input("species", _species(5), 10, 5, 2),
    Input("species", _species(7, 500), 2, 7, 30, calls=5),
    Input("species", _species(8, 500), 2, 8, 30, calls=5),
    Input("species", _species(7), 2, 7, 30),
    Input("species", _species(8), 2, 8, 30),
    Input("species", _species(7), 3, 7, 30),
    Input("species", _species(8), 3, 8, 30),
    Input("species", _species(7), 5, 1, 30),
    Input("species", _species(8), 10, 1, 30, max_order=3),
    Input("confounder", _confounder, 50, 3, 30, long=True),
    Input("species", _species(8), 5, 1, 30, long=True),
)
