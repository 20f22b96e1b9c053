"""Texts as sentence vectors: those that were embedded before are read, the others embedded and kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

import numpy as np

from redheart.config.schema import Settings
from redheart.training.corpus.embedder import Embedder
from redheart.training.corpus.embedding_cache import EmbeddingCache, discard_damaged
from redheart.training.corpus.embedding_key import EmbeddingKey, text_key
from redheart.training.corpus.sidecar import sidecar

ENDING: Final = ".embedded"
#: What a shard holds at most: what is lost when its writer is killed.
SHARD_TEXTS: Final = 1000
SHARD_CHARACTERS: Final = 250_000

Text = tuple[str, ...]  # its sentences
Progress = Callable[[int, int], None]  # texts embedded, texts to embed


class Vectors(Protocol):
    """Sentence vectors of the texts of a data file. `name` and `revision` say which encoder's; `dim` is D."""

    @property
    def dim(self) -> int:
        """D."""
        ...

    @property
    def name(self) -> str:
        """The encoder."""
        ...

    @property
    def revision(self) -> str:
        """The encoder's revision."""
        ...

    def of(self, source: Path, texts: Sequence[Text]) -> list[np.ndarray]:
        """Per text, given as its sentences, their vectors (S, D) float32, read-only."""
        ...


@dataclass(frozen=True, slots=True)
class Embedding:
    """What was done for one file. `embedded + reused == texts`; `seconds` were spent on embedding alone.

    `damaged` shards were found and deleted; what of them was asked for is among the `embedded`.
    """

    texts: int
    sentences: int
    embedded: int
    reused: int
    damaged: int
    seconds: float
    cache: Path

    @property
    def texts_per_second(self) -> float | None:
        """None where nothing had to be embedded."""
        return self.embedded / self.seconds if self.embedded else None

    def in_words(self) -> str:
        """One line without the file's name."""
        return f"{self.counts()}; {self.cache}"

    def counts(self) -> str:
        """How many of what, and how fast."""
        rate = f" in {self.seconds:.1f} s ({self.texts_per_second:,.0f} texts/s)" if self.texts_per_second else ""
        damaged = f", {self.damaged:,} damaged shard{'s' * (self.damaged > 1)} deleted" if self.damaged else ""
        return (
            f"{self.texts:,} texts, {self.sentences:,} sentences: {self.embedded:,} embedded{rate}, "
            f"{self.reused:,} reused{damaged}"
        )


def _silent(_: str) -> None:
    return None


def _unwatched(_: int, __: int) -> None:
    return None


class EmbeddedVectors:
    """`say` is told what was embedded or damaged, where vectors are kept if not beside their file, and what was cut."""

    def __init__(
        self, embedder: Embedder, say: Callable[[str], None] = _silent, progress: Progress = _unwatched
    ) -> None:
        self._embedder, self._say, self._progress = embedder, say, progress
        self.key = EmbeddingKey.of(embedder.facts, embedder.precision)
        self._caches: dict[Path, EmbeddingCache] = {}

    @classmethod
    def for_settings(
        cls, settings: Settings, say: Callable[[str], None] = _silent, progress: Progress = _unwatched
    ) -> EmbeddedVectors:
        """Vectors as serving computes them with these settings. Raises CheckpointError, ConfigError."""
        return cls(Embedder.for_settings(settings), say, progress)

    @property
    def dim(self) -> int:
        """D."""
        return self.key.dim

    @property
    def name(self) -> str:
        """The encoder."""
        return self.key.encoder

    @property
    def revision(self) -> str:
        """The encoder's revision."""
        return self.key.revision

    def of(self, source: Path, texts: Sequence[Text]) -> list[np.ndarray]:
        """Per text its sentences' vectors (S, D) float32, read-only views of the cache of `source`.

        What is missing is embedded and kept first. Raises InputError for an empty sentence, for a damaged cache, or
        if the disk refuses; CheckpointError for a damaged encoder.
        """
        keys = [text_key(text) for text in texts]
        done = self._done(source, texts, *self._fill(source, dict(zip(keys, texts, strict=True))))
        self._say(f"{source.name}: {done.counts()}")
        told = [key for key, text in zip(keys, texts, strict=True) if text]
        found = iter(self._cache(source).vectors(told))
        nothing = np.empty((0, self.dim), np.float32)
        return [next(found) if text else nothing for text in texts]

    def embed(self, source: Path, texts: Sequence[Text]) -> Embedding:
        """Check what is kept, embed and keep what is missing, and say what was done.

        Damaged shards are deleted first, each said; what they held is embedded anew. Else raises as `of` does.
        """
        damaged = discard_damaged(sidecar(source, ENDING, "embedded"), self.key, self._say)
        if damaged:
            self._caches.pop(source, None)
        added, seconds = self._fill(source, {text_key(text): text for text in texts})
        return self._done(source, texts, added, seconds, damaged)

    def _done(self, source: Path, texts: Sequence[Text], added: int, seconds: float, damaged: int = 0) -> Embedding:
        return Embedding(
            texts=len(texts),
            sentences=sum(map(len, texts)),
            embedded=added,
            reused=len(texts) - added,
            damaged=damaged,
            seconds=seconds,
            cache=self._cache(source).folder,
        )

    def _fill(self, source: Path, texts: dict[bytes, Text]) -> tuple[int, float]:
        """How many texts were added, in how many seconds once the encoder was loaded."""
        cache = self._cache(source)
        missing = [(key, text) for key, text in texts.items() if text and key not in cache]
        if not missing:
            return 0, 0.0
        self._embedder.loaded()
        begun = time.monotonic()
        self._progress(0, len(missing))
        added = truncated = 0
        for part in _parts(missing):
            truncated += self._add(cache, part, added, len(missing))
            added += len(part)
        if truncated:
            self._say(f"{source}: '{truncated}' sentences are longer than the encoder's window; their ends are unread.")
        return added, time.monotonic() - begun

    def _add(self, cache: EmbeddingCache, part: list[tuple[bytes, Text]], before: int, total: int) -> int:
        """Embed one shard; how many of its sentences were cut."""
        places = {sentence: None for _, text in part for sentence in text}
        sentences = list(places)
        rows = {sentence: row for row, sentence in enumerate(sentences)}
        characters = max(1, sum(map(len, sentences)))

        def done(encoded: int) -> None:
            self._progress(before + len(part) * encoded // characters, total)

        found = self._embedder.encode(sentences, done)
        vectors = [found.vectors[[rows[sentence] for sentence in text]] for _, text in part]
        cache.add([key for key, _ in part], vectors)
        return found.truncated

    def _cache(self, source: Path) -> EmbeddingCache:
        if source not in self._caches:
            place = sidecar(source, ENDING, "embedded")
            self._caches[source] = EmbeddingCache(place, self.key)
            if place.write != place.read[0]:
                self._say(f"'{source.parent}' is not to be written in: vectors are kept in '{place.write}'.")
        return self._caches[source]


def _parts(texts: Sequence[tuple[bytes, Text]]) -> Iterator[list[tuple[bytes, Text]]]:
    """Shards of the texts, in order; one longer than a shard's characters stands alone."""
    part: list[tuple[bytes, Text]] = []
    characters = 0
    for key, text in texts:
        length = sum(map(len, text))
        if part and (len(part) == SHARD_TEXTS or characters + length > SHARD_CHARACTERS):
            yield part
            part, characters = [], 0
        part.append((key, text))
        characters += length
    if part:
        yield part
