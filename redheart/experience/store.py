"""The experience store on LanceDB: one table an encoder, cosine search over all cases, one row a text."""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from redheart.errors import StoreError
from redheart.types.cases import Case, RecalledCase

if TYPE_CHECKING:  # both take over a second to import
    import pyarrow as pa
    from lancedb.db import AsyncConnection
    from lancedb.table import AsyncTable

#: Every write is a version on disk; after so many the old ones are cleared.
TIDY_EVERY = 64
#: Versions younger than this stay, for a reader of another process may still be on them.
KEEP_VERSIONS = timedelta(minutes=1)
#: Attempts of one write while other processes write as well.
ATTEMPTS = 10


class LanceCaseStore:
    """`CaseStore` in a folder of its own, made with the first case. Several processes of one user may share it.

    The folder gets mode 0700, also where it was there before; one of another user is refused.

    Vectors are kept as float32 and compared by cosine; the caller passes centred ones.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._connection: AsyncConnection | None = None
        self._writing = asyncio.Lock()

    def prepare(self) -> None:
        """Import what opening the store needs; blocks. Later it would seem that weights fill that memory."""
        import lancedb  # noqa: F401

    async def recall(self, vector: tuple[float, ...], encoder: str, limit: int) -> tuple[RecalledCase, ...]:
        """Nearest cases first, equals by `case_id`, only of that encoder. Raises StoreError."""
        _check_vector(vector)
        name = table_name(encoder)
        if limit < 1 or not self._holds(name):
            return ()
        with self._store_errors("read"):
            table = await (await self._connected()).open_table(name)
            schema = await table.schema()
            self._check_dimension(schema, len(vector))
            query = table.query().nearest_to(list(vector)).distance_type("cosine")
            rows = await query.select([*schema.names, "_distance"]).limit(limit).to_list()
        return tuple(sorted(map(_recalled, rows), key=lambda each: (-each.similarity, each.case.case_id)))

    async def record(self, case: Case) -> None:
        """Keep a case; one with the same `case_id` is replaced. Raises StoreError."""
        _check_vector(case.vector)
        self._make_folder()
        async with self._writing:
            with self._store_errors("written"):
                await self._merge(case)

    def _holds(self, name: str) -> bool:
        """True if that table is there. Raises StoreError if the path is no folder."""
        if self.path.exists() and not self.path.is_dir():
            raise StoreError(
                f"the experience store '{self.path}' is a file, not a folder. Name a folder in `experience.path`."
            )
        return (self.path / f"{name}.lance").is_dir()

    def _make_folder(self) -> None:
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(
                f"the experience store '{self.path}' cannot be made ({error.strerror}). "
                "Name a folder you may write in `experience.path`, or turn the store off with --no-experience."
            ) from error

    def _claim_folder(self) -> None:
        """Readable by its owner alone, also where it was there before. Raises StoreError if that is somebody else."""
        if not hasattr(os, "geteuid"):  # Windows: a folder in the user's profile is the user's
            return
        try:
            status = self.path.stat()
            if status.st_uid != os.geteuid():
                raise StoreError(
                    f"the experience store '{self.path}' belongs to another user ('{status.st_uid}'). "
                    "Name a folder of your own in `experience.path`, or turn the store off with --no-experience."
                )
            if status.st_mode & 0o777 != 0o700:
                self._refuse_shared_folder()
                self.path.chmod(0o700)
        except OSError as error:
            raise StoreError(
                f"the experience store '{self.path}' cannot be made private ({error.strerror}). "
                "Name a folder of your own in `experience.path`, or turn the store off with --no-experience."
            ) from error

    def _refuse_shared_folder(self) -> None:
        """A folder that holds anything but cases is not ours to close to others. Raises StoreError."""
        others = sorted(entry.name for entry in self.path.iterdir() if entry.suffix != ".lance")
        if others:
            raise StoreError(
                f"the experience store '{self.path}' holds other files ('{others[0]}') and is open to others. "
                "Name a folder of its own in `experience.path`, or turn the store off with --no-experience."
            )

    async def _connected(self) -> AsyncConnection:
        if self._connection is None:
            import lancedb

            self._claim_folder()

            # Zero: every read sees what other processes have written.
            self._connection = await lancedb.connect_async(self.path, read_consistency_interval=timedelta(0))
        return self._connection

    async def _merge(self, case: Case) -> None:
        """Write one row; when another process commits between, try again."""
        for attempt in range(1, ATTEMPTS + 1):
            try:
                table = await self._table(case)
                row = _row(case, await table.schema())
                merge = table.merge_insert("case_id").when_matched_update_all().when_not_matched_insert_all()
                version = (await merge.execute(row)).version
                break
            except (OSError, ValueError, RuntimeError) as error:
                if attempt == ATTEMPTS or not _is_conflict(error):
                    raise
        if version % TIDY_EVERY == 0:
            await _tidy(table)

    async def _table(self, case: Case) -> AsyncTable:
        name, connection = table_name(case.encoder), await self._connected()
        if not self._holds(name):
            return await connection.create_table(name, schema=_schema(len(case.vector)), exist_ok=True)
        table = await connection.open_table(name)
        self._check_dimension(await table.schema(), len(case.vector))
        return table

    def _check_dimension(self, schema: pa.Schema, dimension: int) -> None:
        kept = schema.field("vector").type.list_size
        if kept != dimension:
            raise StoreError(
                f"the experience store '{self.path}' keeps vectors of {kept} numbers for this encoder, not "
                f"'{dimension}'. Name another folder in `experience.path`."
            )

    @contextmanager
    def _store_errors(self, what: str) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, RuntimeError) as error:  # all that LanceDB raises; it has no class of its own
            first_line = str(error).partition("\n")[0][:200]
            raise StoreError(
                f"the experience store '{self.path}' cannot be {what} ({first_line}). "
                "Move that folder away, name another in `experience.path`, or turn the store off with --no-experience."
            ) from error


def table_name(encoder: str) -> str:
    """Letters and digits of the encoder's name, and a digest, for two names may share their letters."""
    letters = re.sub(r"[^A-Za-z0-9]+", "_", encoder).strip("_")[:60]
    return f"cases_{letters}_{hashlib.sha256(encoder.encode()).hexdigest()[:8]}"


def _schema(dimension: int) -> pa.Schema:
    import pyarrow as pa

    columns: dict[str, pa.DataType] = {}
    for name in ("case_id", "text", "language", "encoder", "decision", "recorded_at"):
        columns[name] = pa.string()
    for name in ("utility", "valence", "regret"):
        columns[name] = pa.float64()
    columns["vector"] = pa.list_(pa.float32(), dimension)
    return pa.schema(columns)


def _row(case: Case, schema: pa.Schema) -> pa.Table:
    import pyarrow as pa

    return pa.Table.from_pylist([case.model_dump()], schema=schema)


def _recalled(row: dict[str, Any]) -> RecalledCase:
    similarity = min(1.0, max(-1.0, 1.0 - row["_distance"]))
    return RecalledCase(case=Case(**{name: row[name] for name in Case.model_fields}), similarity=similarity)


def _check_vector(vector: Sequence[float]) -> None:
    length = math.hypot(*vector)
    if not (math.isfinite(length) and length > 0):
        raise StoreError(f"a vector of length '{length}' has no direction to compare. Encode the text again.")


def _is_conflict(error: Exception) -> bool:
    """True if another writer came between: a commit conflict, or a table that it has just made."""
    words = str(error).lower()
    return any(sign in words for sign in ("conflict", "already exists", "concurrent"))


async def _tidy(table: AsyncTable) -> None:
    """Merge small files and clear old versions. The row is already kept, so a conflict here is left to the next one."""
    try:
        await table.optimize(cleanup_older_than=KEEP_VERSIONS)
    except (OSError, ValueError, RuntimeError) as error:
        if not _is_conflict(error):
            raise
