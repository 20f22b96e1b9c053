"""`--samples`: how many of each set, and which: an equal share a set, in an order that only the rows decide."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

from redheart.training.corpus.sample import Sample, SplitName
from redheart.training.corpus.split import SEED

_LEAST: Final = 250  # of the other splits, however few train samples are asked for
_PART: Final[dict[SplitName, int]] = {"validation": 4, "holdout": 8, "test": 4}


def limit_of(split: SplitName, samples: int) -> int:
    """How many samples of a split belong to so many train samples; 0 is all of them."""
    if samples == 0 or split == "train":
        return samples
    return max(_LEAST, samples // _PART[split])


def sampled(samples: Iterable[Sample], limit: int) -> list[Sample]:
    """At most `limit` samples (0: all), an equal share a set, sets mixed: the first ones are a fair sample again."""
    ordered = sorted(samples, key=_order)
    if limit == 0 or len(ordered) <= limit:
        return ordered
    left = shares({name: sum(s.set_name == name for s in ordered) for name in {s.set_name for s in ordered}}, limit)
    chosen = []
    for sample in ordered:
        if left[sample.set_name]:
            left[sample.set_name] -= 1
            chosen.append(sample)
    return chosen


def shares(available: Mapping[str, int], limit: int) -> dict[str, int]:
    """How many of each set: small sets give all they have, the others share out the rest evenly."""
    given: dict[str, int] = {}
    sets = sorted(available, key=lambda name: (available[name], name))
    for done, name in enumerate(sets):
        given[name] = min(available[name], -(-(limit - sum(given.values())) // (len(sets) - done)))
    return given


def _order(sample: Sample) -> bytes:
    return hashlib.sha256(f"{SEED}/order/{sample.set_name}/{sample.id}".encode()).digest()
