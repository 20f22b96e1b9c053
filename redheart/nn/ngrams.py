"""Hashes of the word 1-2-grams and character 2-5-grams of sentences: the same on every machine and in every process."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from redheart.types.encoding import Passage

CHARACTERS: Final = range(2, 6)
_WORD: Final = re.compile(r"\w+(?:['’]\w+)*")
_SPACE: Final = ord(" ")

#: Base of the rolling hash: odd, so that it has an inverse modulo 2**64. Then the constants of SplitMix64.
_BASE: Final = 0x9E3779B97F4A7C15
_INVERSE: Final = pow(_BASE, -1, 2**64)
_MIXERS: Final = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
_SALT: Final = np.uint64(0xD6E8FEB86659FD93)
_SALTS: Final = np.arange(max(CHARACTERS) + 1, dtype=np.uint64) * _SALT  # by length, so that lengths never meet

Hashes = NDArray[np.uint64]


class Grams(NamedTuple):
    """n-grams in no particular order, repeated as often as they occur."""

    words: Hashes  # (W,)
    word_sentences: NDArray[np.intp]  # (W,) the sentence of each
    characters: Hashes  # (C,)
    character_sentences: NDArray[np.intp]  # (C,)


class Counted(NamedTuple):
    """The distinct n-grams of some passages, and how often each passage has them."""

    keys: NDArray[np.int32]  # (U,) ascending: the upper half of each hash, shifted so that the order stays
    counts: csr_matrix  # (n, U) float32


def counted(passages: Sequence[Passage]) -> Counted:
    """Words and characters together."""
    found, owners = keys_in(passages)
    keys, places = np.unique(found, return_inverse=True)
    once = np.ones(len(places), np.float32)
    return Counted(keys, csr_matrix((once, (owners, places)), shape=(len(passages), len(keys))))


def keys_in(passages: Sequence[Passage]) -> tuple[NDArray[np.int32], NDArray[np.intp]]:
    """(G,) keys of all n-grams as often as they occur, and the passage of each.

    An n-gram of the second text of a pair is another one than that of a first text.
    """
    parts = [(text, at, second) for at, each in enumerate(passages) for second, text in enumerate(_texts(each))]
    grams = grams_of([text for text, _, _ in parts])
    hashes = np.concatenate([grams.words, grams.characters])
    part_of = np.concatenate([grams.word_sentences, grams.character_sentences])
    second = np.array([second for _, _, second in parts], dtype=bool)[part_of]
    owners = np.array([at for _, at, _ in parts], dtype=np.intp)[part_of]
    return keys_of(np.where(second, _mixed(hashes ^ _SALT), hashes)), owners


def _texts(passage: Passage) -> tuple[str, ...]:
    return (passage,) if isinstance(passage, str) else passage


def keys_of(hashes: Hashes) -> NDArray[np.int32]:
    """(G,) in the order of the hashes."""
    return ((hashes >> np.uint64(32)).astype(np.int64) - 2**31).astype(np.int32)


def grams_of(sentences: Sequence[str]) -> Grams:
    """Words, neighbouring words with nothing but white space between, and characters inside words with their edges.

    Lower case, composed (NFC). An n-gram never reaches over the end of its sentence.
    """
    parts = [" ".join(unicodedata.normalize("NFC", sentence).lower().split()) for sentence in sentences]
    text = " " + "".join(part + " " for part in parts if part)
    rolling = _Rolling(text)
    # A sentence begins with the space before its first word.
    owner = np.repeat(np.arange(len(parts)), [len(part) + bool(part) for part in parts])
    starts, hashes = rolling.characters()
    word_starts, word_hashes = rolling.words(owner)
    return Grams(word_hashes, owner[word_starts], hashes, owner[starts])


class _Rolling:
    """hash of text[s:e] = sum of (code point + 1) BASE**(i - s) over it, modulo 2**64, from one running sum."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        self._down = _powers(_INVERSE, len(text) + 1)
        terms = (self.points + np.uint64(1)) * _powers(_BASE, len(text))
        self._sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(terms, dtype=np.uint64)])

    def _hash(self, starts: NDArray[np.intp], ends: NDArray[np.intp]) -> Hashes:
        spanned: Hashes = (self._sums[ends] - self._sums[starts]) * self._down[starts]
        return spanned

    def characters(self) -> tuple[NDArray[np.intp], Hashes]:
        """Starts and hashes of the windows that hold a space at their edges alone."""
        spaces = np.concatenate([[0], np.cumsum(self.points == _SPACE)])
        starts, hashes = [], []
        for size in CHARACTERS:
            first = np.arange(max(0, len(self.points) - size + 1))
            inside = first[spaces[first + size - 1] == spaces[first + 1]]
            starts.append(inside)
            hashes.append(_mixed(self._hash(inside, inside + size) + _SALTS[size]))
        return np.concatenate(starts), np.concatenate(hashes)

    def words(self, owner: NDArray[np.intp]) -> tuple[NDArray[np.intp], Hashes]:
        """Starts and hashes of words, then of pairs of neighbours in one sentence."""
        spans = np.array([match.span() for match in _WORD.finditer(self.text)], dtype=np.intp).reshape(-1, 2)
        single = _mixed(self._hash(spans[:, 0], spans[:, 1]))
        left, right = spans[:-1], spans[1:]
        together = np.flatnonzero(
            (left[:, 1] + 1 == right[:, 0]) & (self.points[left[:, 1] % len(self.points)] == _SPACE)
            & (owner[left[:, 0]] == owner[right[:, 0]])
        )  # fmt: skip
        pairs = _mixed(single[together] * _SALT + single[together + 1])
        return np.concatenate([spans[:, 0], spans[together, 0]]), np.concatenate([single, pairs])


def _powers(base: int, count: int) -> Hashes:
    factors = np.full(count, base, np.uint64)
    factors[:1] = 1
    powers: Hashes = np.cumprod(factors, dtype=np.uint64)
    return powers


def _mixed(hashes: Hashes) -> Hashes:
    """Every bit of the result depends on every bit (SplitMix64's finaliser)."""
    hashes = (hashes ^ (hashes >> np.uint64(30))) * _MIXERS[0]
    hashes = (hashes ^ (hashes >> np.uint64(27))) * _MIXERS[1]
    return hashes ^ (hashes >> np.uint64(31))
