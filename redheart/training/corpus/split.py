"""Which split a sample belongs to: a hash of its group, whatever else is in the data, on whatever machine."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from redheart.training.corpus.groups import digest_of
from redheart.training.corpus.sample import OwnSplit, Sample, SplitName

SEED: Final = "redheart-corpus-1"
#: Shares of a set without a split of its own, and of the `dev` rows of a set that has one.
WITHOUT_OWN: Final[tuple[tuple[SplitName, float], ...]] = (
    ("train", 0.8), ("validation", 0.08), ("holdout", 0.04), ("test", 0.08),
)  # fmt: skip
OF_DEV: Final[tuple[tuple[SplitName, float], ...]] = (("validation", 0.4), ("holdout", 0.2), ("test", 0.4))
#: Who keeps what two splits have in common: first the train split, then the test split, whose size matters more.
_KEEPERS: Final[tuple[SplitName, ...]] = ("train", "test", "holdout", "validation")


def split_of(group: str, own: OwnSplit | None) -> SplitName:
    """The split of a group: its own where the set has splits, `dev` divided by hash; else by hash."""
    if own == "train" or own == "test":
        return own
    shares, point = (OF_DEV if own == "dev" else WITHOUT_OWN), place_of(group)
    for name, share in shares:
        if point < share:
            return name
        point -= share
    return shares[-1][0]  # what rounding leaves


def place_of(key: str) -> float:
    """A place in [0, 1) that only the key decides."""
    return int.from_bytes(hashlib.sha256(f"{SEED}/{key}".encode()).digest()[:8], "big") / 2**64


@dataclass(slots=True)
class Parted:
    """Samples by split, and how many were dropped, by set, because another split has their group or a text."""

    samples: dict[SplitName, list[Sample]] = field(default_factory=dict)
    dropped_by_group: dict[str, int] = field(default_factory=dict)
    dropped_by_text: dict[str, int] = field(default_factory=dict)


def part(samples: Iterable[Sample]) -> Parted:
    """Samples -> splits that share no group and no text."""
    wanted: dict[SplitName, list[Sample]] = {name: [] for name in _KEEPERS}
    for sample in samples:
        wanted[split_of(sample.group, sample.own_split)].append(sample)
    parted, groups, texts = Parted(), set[str](), set[bytes]()
    for name in _KEEPERS:
        parted.samples[name] = list(_unclaimed(wanted[name], parted, groups, texts))
        # Claimed only once the split is whole: within a split, groups and texts may recur.
        groups.update(sample.group for sample in parted.samples[name])
        texts.update(text for sample in parted.samples[name] for text in _texts(sample))
    return parted


def _unclaimed(samples: Sequence[Sample], parted: Parted, groups: set[str], texts: set[bytes]) -> Iterator[Sample]:
    for sample in samples:
        if sample.group in groups:
            _count(parted.dropped_by_group, sample.set_name)
        elif any(text in texts for text in _texts(sample)):
            _count(parted.dropped_by_text, sample.set_name)
        else:
            yield sample


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1


def _texts(sample: Sample) -> list[bytes]:
    return [digest_of(document.text) for document in sample.taught.documents]
