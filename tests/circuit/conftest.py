"""Hand-made readings and situations, and a store in memory."""

from collections.abc import Callable

import pytest

from redheart.circuit.circuit import EmotionEthicsRegretCircuit
from redheart.config.schema import CircuitSection
from redheart.errors import StoreError
from redheart.types.cases import Case, RecalledCase
from redheart.types.emotions import EMOTIONS, KOTE
from redheart.types.messages import Readings
from redheart.types.readings import (
    AppraisalReading,
    CounterfactualReading,
    EmotionEstimate,
    EmotionEstimates,
    EmotionReading,
    EmotionScore,
    Interval,
    OptionReading,
    OptionReadings,
    TextEmbedding,
    TrajectoryPoint,
    UtilityReading,
)
from redheart.types.situation import Option, Sentence, Situation, Stakeholder

NEUTRAL = {"en": ("The bus stops at the corner.",), "ko": ("버스는 모퉁이에서 선다.",)}
TEXT = "I lied to cover for my friend. I regretted it all night. My friend thanked me."


class MemoryCaseStore:
    """A CaseStore in a list; `broken` texts are refused."""

    def __init__(self, *recalled: RecalledCase, broken: tuple[str, ...] = ()) -> None:
        self.recalled, self.broken = recalled, broken
        self.log: list[tuple[str, object]] = []

    async def recall(self, vector: tuple[float, ...], encoder: str, limit: int) -> tuple[RecalledCase, ...]:
        self.log.append(("recall", limit))
        return self.recalled[:limit]

    async def record(self, case: Case) -> None:
        if case.text in self.broken:
            raise StoreError(f"'{case.text}' cannot be written. Free some space.")
        self.log.append(("record", case))


def emotion_reading(valences: tuple[float, ...], **probabilities: float) -> EmotionReading:
    estimate = EmotionEstimate(
        probabilities=dict.fromkeys(EMOTIONS, 0.02) | probabilities,
        kote=dict.fromkeys(KOTE, 0.1),
        axes={"jeong": 0.6, "han": 0.1, "chemyeon": 0.1},
        valence=valences[0],
        arousal=0.2,
        dominance=-0.1,
        valence_emobank=valences[0],
        intervals={},
    )
    top = tuple(
        EmotionScore(name=name, label=name, probability=value, salience=3.0, sentence=0)
        for name, value in probabilities.items()
    )
    points = tuple(
        TrajectoryPoint(sentence=i, valence=valence, arousal=0.0, utility=0.0, top=())
        for i, valence in enumerate(valences)
    )
    return EmotionReading(
        estimates=EmotionEstimates(head=estimate), fused=estimate, fused_from=("head",), top=top, trajectory=points
    )


def appraisal_reading(**scores: float) -> AppraisalReading:
    known = {"intensity": 0.8, "predict_conseq": 0.6, "urgency": 0.4} | scores
    duration = {"seconds": 0.0, "minutes": 0.0, "hours": 0.5, "days": 0.5, "weeks": 0.0}
    errors = dict.fromkeys(known, 0.25)
    return AppraisalReading(scores=known, duration=duration, emotions={}, errors=errors)


def option_reading(index: int, utility: float, valence: float, appraisals: AppraisalReading | None) -> OptionReading:
    return OptionReading(
        option=index,
        utility=UtilityReading(raw=utility, centred=utility, better_than_neutral=0.5),
        sentiment=valence,
        valence=valence,
        valence_interval=Interval(low=valence - 0.6, high=valence + 0.6, coverage=0.9),
        emotion=dict.fromkeys(EMOTIONS, 0.02) | {"relief": 0.5, "neutral": 0.9},
        appraisals=appraisals,
    )


def make_situation(origins: tuple[str, ...] = (), **changes: object) -> Situation:
    sentences = tuple(Sentence(index=i, text=f"{i}", start=i, end=i + 1) for i in range(3))
    options = tuple(Option(index=i, text=f"option {i}", origin=origin) for i, origin in enumerate(origins))
    people = (("self", "self"), ("friend", "other"))
    situation = Situation(
        language="en",
        language_source="test",
        sentences=sentences,
        clauses=(),
        stakeholders=tuple(Stakeholder(name=name, group=group, mentions=1, source="rule") for name, group in people),
        options=options,
    )
    return situation.model_copy(update=changes)


def make_readings(
    utilities: tuple[float, ...] = (),
    valences: tuple[float, ...] = (),
    appraisals: AppraisalReading | None = None,
    option_appraisals: AppraisalReading | None = None,
    further: tuple[object, ...] = (),
) -> Readings:
    pairs = enumerate(zip(utilities, valences or utilities, strict=True))
    options = tuple(option_reading(i, utility, valence, option_appraisals) for i, (utility, valence) in pairs)
    # Deliberately not 1 minus each other: the circuit must read the cell it names.
    beats = tuple(tuple(0.5 if i == j else (0.7 if a > b else 0.2) for j, b in enumerate(utilities))
                  for i, a in enumerate(utilities))  # fmt: skip
    found = [
        emotion_reading((-0.4, -0.6, 0.8), remorse=0.8, gratitude=0.5),
        UtilityReading(raw=-1.0, centred=-1.2, better_than_neutral=0.2),
        CounterfactualReading(counterfactual=None, remorse=0.8),
        OptionReadings(options=options, beats=beats),
        TextEmbedding(vector=(1.0, 0.0), encoder="tiny"),
    ]
    return Readings(*found, *([appraisals] if appraisals else []), *further)


@pytest.fixture
def situation() -> Callable[..., Situation]:
    return make_situation


@pytest.fixture
def readings() -> Callable[..., Readings]:
    return make_readings


@pytest.fixture
def appraised() -> Callable[..., AppraisalReading]:
    return appraisal_reading


@pytest.fixture
def store() -> type[MemoryCaseStore]:
    return MemoryCaseStore


@pytest.fixture
def circuit() -> Callable[..., EmotionEthicsRegretCircuit]:
    def make(store: MemoryCaseStore | None = None, **settings: object) -> EmotionEthicsRegretCircuit:
        return EmotionEthicsRegretCircuit(store, CircuitSection(**settings), NEUTRAL)

    return make


@pytest.fixture
def past() -> Callable[..., RecalledCase]:
    def make(similarity: float, decision: str | None = None) -> RecalledCase:
        case = Case(
            case_id="c" * 64, text="an old lie", language="en", vector=(1.0, 0.0), encoder="tiny", decision=decision,
            utility=0.0, valence=0.0, regret=None, recorded_at="2026-01-01T00:00:00+00:00",
        )  # fmt: skip
        return RecalledCase(case=case, similarity=similarity)

    return make


@pytest.fixture
def text() -> str:
    return TEXT
