"""An earlier output written anew: kept lines as they were, the others as they are answered again."""

import os
import shutil
from itertools import islice
from pathlib import Path

from redheart.entrypoints.resume import Kept


class MendedOutput:
    """Takes the new lines in order; the earlier output stays as it is until `close` puts the mended one in its place.

    What was not answered again when it is closed stays as it was. Raises OSError.
    """

    def __init__(self, out: Path, kept: Kept) -> None:
        self._out, self._kept = out, kept
        self._at = 0  # lines written
        self._earlier = out.open("rb")
        self._part = _part(out).open("wb")

    def write(self, content: bytes) -> int:
        """One line: in the place of the next one that was not kept, or after all of them."""
        while self._at < self._kept.whole and self._at not in self._kept.again:
            self._part.write(self._earlier.readline())
            self._at += 1
        if self._at < self._kept.whole:
            self._earlier.readline()
        self._at += 1
        return self._part.write(content)

    def flush(self) -> None:
        """To the disk's cache."""
        self._part.flush()

    def close(self) -> None:
        """The lines that are left, then the exchange."""
        with self._part as part, self._earlier as earlier:
            for line in islice(earlier, max(0, self._kept.whole - self._at)):
                part.write(line)
        _exchange(self._out)


def recover(out: Path) -> None:
    """Finish what a run that was killed left of a mended output, so that none of its lines is lost."""
    part = _part(out)
    if not part.is_file():
        return
    if not out.is_file():
        part.unlink()
        return
    with part.open("r+b") as stream, out.open("rb") as earlier:
        whole = 0
        for line in stream:
            if line.endswith(b"\n"):
                whole += len(line)
                earlier.readline()
        stream.truncate(whole)
        stream.seek(whole)
        shutil.copyfileobj(earlier, stream)
    _exchange(out)


def _part(out: Path) -> Path:
    target = out.resolve()
    return target.with_name(f".{target.name}.mended")


def _exchange(out: Path) -> None:
    part, target = _part(out), out.resolve()
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    shutil.copymode(target, part)
    part.replace(target)
