"""Markdown, so far as a report needs it: tables, lists, numbers as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

NOTHING: Final = "–"
_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: int = 0) -> str:
    """A table whose last `numbers` columns stand to the right; empty without rows."""
    body = [" | ".join(cell(text) for text in row) for row in rows]
    if not body:
        return ""
    rule = ["---"] * (len(head) - numbers) + ["---:"] * numbers
    return "\n".join(f"| {line} |" for line in (" | ".join(map(cell, head)), " | ".join(rule), *body))


def cell(text: str) -> str:
    """One line without what would end a cell."""
    return " ".join(text.split()).replace("|", "\\|")


def section(title: str, *paragraphs: str) -> str:
    """A heading and what is not empty below it; nothing at all where there is nothing to say."""
    said = [paragraph for paragraph in paragraphs if paragraph]
    return "\n\n".join([f"## {title}", *said]) if said else ""


def bullets(lines: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"- {line}" for line in lines)


def picture(caption: str, file: str) -> str:
    """A picture beside the report."""
    return f"![{caption}]({file})"


def loss(value: float | None) -> str:
    """Four decimals; four digits where that would show zeros alone."""
    if value is None:
        return NOTHING
    return f"{value:.4f}" if value == 0 or abs(value) >= 0.001 else f"{value:.3e}"


def score(value: float | None) -> str:
    """Three decimals."""
    return NOTHING if value is None else f"{value:.3f}"


def tiny(value: float | None) -> str:
    """Two digits, as for ratios."""
    return NOTHING if value is None else f"{value:.1e}"


def size(count: float) -> str:
    """Bytes in the unit that leaves the fewest digits."""
    unit = 0
    while count >= 1024 and unit < len(_UNITS) - 1:
        count, unit = count / 1024, unit + 1
    return f"{count:.0f} {_UNITS[unit]}" if unit == 0 else f"{count:.1f} {_UNITS[unit]}"
