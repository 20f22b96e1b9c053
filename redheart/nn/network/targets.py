"""What a part of the network may be taught: one table of targets, each with its outputs and its provenance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from redheart.nn.heads.appraisal import DURATIONS, EVENT_EMOTIONS, SCORES
from redheart.nn.surd import SHARES
from redheart.types.emotions import EMOTIONS, KOTE
from redheart.types.readings import BENTHAM_FACTORS

#: labels: several of the outputs may hold; classes: shares of 1; scores: values in [0, 1]; dimensions: in [-1, 1];
#: shares: four shares of the SURD decomposition; pair: which of two documents is preferred.
Kind = Literal["labels", "classes", "scores", "dimensions", "shares", "pair"]


@dataclass(frozen=True, slots=True)
class Target:
    """One target: its outputs in order, what kind of number they are, and where the labels come from.

    `weight` brings the losses of targets to one order of size before the weights of a run apply.
    """

    name: str
    outputs: tuple[str, ...]
    kind: Kind
    provenance: str
    weight: float = 1.0


FACTORS: Final = BENTHAM_FACTORS
#: The order of `emotions` in labelled records: the eight base emotions but anticipation, of which they say nothing.
RECORD_EMOTIONS: Final = ("joy", "trust", "fear", "surprise", "sadness", "disgust", "anger")

TARGETS: Final[dict[str, Target]] = {
    target.name: target
    for target in (
        Target("emotion", EMOTIONS, "labels", "GoEmotions labels (Demszky et al., ACL 2020)", 10.0),
        Target("base_emotion", RECORD_EMOTIONS, "classes", "`emotions` of labelled records: seven shares of 1"),
        Target("event_emotion", EVENT_EMOTIONS, "classes", "crowd-enVENT, ISEAR: the emotion a writer names"),
        Target("kote", KOTE, "labels", "KOTE labels (Jeon et al., arXiv 2205.05300)", 5.0),
        Target("polarity", ("pleasant",), "labels", "NSMC; the plain sign of GoEmotions and KOTE labels"),
        Target("dimensions", ("valence", "arousal", "dominance"), "dimensions", "EmoBank ratings, (r - 3) / 2", 10.0),
        Target("factors", FACTORS, "scores", "crowd-enVENT, ISEAR ratings; `bentham_scores` of labelled records", 5.0),
        Target("appraisal", SCORES, "scores", "crowd-enVENT ratings, (r - 1) / 4", 5.0),
        Target("acceptable", ("acceptable",), "labels", "ETHICS justice, deontology; Scruples verdicts"),
        Target("duration", DURATIONS, "classes", "crowd-enVENT event_duration"),
        Target("regret", ("regret",), "scores", "`regret_factor` of labelled records", 5.0),
        Target("remorse", ("remorse",), "labels", "GoEmotions `remorse`; guilt and shame of crowd-enVENT, ISEAR"),
        Target("counterfactual", ("counterfactual",), "labels", "SemEval-2020 task 5; AMCD"),
        Target(
            "surd", SHARES, "shares", "exact decomposition of a checkpoint's utility over the text's sentences", 5.0
        ),
        Target("causal", ("causal",), "labels", "Causal News Corpus V2"),
        Target("cause", ("plausible",), "pair", "e-CARE, COPA-SSE: the more plausible of two causes or effects"),
        Target("utility", ("utility",), "pair", "ETHICS utilitarianism, Scruples dilemmas, MoralChoice"),
    )
}
