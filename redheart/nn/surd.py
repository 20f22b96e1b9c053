"""Subset utilities of one text -> the decomposition as a reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from redheart.calculus.decomposition import decompose
from redheart.nn.plan import TextPlan
from redheart.types.readings import SurdReading, SurdShares, SurdTerm

TARGET = "utility before any squashing (Bradley-Terry logits)"


def surd_reading(plan: TextPlan, sentences: Sequence[str], utilities: np.ndarray | None) -> SurdReading:
    """`sentences` is the batch's list that the plan points into; `utilities` (2^n,), None below two units."""
    units = tuple(sentences[unit] for unit in plan.units)
    left_out = tuple(sentences[unit] for unit in plan.held)
    unit = "clause" if plan.unit_kind == "clause" else "sentence"
    if utilities is None:
        reason = f"the text has {len(units)} {unit}; a decomposition needs two units or more"
        return SurdReading(
            shares=None, reason=reason, target=TARGET, unit=unit, units=units, left_out=left_out, subsets=0, terms=()
        )
    result = decompose(len(units), utilities)
    return SurdReading(
        shares=None if result.shares is None else SurdShares(**asdict(result.shares)),
        reason=result.reason,
        target=TARGET,
        unit=unit,
        units=units,
        left_out=left_out,
        subsets=len(utilities),
        terms=tuple(SurdTerm(**asdict(term)) for term in result.terms),
    )
