"""Which master copy of a module is read: its own files, a conversion of them, or a copy of what was converted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from redheart.errors import CheckpointError
from redheart.memory.budgets import mib
from redheart.memory.weights.arena_folder import ArenaFile, ArenaFolder, ArenaKey
from redheart.memory.weights.converted import ConvertingSource
from redheart.memory.weights.stored import DirectSource, Read, Source, Wanted
from redheart.types.weights import StoredWeights

#: Converting fewer bytes again is quicker than keeping a file of them.
WORTH_A_FILE_BYTES: Final = 8 * 2**20


class DiskMaster:
    """`folder` takes a copy of weights that are converted; `not_kept` says why there is none."""

    def __init__(self, wanted: Wanted, stored: StoredWeights, folder: ArenaFolder | None) -> None:
        self._stored, self._wanted, self._folder = stored, wanted, folder
        self._origin: Source = (DirectSource if stored.files else ConvertingSource)(wanted, stored)
        self._key = ArenaKey(wanted.owner, stored.identity, wanted.layout)
        self._copy: tuple[ArenaFile, DirectSource] | None = None
        self.not_kept = self._unwanted()
        if self.not_kept is None:
            self._find()

    @property
    def separable(self) -> bool:
        """True if chunks are read one by one."""
        return self._copy is not None or self._origin.separable

    @property
    def wants_copy(self) -> bool:
        """True if weights that are in should be given to `keep` before they leave."""
        return self._copy is None and self.not_kept is None

    def bring(self, chunks: Sequence[int], fill: Callable[[Read], None]) -> None:
        """Let `fill` read these chunks. Raises CheckpointError.

        A copy that is damaged is removed, and everything is read from where it came: the bits are the same.
        """
        if self._copy is not None:
            try:
                return self._bring(self._copy[1], chunks, fill)
            except CheckpointError:
                self._lose_copy(self._copy[0])
        self._bring(self._origin, chunks, fill)

    def keep(self, chunk: Callable[[int], memoryview]) -> None:
        """Write a copy of the chunks that `chunk` shows. Where that cannot be, `not_kept` says why."""
        assert self._folder is not None, "nobody wants a copy"
        self.not_kept = self._folder.keep(self._key, chunk)
        if self.not_kept is None:
            self._find()

    def keep_none(self, reason: str) -> None:
        """These weights are not to be copied."""
        self.not_kept = reason

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _bring(self, source: Source, chunks: Sequence[int], fill: Callable[[Read], None]) -> None:
        with source.reading(chunks) as read:
            fill(read)

    def _unwanted(self) -> str | None:
        nbytes = sum(self._wanted.layout.chunk_bytes)
        if self._origin.separable:
            return "its files hold the weights as they are used"
        if self._folder is None:
            return "no folder takes copies"
        return None if nbytes >= WORTH_A_FILE_BYTES else f"{mib(nbytes)} are converted again as quickly"

    def _find(self) -> None:
        assert self._folder is not None, "nobody wants a copy"
        try:
            found = self._folder.find(self._key)
        except CheckpointError:
            return  # it was removed, and is written again from weights that are read from where they came
        if found is not None:
            stored = StoredWeights(self._stored.identity, self._stored.read, (found.path,), check=found.check)
            wanted = Wanted(self._wanted.owner, self._wanted.layout, found.padding)
            self._copy = (found, DirectSource(wanted, stored, found.accept))

    def _lose_copy(self, file: ArenaFile) -> None:
        assert self._folder is not None, "nobody wants a copy"
        self._folder.drop(file)
        self._copy = None
