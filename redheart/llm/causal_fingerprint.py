"""What the files of a model look like from outside, to notice that they were changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from redheart.errors import CheckpointError


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Path, size in bytes, time of the last change in ns, of each file. Gigabytes are not read to hash them."""

    files: tuple[tuple[Path, int, int], ...]

    @classmethod
    def of(cls, paths: Iterable[Path]) -> Self:
        """What they look like now. Raises CheckpointError where one is missing."""
        try:
            looks = [(path, path.stat()) for path in paths]
        except OSError as error:
            raise CheckpointError(f"'{error.filename}' cannot be read ({error.strerror}). Restore the file.") from error
        return cls(tuple((path, look.st_size, look.st_mtime_ns) for path, look in looks))

    def check(self) -> None:
        """Raises CheckpointError if a file is another one by now: places in it are no longer known."""
        now = self.of(path for path, *_ in self.files)
        for (path, *_), was, found in zip(self.files, self.files, now.files, strict=True):
            if was != found:
                raise CheckpointError(f"'{path}' was changed while it was in use. Start again.")

    def __str__(self) -> str:
        return "|".join(f"{path}:{size}:{changed}" for path, size, changed in self.files)
