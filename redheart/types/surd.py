"""What drives a text's readings: the decomposition over its units, as records. No arithmetic here."""

from typing import Literal

from pydantic import Field

from redheart.types.base import Frozen


class SurdTerm(Frozen):
    """One term of the decomposition."""

    units: tuple[int, ...] = Field(description="indices of the units that make the term, counted from 0")
    kind: Literal["synergistic", "unique", "redundant"]
    coefficient: float = Field(
        description="signed coefficient in the target's logits: mean of target times +1 (present) or -1 (absent) of "
        "each unit; of a single unit, half of what its presence adds on average"
    )
    share: float = Field(ge=0, le=1, description="share of the target's variance over the subsets")


class SurdShares(Frozen):
    """Shares of the target's variance over all subsets; they sum to 1."""

    synergistic: float = Field(ge=0, le=1, description="what counts only together, or where one depends on another")
    unique: float = Field(ge=0, le=1, description="what each unit does by itself")
    redundant: float = Field(ge=0, le=1, description="what one of several units suffices for")
    leak: float = Field(ge=0, le=1, description="what a sample of subsets leaves unexplained; 0 where all were read")


class SurdTarget(Frozen):
    """The decomposition of one more reading, over the same subsets."""

    target: str = Field(description="which output of which head, before any squashing")
    shares: SurdShares | None
    reason: str | None = Field(description="why the shares are null")
    variance: float = Field(ge=0, description="variance of the target over the subsets, in squared logits")
    terms: tuple[SurdTerm, ...] = Field(description="each unit, and the sets with a share of 0.001 or more")
    summary: tuple[str, ...] = Field(description="the strongest terms in words, in the text's language")


class SurdInformation(Frozen):
    """The published, information-theoretic SURD of the same subsets, with the main target in two states."""

    shares: dict[str, float] = Field(description="redundant, unique, synergistic, leak: shares of H(T), sum 1")
    terms: dict[str, float] = Field(description="R12, U1, S123 ...: shares of H(T), units counted from 1")
    entropy: float = Field(ge=0, le=1, description="H(T) in bits; T says whether the target is above its median")
    median: float = Field(description="where the target was cut, in its logits")
    caveat: str = Field(description="what these shares must not be read as")


class SurdSeriesTarget(Frozen):
    """What drives one variable of the trajectory a sentence later."""

    variable: str
    entropy: float = Field(ge=0, description="H(T) in bits")
    shares: dict[str, float] = Field(description="R12, U1, S123 ... and leak: shares of H(T), plug-in, biased upwards")
    corrected: dict[str, float] = Field(
        description="share less the mean of the shifted series, never clipped; 'explained' is 1 - leak"
    )
    p_values: dict[str, float] = Field(
        description="(1 + shifted series that reach the raw share) / (1 + series), by label; each shift cuts the "
        "target off from all variables at once, so where one tells something only 'explained' is a fair test"
    )


class SurdSeries(Frozen):
    """Published SURD of the emotion trajectory: each variable a sentence later, by all variables now. Observational."""

    variables: tuple[str, ...] = Field(description="agents 1, 2, 3 of the labels, one value a sentence")
    samples: int = Field(ge=1, description="sentences")
    lag: int = Field(ge=1, description="sentences between agents and target")
    bins: int = Field(ge=2, description="bins an axis, cut at quantiles")
    null: str = Field(description="what the p-values compare with, and from which seed")
    draws: int = Field(ge=1, description="shifted series; a text of few sentences has no more")
    targets: tuple[SurdSeriesTarget, ...]


class SurdReading(Frozen):
    """Interventional decomposition of one text: units present or absent, target the centred utility."""

    shares: SurdShares | None
    reason: str | None = Field(description="why the shares are null")
    target: str = Field(description="which output of which head, before any squashing")
    unit: Literal["sentence", "clause"] | None
    units: tuple[str, ...]
    left_out: tuple[str, ...] = Field(default=(), description="always empty: every unit is varied, or none is")
    subsets: int = Field(ge=0, description="how many subsets were read: all 2^n, or a balanced sample")
    terms: tuple[SurdTerm, ...] = Field(
        description="all sets of units; of a sample, each unit, and the sets told from the sampling noise"
    )
    below_noise: int = Field(
        default=0, ge=0, description="sets estimated from the sample but not told from its noise; they leak"
    )
    variance: float | None = Field(
        default=None, ge=0, description="variance of the target over the subsets, in squared logits; null if none read"
    )
    summary: tuple[str, ...] = Field(default=(), description="the strongest terms in words, in the text's language")
    targets: dict[str, SurdTarget] = Field(
        default_factory=dict, description="other readings over the same subsets: valence, regret"
    )
    information: SurdInformation | None = Field(
        default=None, description="the two-state form of 2 to 6 units; null with more, or without shares"
    )
    series: SurdSeries | None = Field(
        default=None, description="SURD of the emotion trajectory of 60 sentences or more"
    )
    series_reason: str | None = Field(default=None, description="why the series is null")
    estimate: bool = Field(default=False, description="true where the learned head gave the shares")
    errors: dict[str, float] | None = Field(
        default=None,
        description="share -> mean absolute error of the learned head on dev texts in this language, put together "
        "of 33 to 53 sentences; a longer text is beyond what was measured; null if nothing was estimated",
    )
