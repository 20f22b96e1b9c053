"""The decompositions that are kept of a data file's texts, a line a text, as targets to learn from."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pydantic import Field, ValidationError

from redheart.errors import ConfigError, InputError
from redheart.training.corpus.sidecar import Sidecar, sidecar
from redheart.types.base import Frozen
from redheart.types.surd import SurdShares

if TYPE_CHECKING:
    from redheart.calculus.interventions.decomposition import Decomposition

ENDING: Final = ".surd.jsonl"
_MEND: Final = "Delete it, then run `redheart data decompose` again."


class DecomposedText(Frozen):
    """One line: how the variance of a teacher's utility over the subsets of a text's sentences is shared out."""

    text: str = Field(pattern="^[0-9a-f]{64}$", description="SHA-256 of the text, in hex")
    units: int = Field(ge=2, description="sentences")
    subsets: int = Field(ge=4, description="how many of their subsets were read: all, or a balanced sample")
    shares: SurdShares | None
    reason: str | None = Field(description="why the shares are null")
    teacher: str = Field(description="digest of the checkpoint files that the utility depends on")

    @classmethod
    def of(cls, text: str, units: int, subsets: int, found: Decomposition, teacher: str) -> DecomposedText:
        """The line of one text."""
        shares = found.shares and SurdShares(
            synergistic=found.shares.synergistic,
            unique=found.shares.unique,
            redundant=found.shares.redundant,
            leak=found.shares.leak,
        )
        return cls(
            text=text_digest(text), units=units, subsets=subsets, shares=shares, reason=found.reason, teacher=teacher
        )


def text_digest(text: str) -> str:
    """SHA-256 in hex: what a text is found by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_shares(source: Path) -> dict[str, tuple[float, float, float, float]]:
    """SHA-256 of a text -> its shares: synergistic, unique, redundant, leak; empty where nothing was decomposed.

    Raises InputError for a damaged line, ConfigError where two teachers spoke.
    """
    lines = kept_lines(sidecar(source, ENDING, "decomposed").read)
    return {
        digest: (line.shares.synergistic, line.shares.unique, line.shares.redundant, line.shares.leak)
        for digest, line in lines.items()
        if line.shares is not None
    }


def kept_lines(files: Iterable[Path]) -> dict[str, DecomposedText]:
    """Text digest -> its last line in the files that exist. Raises as `read_shares` does."""
    found: dict[str, DecomposedText] = {}
    teacher: tuple[str, Path] | None = None
    for file in files:
        for line in _lines(file):
            teacher = teacher or (line.teacher, file)
            if line.teacher != teacher[0]:
                raise ConfigError(
                    f"'{file}' holds decompositions by teacher '{line.teacher[:12]}', and '{teacher[1]}' by "
                    f"'{teacher[0][:12]}'. Delete one of them."
                )
            found[line.text] = line
    return found


@dataclass(frozen=True, slots=True)
class DecompositionFile:
    """The sidecar of one data file, to be added to by one teacher."""

    place: Sidecar
    teacher: str

    @classmethod
    def beside(cls, source: Path, teacher: str) -> DecompositionFile:
        """Of a data file, wherever it may be written."""
        return cls(sidecar(source, ENDING, "decomposed"), teacher)

    def kept(self) -> Mapping[str, DecomposedText]:
        """What is there already. Raises ConfigError if it is another teacher's, InputError if it is damaged."""
        lines = kept_lines(self.place.read)
        for line in lines.values():
            if line.teacher != self.teacher:
                file = next(file for file in self.place.read if file.exists())
                raise ConfigError(
                    f"'{file}' was made by teacher '{line.teacher[:12]}', `model.path` names '{self.teacher[:12]}'. "
                    "Delete it, or name the checkpoint that made it: --set model.path=FOLDER."
                )
            break  # all are one teacher's, else they would have been refused
        return lines

    def append(self, lines: Sequence[DecomposedText]) -> None:
        """Add lines in one write, after the last whole one. Raises InputError if the disk refuses."""
        content = "".join(line.model_dump_json() + "\n" for line in lines).encode()
        try:
            self.place.write.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.place.write, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                _append(handle, content)
            finally:
                os.close(handle)
        except OSError as error:
            raise InputError(
                f"'{self.place.write}' cannot be written ({error.strerror}). Make room, then run it again: whole lines "
                "are kept."
            ) from error


def _append(handle: int, content: bytes) -> None:
    whole = _end_of_whole_lines(handle)
    if whole < os.fstat(handle).st_size:  # what a full disk, or a loss of power, left of a line
        os.ftruncate(handle, whole)
    if os.write(handle, content) < len(content):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    os.fsync(handle)


def _end_of_whole_lines(handle: int) -> int:
    end = os.fstat(handle).st_size
    while end:
        start = max(0, end - 65536)
        found = os.pread(handle, end - start, start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def _lines(file: Path) -> Iterator[DecomposedText]:
    """The whole lines of a file that may not exist; a torn last one was never written."""
    try:
        with file.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if line.endswith(b"\n"):
                    yield _parsed(line, number, file)
    except FileNotFoundError:
        return
    except OSError as error:
        raise InputError(f"'{file}' cannot be read ({error.strerror}). Make it readable, or delete it.") from error


def _parsed(line: bytes, number: int, file: Path) -> DecomposedText:
    try:
        return DecomposedText.model_validate_json(line)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise InputError(f"'{file}', line {number}: {where}: {first['msg']}. {_MEND}") from error
