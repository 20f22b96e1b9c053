"""Which split a sample belongs to: by a hash of its group, or of the first group among those it hangs together with."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Final

from redheart.training.corpus.chains import Chains, Claims, Key
from redheart.training.corpus.sample import SPLITS, OwnSplit, Sample, SplitName

SEED: Final = "redheart-corpus-1"
#: Shares of a set without a split of its own, and of the `dev` rows of a set that has one.
WITHOUT_OWN: Final[tuple[tuple[SplitName, float], ...]] = (
    ("train", 0.8), ("validation", 0.08), ("holdout", 0.04), ("test", 0.08),
)  # fmt: skip
OF_DEV: Final[tuple[tuple[SplitName, float], ...]] = (("validation", 0.4), ("holdout", 0.2), ("test", 0.4))


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
    """Samples by split; how many train rows were dropped, by set, for a held-out split has their group or a text.

    `longest` is, of each set, how many of its samples lie in one split for they hang together, and in which.
    """

    samples: dict[SplitName, list[Sample]] = field(default_factory=lambda: {name: [] for name in SPLITS})
    dropped_by_group: dict[str, int] = field(default_factory=dict)
    dropped_by_text: dict[str, int] = field(default_factory=dict)
    longest: dict[str, tuple[int, SplitName]] = field(default_factory=dict)


def part(samples: Iterable[Sample]) -> Parted:
    """Samples -> splits that share no group, no text and no piece of a text.

    (1) Samples that are not bound to train, and hang together, lie in one split. (2) What a file calls train stays
    there, unless it shares anything with a held-out split: then it is dropped, for figures must be honest first.
    """
    every = [Claims.of(sample) for sample in samples]
    bound = [each for each in every if each.sample.own_split == "train"]
    chains = _chained([each for each in every if each.sample.own_split != "train"])
    taught = {key for each in bound for key in each.keys()}
    parted, held = Parted(), set[Key]()
    for chain in chains:
        name = _split_of_chain(chain, taught)  # (1)
        parted.samples[name] += [each.sample for each in chain]
        _remember(parted.longest, Counter(each.sample.set_name for each in chain), name)
        if name != "train":
            held.update(key for each in chain for key in each.keys())
    parted.samples["train"] += _unclaimed(bound, held, parted)  # (2)
    return parted


def _chained(samples: Sequence[Claims]) -> Collection[list[Claims]]:
    chains, found = Chains(samples), defaultdict[Key, list[Claims]](list)
    for each in samples:
        found[chains.top(each.sample.group)].append(each)
    return found.values()


def _split_of_chain(chain: Sequence[Claims], taught: Set[Key]) -> SplitName:
    """(1) a test row: test. (2) a dev row: as `dev` is divided. (3) a text of a train row: train. (4) else by hash."""
    owns = {each.sample.own_split for each in chain}
    group = min(each.sample.group for each in chain)  # whatever the order of the rows
    if "test" in owns:
        return "test"
    if "dev" in owns:
        return split_of(group, "dev")
    if any(key in taught for each in chain for key in each.keys()):
        return "train"
    return split_of(group, None)


def _remember(longest: dict[str, tuple[int, SplitName]], counts: Mapping[str, int], name: SplitName) -> None:
    for set_name, count in counts.items():
        longest[set_name] = max(longest.get(set_name, (0, name)), (count, name))


def _unclaimed(samples: Iterable[Claims], held: Set[Key], parted: Parted) -> Iterator[Sample]:
    for each in samples:
        if each.sample.group in held:
            _count(parted.dropped_by_group, each.sample.set_name)
        elif not held.isdisjoint(each.texts):
            _count(parted.dropped_by_text, each.sample.set_name)
        else:
            yield each.sample


def _count(counts: dict[str, int], name: str) -> None:
    counts[name] = counts.get(name, 0) + 1
