"""Which samples hang together: by their group, by a text or a piece of one, or through others that do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from redheart.training.corpus.groups import digest_of
from redheart.training.corpus.sample import Sample

#: A group, or the digest of a text or a piece.
Key = str | bytes


@dataclass(frozen=True, slots=True)
class Claims:
    """What a sample must have for its own split alone: its group, its texts, and the pieces they are made of."""

    sample: Sample
    texts: frozenset[bytes]

    @classmethod
    def of(cls, sample: Sample) -> Claims:
        """Of one sample."""
        return cls(sample, frozenset(map(digest_of, _texts(sample))))

    def keys(self) -> Iterator[Key]:
        """All of them, the group first."""
        yield self.sample.group
        yield from self.texts


class Chains:
    """Samples that share a key are one chain, and so are those that a third one joins; whatever their order."""

    def __init__(self, samples: Iterable[Claims]) -> None:
        self._above: dict[Key, Key] = {}
        for each in samples:
            group, *texts = each.keys()
            for text in texts:
                self._join(group, text)

    def top(self, key: Key) -> Key:
        """One key of the chain that has this key, the same for all of its keys."""
        above = self._above
        while (over := above.setdefault(key, key)) != key:
            above[key] = above[over]  # halves the way for those who come after
            key = over
        return key

    def _join(self, one: Key, other: Key) -> None:
        self._above[self.top(other)] = self.top(one)


def _texts(sample: Sample) -> Iterator[str]:
    for document in sample.taught.documents:
        yield from document.pieces
        if len(document.pieces) > 1:
            yield document.text
