"""The sentence vectors that are kept of one data file: found by the text's sentences, added shard by shard."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import ValidationError

from redheart.errors import InputError
from redheart.training.corpus.embedding_key import EmbeddingKey
from redheart.training.corpus.embedding_shard import (
    MEND,
    DamagedShardError,
    Shard,
    read_shard,
    write_shard,
    write_whole,
)
from redheart.training.corpus.sidecar import Sidecar

INDEX: Final = "index.json"
#: Seconds after which a half-written file has no writer any more.
ABANDONED_S: Final = 3600.0


class EmbeddingCache:
    """All shards of one key. A later writer's shards are seen by those who open the cache after it."""

    def __init__(self, place: Sidecar, key: EmbeddingKey) -> None:
        """Raises InputError for a shard or an index that is damaged or foreign."""
        self.key = key
        self.folder = place.write / key.folder
        self._places: dict[bytes, tuple[Shard, int]] = {}
        self._checked: set[Path] = set()
        self._is_prepared = False
        for folder in (home / key.folder for home in place.read):
            _refuse_other_index(folder / INDEX, key)
            for path in sorted(folder.glob("*.safetensors")):
                self._take(read_shard(path, key))

    def __contains__(self, key: bytes) -> bool:
        return key in self._places

    def vectors(self, keys: Sequence[bytes]) -> list[np.ndarray]:
        """(S, D) of each text, read-only views of files. Raises KeyError for a missing one, InputError for damage."""
        found = [self._places[key] for key in keys]
        for shard in {id(shard): shard for shard, _ in found}.values():
            if shard.path not in self._checked:
                shard.check()
                self._checked.add(shard.path)
        return [shard.of(text) for shard, text in found]

    def add(self, keys: Sequence[bytes], vectors: Sequence[np.ndarray]) -> None:
        """Keep the vectors (S, D) of some texts, in one shard. Raises InputError if the disk refuses."""
        if not self._is_prepared:
            self._prepare()
        self._take(read_shard(write_shard(self.folder, self.key, keys, vectors), self.key))

    def _take(self, shard: Shard) -> None:
        self._places |= {shard.key(text): (shard, text) for text in range(len(shard))}

    def _prepare(self) -> None:
        """The folder with its index, without what killed writers left."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(
                f"'{self.folder}' cannot be made ({error.strerror}). Make its parent writable, or move what is there."
            ) from error
        write_whole(self.folder / INDEX, (self.key.model_dump_json(indent=2) + "\n").encode())
        for part in self.folder.glob(".*.part"):
            with suppress(FileNotFoundError):  # another writer may be done with it
                if time.time() - part.stat().st_mtime > ABANDONED_S:
                    part.unlink()
        self._is_prepared = True


def discard_damaged(place: Sidecar, key: EmbeddingKey, say: Callable[[str], None]) -> int:
    """Delete every damaged shard of a key, each said; how many they were.

    Raises InputError for one that another encoder made, or that may not be deleted.
    """
    damaged = 0
    for path in (path for home in place.read for path in sorted((home / key.folder).glob("*.safetensors"))):
        try:
            read_shard(path, key).check()
        except DamagedShardError as error:
            _delete(path, error)
            say(f"deleted a damaged shard; what it held is embedded anew: {error}".removesuffix(f" {MEND}"))
            damaged += 1
    return damaged


def _delete(path: Path, damage: DamagedShardError) -> None:
    try:
        path.unlink(missing_ok=True)  # another mender may have been faster
    except OSError as error:
        raise InputError(f"{damage} It cannot be deleted from here ({error.strerror}).") from error


def _refuse_other_index(path: Path, key: EmbeddingKey) -> None:
    """A folder is told by its index; one that says otherwise than its name was changed by hand. Raises InputError."""
    try:
        found = EmbeddingKey.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except NotADirectoryError as error:
        raise InputError(f"'{path.parent}' is no folder. Delete or move it.") from error
    except OSError as error:
        raise InputError(f"'{path}' cannot be read ({error.strerror}). Make it readable.") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise InputError(f"'{path}' is no index of embeddings. Delete it; it is written again.") from error
    if found != key:
        raise InputError(f"'{path}' speaks of '{found.folder}'. Delete the folder '{path.parent}'.")
