"""Markdown tables."""

from __future__ import annotations

from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Numbers to the right, all else to the left; a column is of numbers where its first cell is one."""
    numeric = [bool(rows) and rows[0][at].strip("*~-−.0123456789,% ") == "" for at in range(len(head))]
    rule = ["---:" if each else "---" for each in numeric]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (head, rule, *rows))


def figure(value: float | None, digits: int = 3) -> str:
    """`.482`, empty for what was not measured."""
    if value is None:
        return ""
    shown = f"{value:.{digits}f}"
    return shown.replace("0.", ".", 1) if shown.startswith(("0.", "-0.")) else shown


def interval(bounds: Sequence[float] | None) -> str:
    """`.47 to .50`."""
    return "" if bounds is None else f"{figure(bounds[0], 2)} to {figure(bounds[1], 2)}"
