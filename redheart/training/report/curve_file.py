"""The loss curve as CSV: a line a step, the same bytes for the same run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from redheart.errors import InputError
from redheart.training.report.line_file import LineFile, whole_lines
from redheart.training.run.figures import StepFigures

FIXED: Final = ("step", "epoch", "lr", "loss", "gradient_norm")


class CurveFile:
    """`steps.csv`: step, epoch, lr, loss, gradient_norm, then the loss of every part; empty where a step has none."""

    def __init__(self, path: Path, parts: Sequence[str]) -> None:
        """Opens the file, or makes it. Raises InputError if it holds the curve of other parts."""
        self._parts = tuple(parts)
        header = ",".join((*FIXED, *self._parts))
        there = next(whole_lines(path), None) if path.exists() else None
        if there not in (None, header):
            raise InputError(f"'{path}' has the columns '{there}', not '{header}'. It is another run's curve.")
        self._file = LineFile(path)
        if there is None:
            self._file.append(header)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def append(self, figures: StepFigures) -> None:
        """One more step. Raises InputError if the disk refuses."""
        self._file.append(_line(figures, self._parts))

    def truncate_to(self, step: int) -> None:
        """Drop every step after `step`, so that a resumed run writes them again. 0 drops all.

        Raises InputError if the curve ends before `step`.
        """
        steps = [figures.step for figures in self.read()]
        kept = sum(1 for each in steps if each <= step)
        if step and (not kept or steps[kept - 1] != step):
            raise InputError(
                f"'{self._file.path}' has no step '{step}', where the stored state stands: lines are missing. "
                "Restore the file, or begin anew in another --out."
            )
        self._file.keep(1 + kept)

    def read(self) -> list[StepFigures]:
        """All steps so far. Raises InputError naming the line that is none."""
        self._file.flush()
        return read_curve(self._file.path)

    def flush(self) -> None:
        """To the disk: call it before a resumable state is written, never after every step."""
        self._file.flush()

    def close(self) -> None:
        """Write what is left and let go."""
        self._file.close()


def read_curve(path: Path) -> list[StepFigures]:
    """All whole lines of a curve, in order. Raises InputError naming the line that is none."""
    lines = whole_lines(path)
    columns = next(lines, "").split(",")
    if tuple(columns[: len(FIXED)]) != FIXED:
        raise InputError(f"'{path}' is no loss curve: its first line is not '{','.join(FIXED)},…'.")
    return [_figures(line, columns, f"'{path}', line {number}") for number, line in enumerate(lines, 2)]


def _line(figures: StepFigures, parts: Sequence[str]) -> str:
    unknown = [name for name in figures.parts if name not in parts]
    if unknown:
        raise ValueError(f"part {unknown[0]!r} has no column")
    fixed = (figures.step, figures.epoch, float(figures.lr), float(figures.loss), float(figures.gradient_norm))
    losses = [repr(float(figures.parts[name])) if name in figures.parts else "" for name in parts]
    return ",".join([*map(repr, fixed), *losses])


def _figures(line: str, columns: Sequence[str], place: str) -> StepFigures:
    cells = line.split(",")
    try:
        step, epoch = int(cells[0]), int(cells[1])
        lr, loss, norm = map(_finite, cells[2:5])
        parts = {name: _finite(cell) for name, cell in zip(columns[5:], cells[5:], strict=True) if cell}
    except ValueError as error:
        raise InputError(f"{place} is not a step with '{len(columns)}' columns ({error}). Restore the file.") from error
    return StepFigures(step=step, epoch=epoch, lr=lr, loss=loss, gradient_norm=norm, parts=parts)


def _finite(cell: str) -> float:
    number = float(cell)
    if not math.isfinite(number):
        raise ValueError(f"'{cell}' is no finite number")
    return number
