"""Bars, numbers and quotes as they stand in the report: no colour needed, double-width characters counted as two."""

import unicodedata

from rich.cells import cell_len, set_cell_size
from rich.console import Console, ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.text import Text

_EIGHTHS = " ▏▎▍▌▋▊▉█"
NOTHING = "—"


def number(value: float | None, signed: bool = False) -> str:
    """Two decimals, a true minus sign; a dash where there is no value."""
    if value is None:
        return NOTHING
    shown = f"{value:+.2f}" if signed else f"{value:.2f}"
    return ("0.00" if float(shown) == 0 else shown).replace("-", "−")


def bar(share: float, width: int) -> str:
    """A bar of `width` cells for a share in [0, 1], to an eighth of a cell, padded with spaces."""
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(width)


def signed_bar(value: float, half: int) -> Text:
    """A bar to the left or right of a middle line for a value in [-1, 1]; 2 * half + 1 cells."""
    length = round(min(1.0, abs(value)) * half)
    left = ("█" * length if value < 0 else "").rjust(half)
    right = ("█" * length if value > 0 else "").ljust(half)
    return Text.assemble((left, "red"), ("│", "dim"), (right, "green"))


def sparkline(values: list[float]) -> str:
    """One character a value in [-1, 1], low to high."""
    blocks = "▁▂▃▄▅▆▇█"
    return "".join(blocks[min(7, int((max(-1.0, min(1.0, value)) + 1) * 4))] for value in values)


def plain(text: str) -> str:
    """One line without control characters: a text must not steer the reader's terminal."""
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf") or c == "\u200d")


class Clipped:
    """One line that fits whatever width it is given; `quotes` stand around it and are never cut off."""

    def __init__(self, text: str, style: str = "", quotes: tuple[str, str] = ("", "")) -> None:
        self._line = plain(text)
        self._style = style
        self._quotes = quotes

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        before, after = self._quotes
        room = max(2, options.max_width - cell_len(before + after))
        yield Text(before + clipped(self._line, room) + after, style=self._style, no_wrap=True, overflow="crop")

    def __rich_measure__(self, console: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(8, max(8, cell_len("".join(self._quotes) + self._line))).with_maximum(options.max_width)


def clipped(text: str, cells: int) -> str:
    """`plain`, cut to a width in terminal cells with an ellipsis."""
    line = plain(text)
    return line if cell_len(line) <= cells else set_cell_size(line, cells - 1).rstrip() + "…"
