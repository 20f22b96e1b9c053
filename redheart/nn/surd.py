"""Targets over subsets of one text -> the decomposition as a reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np

from redheart.calculus.interventions.decomposition import Decomposition
from redheart.calculus.interventions.sampled_decomposition import decompose_design
from redheart.calculus.interventions.subset_design import SubsetDesign
from redheart.calculus.interventions.words import in_words
from redheart.calculus.surd import surd
from redheart.nn.plan import TextPlan
from redheart.nn.surd_series import series_of
from redheart.types.readings import TrajectoryPoint
from redheart.types.situation import Language
from redheart.types.surd import SurdInformation, SurdReading, SurdShares, SurdTarget, SurdTerm

HEAD: Final = "surd"
#: The order of the head's outputs.
SHARES: Final = ("synergistic", "unique", "redundant", "leak")
MAIN: Final = "utility"
TARGETS: Final = {
    MAIN: "utility before any squashing (Bradley-Terry logits)",
    "valence": "polarity head: logit of P(pleasant), before calibration",
    "regret": "emotion head: logit of P(remorse), before calibration",
}
#: What a float32 forward pass may move an output by, as a share of the largest |output|; see the reader's tests.
FLOAT32_RESOLUTION: Final = 1e-5
#: Of the readings beside the main one, sets with a smaller share are left out.
TOLD_BESIDE: Final = 0.001
#: Units up to which the two-state form stands beside; its terms are as many as the subsets.
MOST_FOR_INFORMATION: Final = 6
CAVEAT: Final = (
    "observational form on the same subsets: effects that simply add up come out as synergy here, and AND and OR come "
    "out alike; the shares above it are the ones to read"
)


@dataclass(frozen=True, slots=True)
class SurdSource:
    """What was read of one text. `sentences` is the batch's list that the plan points into.

    `values`: target -> (M,) logits, a value a row of `design`; both None where no subset was read.
    """

    plan: TextPlan
    sentences: Sequence[str]
    language: Language
    design: SubsetDesign | None
    values: dict[str, np.ndarray] | None
    trajectory: Sequence[TrajectoryPoint]

    @property
    def unit(self) -> Literal["sentence", "clause"]:
        """What the units are."""
        return "clause" if self.plan.unit_kind == "clause" else "sentence"


@dataclass(frozen=True, slots=True)
class HeadShares:
    """What the learned head says of a text, and how far off it was on dev, by share."""

    shares: SurdShares
    errors: dict[str, float] | None


def head_shares(logits: np.ndarray, errors: dict[str, float] | None) -> HeadShares:
    """logits (4,), in the order of SHARES."""
    powers = np.exp(logits - logits.max())
    parts = dict(zip(SHARES, (powers / powers.sum()).tolist(), strict=True))
    return HeadShares(SurdShares(**parts), errors)


def surd_reading(source: SurdSource, head: HeadShares | None = None) -> SurdReading:
    """`head`: for a text of too many units for any sample; then `estimate` is true."""
    series, series_reason = series_of(source.trajectory)
    known: dict[str, Any] = {
        "target": TARGETS[MAIN],
        "unit": source.unit,
        "units": tuple(source.sentences[unit] for unit in source.plan.units),
        "series": series,
        "series_reason": series_reason,
    }
    if source.design is None or source.values is None:
        if head is None or len(source.plan.units) < 2:
            return SurdReading(shares=None, reason=_unread(source), subsets=0, terms=(), **known)
        return SurdReading(
            shares=head.shares, reason=None, subsets=0, terms=(), estimate=True, errors=head.errors, **known
        )
    main, others = source.values[MAIN], {name: row for name, row in source.values.items() if name != MAIN}
    found = _decomposed(source.design, main)
    return SurdReading(
        **known,
        **_fields(found, MAIN, source),
        subsets=len(main),
        below_noise=found.below_noise,
        targets={
            name: SurdTarget(
                target=TARGETS[name], **_fields(_decomposed(source.design, row), name, source, TOLD_BESIDE)
            )
            for name, row in others.items()
        },
        information=None if found.shares is None else _information(source.design, main),
    )


def _unread(source: SurdSource) -> str:
    units = len(source.plan.units)
    if units < 2:
        return f"the text has {units} {source.unit}; a decomposition needs two units or more"
    return (
        f"the text has {units} {source.unit}s, more than a sample of subsets decomposes, and the checkpoint has no "
        "SURD head"
    )


def _decomposed(design: SubsetDesign, values: np.ndarray) -> Decomposition:
    return decompose_design(design, values, resolution=FLOAT32_RESOLUTION * float(np.abs(values).max()))


def _fields(found: Decomposition, target: str, source: SurdSource, least: float = 0.0) -> dict[str, Any]:
    """`least`: share from which on a set of several units is told."""
    terms = [term for term in found.terms if len(term.units) == 1 or term.share >= least]
    return {
        "shares": None if found.shares is None else SurdShares(**asdict(found.shares)),
        "reason": found.reason,
        "variance": found.variance,
        "terms": tuple(SurdTerm(**asdict(term)) for term in terms),
        "summary": in_words(found, target, source.unit, source.language),
    }


def _information(design: SubsetDesign, values: np.ndarray) -> SurdInformation | None:
    """The published SURD of the full design; None with too many units."""
    if design.units > MOST_FOR_INFORMATION or not design.is_full:
        return None
    median = float(np.median(values))
    # Where more than half of the values are the greatest one, none lies above the median.
    above = values > median if (values > median).any() else values >= median
    found = surd(above.astype(float), design.rows.T.astype(float), bins=2)
    return SurdInformation(
        shares={kind: bits / found.entropy for kind, bits in found.totals().items()} | {"leak": found.leak},
        terms={label: share for label, share in found.shares().items() if label != "leak"},
        entropy=min(1.0, found.entropy),
        median=median,
        caveat=CAVEAT,
    )
