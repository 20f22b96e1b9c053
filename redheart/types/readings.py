"""What the learned model reads from a text: one frozen record a kind. No arithmetic here."""

from typing import Literal

from pydantic import Field

from redheart.types.base import Frozen
from redheart.types.trajectory import SignalEstimate, SmoothedTrajectory


class Interval(Frozen):
    """A split-conformal interval: the reading ± a quantile of the residuals on English EmoBank dev rows."""

    low: float
    high: float
    coverage: float = Field(
        ge=0, le=1, description="share of dev rows inside, each half judged by the other's quantile"
    )


class EmotionScore(Frozen):
    """One emotion of the canonical list, as read from one text."""

    name: str
    label: str = Field(description="the name in the text's language")
    probability: float = Field(
        ge=0, le=1, description="calibrated on dev rows: one Platt scaling for all labels of the head"
    )
    salience: float = Field(description="log2 odds over the label's base rate: how far the text raises it, in bits")
    sentence: int | None = Field(description="index of the sentence in which the emotion is strongest")


class AxisComponent(Frozen):
    """One of the two components of a cultural axis."""

    name: str = Field(description="affection, loyalty; sorrow, resentment; dignity, social_face")
    value: float | None = Field(ge=0, le=1, description="calibrated probability of its label; null where none was read")
    source: str = Field(description="the label it is read from, of KOTE")
    proxy: str | None = Field(description="null where the label names the component; else for what it only stands in")


class EmotionEstimate(Frozen):
    """One estimator's view of a whole text."""

    probabilities: dict[str, float] = Field(description="canonical emotion -> calibrated probability")
    kote: dict[str, float] = Field(
        description="KOTE emotion -> probability, learned from Korean online comments and calibrated on them; "
        "nothing measures it in English"
    )
    axes: dict[str, float] = Field(
        description="jeong, han, chemyeon in [0, 1]: mean of two KOTE probabilities each; empty with `axes_reason`"
    )
    axis_components: dict[str, tuple[AxisComponent, ...]] = Field(
        default_factory=dict, description="axis -> what it is composed of; the axis is their mean; empty as the axes"
    )
    axes_reason: str | None = Field(default=None, description="why there are no axes; null where there are")
    valence: float = Field(ge=-1, le=1, description="2 P(pleasant) - 1, P calibrated on polar dev rows")
    arousal: float = Field(ge=-1, le=1, description="EmoBank arousal, (A - 3) / 2")
    dominance: float = Field(ge=-1, le=1, description="EmoBank dominance, (D - 3) / 2")
    valence_emobank: float = Field(ge=-1, le=1, description="EmoBank valence, (V - 3) / 2")
    intervals: dict[str, Interval] = Field(description="intervals of the three EmoBank dimensions")


class TrajectoryPoint(Frozen):
    """One sentence on its own."""

    sentence: int
    valence: float = Field(ge=-1, le=1)
    arousal: float = Field(ge=-1, le=1)
    dominance: float | None = Field(default=None, ge=-1, le=1, description="EmoBank dominance, (D - 3) / 2")
    valence_emobank: float | None = Field(default=None, ge=-1, le=1, description="EmoBank valence, (V - 3) / 2")
    utility: float = Field(description="centred utility of the sentence alone")
    top: tuple[EmotionScore, ...]


class EmotionEstimates(Frozen):
    """Which estimators ran; null means that it did not."""

    head: EmotionEstimate | None
    signal: SignalEstimate | None = None
    llm: dict[str, float] | None = Field(default=None, description="emotions as the LLM scored them, in [0, 1]")
    llm_dimensions: dict[str, float] | None = Field(
        default=None, description="valence, arousal, dominance of the whole, as far as the LLM gave them, in [-1, 1]"
    )


class EmotionReading(Frozen):
    """What is felt, and how it moves."""

    estimates: EmotionEstimates
    fused: EmotionEstimate
    fused_from: tuple[str, ...]
    top: tuple[EmotionScore, ...] = Field(
        max_length=5,
        description="emotions of at least 0.02 and above their base rate, at most five, by probability times salience",
    )
    trajectory: tuple[TrajectoryPoint, ...]
    smoothed: SmoothedTrajectory | None = Field(
        default=None, description="the trajectory with 95 % bands; null with the reason in `smoothed_reason`"
    )
    smoothed_reason: str | None = None


class FactorEvidence(Frozen):
    """How far one way of computing a factor agrees with the nearest labelled signal, on rows that did not teach it."""

    r: float | None = Field(default=None, ge=-1, le=1, description="Pearson correlation; null where nothing labels it")
    n: int = Field(default=0, ge=0, description="rows that it was measured on")
    on: str = Field(description="data set and signal, or why nothing measures it")
    interval: tuple[float, float] | None = Field(default=None, description="95 % interval of r, by Fisher's z")
    rmse: float | None = Field(
        default=None, ge=0, description="root mean square error, where the signal has the factor's own unit"
    )


class FactorEvidences(Frozen):
    """What was measured of the factors as a checkpoint gives them. Not part of the result; each factor carries its own.

    `by_route`: '<factor>/<route>', see `Factor.route`.
    """

    by_route: dict[str, FactorEvidence]


class Factor(Frozen):
    """One circumstance of Bentham's calculus, with where it came from."""

    value: float | None = Field(ge=0, le=1)
    source: str = Field(description="head, rule, table or calculus that gave the value; 'none' when there is none")
    kind: Literal["learned", "rule", "table", "calculus", "llm", "absent"]
    uncertainty: float | None = Field(
        default=None, ge=0, description="standard deviation, in the factor's own unit; null where nothing measures it"
    )
    uncertainty_source: str | None = Field(
        default=None, description="where the uncertainty comes from, or why it is null"
    )
    term: str | None = Field(
        default=None, description="linguistic term of highest membership; null for factors without such a variable"
    )
    route: str | None = Field(default=None, description="which way of computing it was taken: its evidence is of that")
    evidence: FactorEvidence | None = Field(
        default=None, description="agreement with labelled rows; null in a checkpoint in which nothing was measured"
    )
    low_evidence: bool = Field(
        default=True, description="true below a correlation of 0.2 on 100 rows, and where nothing was measured"
    )
    weight: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="how much of it enters the sum: 1, or less with low evidence; 1 as well where no factor was "
        "measured, for then nothing tells them apart",
    )


#: The ten factors, in order: seven of Bentham 1789 ch. IV, three of ours (costs count negatively).
BENTHAM_FACTORS = (
    "intensity", "duration", "certainty", "propinquity", "fecundity", "purity", "extent",
    "external_cost", "redistribution", "self_damage",
)  # fmt: skip
WEIGHT_LAYERS = ("contextual", "temporal", "social", "ethical", "emotional", "cognitive")


class UtilityReading(Frozen):
    """Learned scalar utility (ETHICS utilitarianism pairs, Bradley-Terry)."""

    raw: float
    centred: float = Field(description="raw minus the mean of the neutral set, in Bradley-Terry logits")
    better_than_neutral: float = Field(
        ge=0, le=1, description="mean P(more pleasant than a neutral sentence), calibrated on English pairs"
    )


class AppraisalReading(Frozen):
    """Appraisals, intensity and duration in the manner of crowd-enVENT; null as a whole when that head is left out."""

    scores: dict[str, float] = Field(description="appraisal -> [0, 1], from ratings 1 to 5")
    duration: dict[str, float] = Field(
        description="one-vs-rest probabilities of seconds ... weeks, normalised to sum 1"
    )
    emotions: dict[str, float] = Field(description="13 event emotions -> probability, one Platt scaling for all")
    errors: dict[str, float] | None = Field(
        default=None,
        description="appraisal -> RMSE on English crowd-enVENT dev rows, in [0, 1]; null where the checkpoint has none",
    )


class ViolationsReading(Frozen):
    """Which of ten common rules the act of a text breaks; null as a whole where the checkpoint lacks that head."""

    probabilities: dict[str, float] = Field(description="rule -> P(broken), one Platt scaling for all (MoralChoice)")


class JusticeReading(Frozen):
    """Is what the text claims as somebody's due reasonable; null as a whole where the checkpoint lacks that head."""

    reasonable: float = Field(ge=0, le=1, description="P(reasonable): impartiality and desert (ETHICS, justice)")


class CounterfactualReading(Frozen):
    """Does the text speak of what might have been."""

    counterfactual: float | None = Field(ge=0, le=1, description="SemEval-2020 task 5 head; null when left out")
    remorse: float = Field(ge=0, le=1, description="the emotion head's probability of remorse")


class OptionReading(Frozen):
    """One option, read together with the text."""

    option: int
    utility: UtilityReading
    sentiment: float = Field(ge=-1, le=1, description="2 P(pleasant) - 1, as the text's valence")
    valence: float = Field(ge=-1, le=1, description="EmoBank valence, (V - 3) / 2")
    valence_interval: Interval = Field(description="interval of that valence")
    emotion: dict[str, float]
    appraisals: AppraisalReading | None
    violations: ViolationsReading | None = None
    justice: JusticeReading | None = None


class OptionReadings(Frozen):
    """All options of one task, in their order."""

    options: tuple[OptionReading, ...]
    beats: tuple[tuple[float, ...], ...] = Field(
        description="beats[i][j]: P(option i preferred to j), calibrated on English pairs"
    )


class TextEmbedding(Frozen):
    """Mean-pooled encoder vector of the text, for the experience store. Not part of the result."""

    vector: tuple[float, ...]
    encoder: str = Field(description="which vectors may be compared: encoder, revision, digest of the centring mean")
    truncated: tuple[str, ...] = Field(default=(), description="sentences and options longer than the encoder's window")
