"""Raw outputs -> calibrated readings, by the calibration that the checkpoint carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from redheart.calculus.culture import KOREAN_ONLY, Axis, cultural_axes
from redheart.errors import CheckpointError
from redheart.nn.checkpoint import CheckpointConfig
from redheart.nn.heads.appraisal import DURATIONS, EVENT_EMOTIONS, SCORES
from redheart.nn.heads.violations import VIOLATIONS
from redheart.nn.reader import Raw, RawText
from redheart.nn.signal import signal_estimate
from redheart.nn.smoothing import UNCALIBRATED, smoothed_trajectory
from redheart.types.emotions import EMOTION_LABELS_KO, EMOTIONS, KOTE
from redheart.types.readings import (
    AppraisalReading,
    AxisComponent,
    CounterfactualReading,
    EmotionEstimate,
    EmotionEstimates,
    EmotionReading,
    EmotionScore,
    FactorEvidences,
    Interval,
    JusticeReading,
    OptionReading,
    OptionReadings,
    TrajectoryPoint,
    UtilityReading,
    ViolationsReading,
)
from redheart.types.situation import Language, Situation

DIMENSIONS = ("valence", "arousal", "dominance")
TOP = 5
TOP_SENTENCE = 3
FELT = 0.02  # an emotion less probable than this is not named, however rare it is elsewhere


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Applies one checkpoint's calibration."""

    config: CheckpointConfig
    llm_deviation: float  # assumed standard deviation of an LLM's valence, arousal, dominance of a whole text

    def probability(self, head: str, logits: np.ndarray) -> np.ndarray:
        """Calibrated probabilities of raw logits. Raises CheckpointError for a head that was never calibrated."""
        if head not in self.config.platt:
            raise CheckpointError(f"head '{head}' has no calibration in this checkpoint. Publish it with one.")
        a, b = self.config.platt[head]
        values: np.ndarray = 1 / (1 + np.exp(-(a * logits + b)))
        return values

    def utility(self, raw: float, language: Language) -> UtilityReading:
        """Centred on the neutral set of that language; Bradley-Terry against each of its sentences."""
        neutral = np.array(self.config.neutral_utility[language])
        better = self.probability("utility", raw - neutral).mean()
        return UtilityReading(raw=raw, centred=raw - float(neutral.mean()), better_than_neutral=float(better))

    def estimate(self, raw: Raw) -> EmotionEstimate:
        """One document's emotions."""
        kote = dict(zip(KOTE, self.probability("kote", raw["kote"]).tolist(), strict=True))
        axes = cultural_axes(kote)
        valence, arousal, dominance = np.clip(raw["dimensions"], -1, 1).tolist()
        return EmotionEstimate(
            probabilities=dict(zip(EMOTIONS, self.probability("emotion", raw["emotion"]).tolist(), strict=True)),
            kote=kote,
            axes={name: axis.value for name, axis in axes.items() if axis.value is not None},
            axis_components={name: _components(axis) for name, axis in axes.items()},
            valence=self.polarity(raw),
            arousal=arousal,
            dominance=dominance,
            valence_emobank=valence,
            intervals={name: self._interval(name, float(raw["dimensions"][i])) for i, name in enumerate(DIMENSIONS)},
        )

    def polarity(self, raw: Raw) -> float:
        """2 P(pleasant) - 1."""
        return float(2 * self.probability("polarity", raw["polarity"])[0] - 1)

    def _interval(self, dimension: str, value: float) -> Interval:
        half = self.config.conformal[dimension]
        low, high = np.clip([value - half, value + half], -1, 1).tolist()
        return Interval(low=low, high=high, coverage=self.config.conformal_coverage[dimension])

    def emotion(self, raw: RawText, situation: Situation) -> EmotionReading:
        """The text's emotions, their strongest sentences, and the trajectory over sentences, as read and as smoothed.

        The emotions that the LLM scored stand beside the head's estimate; they are not calibrated, so not fused. Nor is
        the smoothed trajectory: on dev it is no nearer to the gold labels than the head's reading of each sentence.
        """
        language, calibration = situation.language, self.config.trajectory
        whole = without_foreign_axes(self.estimate(raw.whole), language)
        rows = [
            {head: values[i] for head, values in raw.sentences.items()} for i in range(len(raw.sentences["emotion"]))
        ]
        alone = [self.estimate(row) for row in rows]
        points = [
            TrajectoryPoint(
                sentence=i,
                valence=estimate.valence,
                arousal=estimate.arousal,
                dominance=estimate.dominance,
                valence_emobank=estimate.valence_emobank,
                utility=self.utility(float(row["utility"][0]), language).centred,
                top=self.strongest(estimate.probabilities, language, None)[:TOP_SENTENCE],
            )
            for i, (estimate, row) in enumerate(zip(alone, rows, strict=True))
        ]
        signal = signal_estimate([estimate.probabilities for estimate in alone], situation, calibration)
        by_llm = situation.llm_dimensions
        smoothed = None
        if calibration is not None:
            read = raw.sentences["dimensions"]
            smoothed = smoothed_trajectory(read, signal, calibration, by_llm, self.llm_deviation)
        return EmotionReading(
            estimates=EmotionEstimates(head=whole, signal=signal, llm=situation.llm_emotions, llm_dimensions=by_llm),
            fused=whole,
            fused_from=("head",),
            top=self.strongest(whole.probabilities, language, alone)[:TOP],
            trajectory=tuple(points),
            smoothed=smoothed,
            smoothed_reason=UNCALIBRATED if smoothed is None else None,
        )

    def strongest(
        self, probabilities: dict[str, float], language: Language, sentences: list[EmotionEstimate] | None
    ) -> tuple[EmotionScore, ...]:
        """Emotions above their base rate, by p log2(odds / base odds); 'neutral', the others' absence, is left out."""
        p = np.array([probabilities[name] for name in EMOTIONS])
        salience = log2_odds(p) - log2_odds(np.array(self.config.base_rates["emotion"]))
        raised = [i for i in np.argsort(-p * salience, kind="stable").tolist() if salience[i] > 0 and p[i] >= FELT]
        return tuple(
            EmotionScore(
                name=name,
                label=EMOTION_LABELS_KO[name] if language == "ko" else name,
                probability=probabilities[name],
                salience=float(salience[i]),
                sentence=None if sentences is None else int(np.argmax([s.probabilities[name] for s in sentences])),
            )
            for i in raised
            if (name := EMOTIONS[i]) != "neutral"
        )

    def appraisals(self, raw: Raw) -> AppraisalReading | None:
        """None where that head was left out."""
        if "appraisal" not in raw:
            return None
        values = raw["appraisal"]
        ratings = 1 / (1 + np.exp(-values[: len(SCORES)]))
        others = self.probability("appraisal", values[len(SCORES) :])
        durations = others[: len(DURATIONS)] / others[: len(DURATIONS)].sum()
        return AppraisalReading(
            scores=dict(zip(SCORES, ratings.tolist(), strict=True)),
            duration=dict(zip(DURATIONS, durations.tolist(), strict=True)),
            emotions=dict(zip(EVENT_EMOTIONS, others[len(DURATIONS) :].tolist(), strict=True)),
            errors=self.config.appraisal_errors,
        )

    def violations(self, raw: Raw) -> ViolationsReading | None:
        """None where the checkpoint has no such head."""
        if "violations" not in raw:
            return None
        values = self.probability("violations", raw["violations"]).tolist()
        return ViolationsReading(probabilities=dict(zip(VIOLATIONS, values, strict=True)))

    def justice(self, raw: Raw) -> JusticeReading | None:
        """None where the checkpoint has no such head."""
        if "justice" not in raw:
            return None
        return JusticeReading(reasonable=float(self.probability("justice", raw["justice"])[0]))

    def factor_evidences(self) -> FactorEvidences | None:
        """What was measured of the factors; None where nothing was."""
        found = self.config.factor_evidence
        return None if found is None else FactorEvidences(by_route=found)

    def counterfactual(self, raw: Raw) -> CounterfactualReading:
        """Cues of regret in the words of the text."""
        cue = self.probability("counterfactual", raw["counterfactual"])[0] if "counterfactual" in raw else None
        remorse = self.probability("emotion", raw["emotion"])[EMOTIONS.index("remorse")]
        return CounterfactualReading(counterfactual=None if cue is None else float(cue), remorse=float(remorse))

    def options(self, raw: Raw, language: Language) -> OptionReadings:
        """Every option read with the text, and who beats whom."""
        count = len(raw["utility"])
        rows = [{head: values[i] for head, values in raw.items()} for i in range(count)]
        utilities = raw["utility"][:, 0]
        beats = self.probability("utility", utilities[:, None] - utilities[None, :])
        return OptionReadings(
            options=tuple(self._option(i, row, language) for i, row in enumerate(rows)),
            beats=tuple(tuple(row) for row in beats.tolist()),
        )

    def _option(self, index: int, raw: Raw, language: Language) -> OptionReading:
        estimate = self.estimate(raw)
        return OptionReading(
            option=index,
            utility=self.utility(float(raw["utility"][0]), language),
            sentiment=estimate.valence,
            valence=estimate.valence_emobank,
            valence_interval=estimate.intervals["valence"],
            emotion=estimate.probabilities,
            appraisals=self.appraisals(raw),
            violations=self.violations(raw),
            justice=self.justice(raw),
        )


def without_foreign_axes(estimate: EmotionEstimate, language: Language) -> EmotionEstimate:
    """Without the axes where they are read from words of another language."""
    if language == "ko":
        return estimate
    return estimate.model_copy(update={"axes": {}, "axis_components": {}, "axes_reason": KOREAN_ONLY})


def _components(axis: Axis) -> tuple[AxisComponent, ...]:
    return tuple(
        AxisComponent(
            name=part.component.name,
            value=part.value,
            source=f"KOTE {part.component.label}",
            proxy=part.component.proxy,
        )
        for part in axis.components
    )


def log2_odds(probabilities: np.ndarray) -> np.ndarray:
    """Odds in bits, finite also where rounding has made a probability 0 or 1."""
    p = np.clip(probabilities, 1e-15, 1 - 1e-15)
    bits: np.ndarray = np.log2(p / (1 - p))
    return bits
