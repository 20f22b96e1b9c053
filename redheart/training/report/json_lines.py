"""Records of one kind, a JSON line each, in a file that grows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

from pydantic import ValidationError

from redheart.errors import InputError
from redheart.training.report.line_file import LineFile, whole_lines
from redheart.types.base import Frozen

Record = TypeVar("Record", bound=Frozen)


class JsonLines(Generic[Record]):
    """`epochs.jsonl`, `updates.jsonl`: the same bytes for the same records; a line cut off half-way was never there."""

    def __init__(self, path: Path, model: type[Record]) -> None:
        """Opens the file, or makes it. Raises InputError if the disk refuses."""
        self._file, self._model = LineFile(path), model

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def append(self, record: Record) -> None:
        """One more record. Raises InputError if the disk refuses."""
        self._file.append(record.model_dump_json())

    def truncate_after(self, belongs: Callable[[Record], bool]) -> None:
        """Keep the leading records that belong; drop the first that does not, and all after it.

        `file.truncate_after(lambda epoch: epoch.step <= state.step)`. Raises InputError for a line that is no record.
        """
        self._file.flush()
        kept = 0
        for record in self.read():
            if not belongs(record):
                break
            kept += 1
        self._file.keep(kept)

    def read(self) -> list[Record]:
        """All records so far. Raises InputError naming the line that is none."""
        self._file.flush()
        return read_records(self._file.path, self._model)

    def flush(self) -> None:
        """To the disk: call it before a resumable state is written."""
        self._file.flush()

    def close(self) -> None:
        """Write what is left and let go."""
        self._file.close()


def read_records(path: Path, model: type[Record]) -> list[Record]:
    """All whole lines of a file, in order. Raises InputError naming the line that is no record of this kind."""
    records = []
    for number, line in enumerate(whole_lines(path), 1):
        try:
            records.append(model.model_validate_json(line))
        except ValidationError as error:
            reason = error.errors()[0]
            where = ".".join(map(str, reason["loc"])) or "the line"
            raise InputError(f"'{path}', line {number}: {where}: {reason['msg']}. Restore the file.") from error
    return records
