"""A share of rows with its interval, as the probes report it."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import Field

from redheart.calculus.reliability import wilson_interval
from redheart.types.base import Frozen


class Share(Frozen):
    """Rows that are right."""

    right: int
    rows: int
    value: float = Field(ge=0, le=1)
    ci95: tuple[float, float] = Field(description="Wilson's interval")


def share_of(right: Sequence[bool]) -> Share:
    """Of one row or more."""
    count = sum(right)
    value = count / len(right)
    return Share(right=count, rows=len(right), value=value, ci95=wilson_interval(value, len(right)))
