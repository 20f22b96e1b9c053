"""Refusal of a parameter out of its range."""

import math


def at_least(name: str, value: float, least: float) -> None:
    """Raises ValueError for a value below `least`, or one that is not finite."""
    if not math.isfinite(value) or value < least:
        raise ValueError(f"{name} '{value}': give a finite number of at least {least:g}")
