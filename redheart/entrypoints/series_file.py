"""Series of numbers from a file: an npz archive or a CSV. Whatever is no clean table of numbers is refused."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from redheart.entrypoints.series_csv import read_csv
from redheart.entrypoints.source import file_size
from redheart.errors import InputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NPZ, CSV = ".npz", ".csv"
_NUMBER: Final = re.compile("[0-9]{1,9}")
_NUMBERS: Final = "fiub"  # dtype kinds that are real numbers: float, int, unsigned, bool


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """`values` (variables, samples), float64, finite; `names`: a CSV's header; `array`: the npz array that was read."""

    values: NDArray[np.float64]
    names: tuple[str, ...] | None = None
    array: str | None = None

    def name(self, variable: int) -> str:
        """What people call a 1-based variable: its column's name, else its number."""
        return str(variable) if self.names is None else self.names[variable - 1]

    def variable(self, wanted: str) -> int:
        """The 1-based number of a variable given by number or by column name. Raises InputError for neither."""
        if self.names is not None and wanted in self.names:
            return self.names.index(wanted) + 1
        known = len(self.values)
        if _NUMBER.fullmatch(wanted) and 1 <= int(wanted) <= known:
            return int(wanted)
        raise InputError(f"--target '{wanted}' is no variable of the file. {self._mend(wanted)}")

    def _mend(self, wanted: str) -> str:
        numbers = f"a number from 1 to {len(self.values)}"
        if self.names is None:
            return f"Use {numbers}."
        near = difflib.get_close_matches(wanted, self.names, 1)
        guess = f"Did you mean '{near[0]}'? " if near else ""
        return f"{guess}Use {numbers}, or one of: {', '.join(self.names[:20])}{', …' * (len(self.names) > 20)}."


def read_series(path: Path, array: str | None = None) -> Series:
    """The series in `path`: an npz array (variables, samples), by name where there are several, or CSV columns.

    Raises InputError for a file that is missing, foreign, cut short, empty or ragged, for what is no finite number
    (naming where), and for fewer than two samples.
    """
    kind = path.suffix.lower()
    if kind not in (NPZ, CSV):
        raise InputError(f"'{path}' ends in '{path.suffix}'. Give a {NPZ} (one array, variables x samples) or a {CSV}.")
    if array is not None and kind != NPZ:
        raise InputError(f"--array '{array}' chooses inside a {NPZ}, but '{path}' is a {CSV}. Leave it out.")
    if file_size(path) == 0:
        raise InputError(f"'{path}' is empty (0 bytes). Give a file with numbers.")
    if kind == CSV:
        values, names = read_csv(path)
        series = Series(values, names)
    else:
        series = _read_npz(path, array)
    _refuse_shape(series.values, path)
    _refuse_not_finite(series, path)
    return series


def _read_npz(path: Path, array: str | None) -> Series:
    import zipfile
    import zlib

    import numpy as np

    if not zipfile.is_zipfile(path):
        raise InputError(f"'{path}' is no npz archive, or was cut short. Write it with numpy.savez(file, x=values).")
    try:
        with np.load(path, allow_pickle=False) as archive:
            name = _chosen(tuple(archive.files), array, path)
            found: Any = archive[name]
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise InputError(f"'{path}' is damaged or cut short ({error}). Write it again with numpy.savez.") from error
    except ValueError as error:
        raise InputError(f"'{path}' holds an array that cannot be read: {_why(error)}") from error
    except (MemoryError, RuntimeError) as error:
        raise InputError(f"'{path}' cannot be unpacked ({error}). Save fewer samples, unencrypted.") from error
    return Series(_numbers(found, name, path), None, name)


def _why(error: ValueError) -> str:
    if "Object arrays" in str(error):
        return "its dtype is 'object', which only unpickling could read. Save plain numbers: values.astype(float)."
    return f"{str(error).splitlines()[0]}. Write it again with numpy.savez."


def _chosen(names: tuple[str, ...], wanted: str | None, path: Path) -> str:
    if not names:
        raise InputError(f"'{path}' is an archive without arrays. Write it with numpy.savez(file, x=values).")
    known = ", ".join(names[:20]) + ", …" * (len(names) > 20)
    if wanted is not None:
        if wanted not in names:
            raise InputError(f"--array '{wanted}' is not in '{path}'. Choose one of: {known}.")
        return wanted
    if len(names) > 1:
        raise InputError(f"'{path}' holds {len(names)} arrays ({known}). Choose one: --array {names[0]}.")
    return names[0]


def _numbers(found: Any, name: str, path: Path) -> NDArray[np.float64]:
    """(variables, samples) as float64, its samples side by side in memory."""
    import numpy as np

    if not isinstance(found, np.ndarray):
        raise InputError(f"'{name}' in '{path}' is no array. Write the file with numpy.savez(file, x=values).")
    if found.dtype.kind not in _NUMBERS:
        raise InputError(f"array '{name}' in '{path}' has dtype '{found.dtype}', no real numbers. Save it as float.")
    if found.ndim != 2:
        raise InputError(
            f"array '{name}' in '{path}' has shape '{found.shape}', {found.ndim} dimension(s); two are needed, "
            "(variables, samples). Reshape it: values.reshape(variables, -1)."
        )
    with np.errstate(over="ignore"):  # a long double beyond float64 becomes infinite, which is refused by its place
        return np.ascontiguousarray(found, dtype=np.float64)


def _refuse_shape(values: NDArray[np.float64], path: Path) -> None:
    variables, samples = values.shape
    if not values.size:
        raise InputError(f"'{path}' has {variables} variable(s) and {samples} sample(s): no numbers. Give some.")
    if samples < 2:
        raise InputError(f"'{path}' has '1' sample of {variables} variable(s). A decomposition needs many samples.")
    if variables > samples:
        raise InputError(
            f"'{path}' has '{variables:,}' variables and only '{samples:,}' samples: it seems to lie on its side. "
            f"Transpose it: in a {NPZ} variables are rows, in a {CSV} they are columns."
        )


def _refuse_not_finite(series: Series, path: Path) -> None:
    """Variable by variable, so that the check of a large file costs the memory of one row."""
    import numpy as np

    for number, row in enumerate(series.values, 1):
        bad = np.flatnonzero(~np.isfinite(row))
        if bad.size:
            first, more = int(bad[0]), f" ({bad.size:,} such values in this variable)" * (bad.size > 1)
            called = f"variable {number}" + (f" '{series.name(number)}'" if series.names else "")
            raise InputError(
                f"'{path}': {called}, sample {first + 1} is '{row[first]}'{more}. Fill or cut such samples first."
            )
