"""The seven steps in their order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from redheart.calculus.felicific.culture_weights import culture_weights
from redheart.circuit.alternatives import Alternative, alternatives_of, alternatives_step
from redheart.circuit.emotion import emotion_step
from redheart.circuit.ethics import Ethics, ethics_of, ethics_step
from redheart.circuit.evidence import Evidence, evidence_of_option, evidence_of_text
from redheart.circuit.integrate import Weighed, decide, integration_step, regret_at_stake
from redheart.circuit.perspectives import perspectives_of, perspectives_step
from redheart.circuit.recall import recall, recall_step
from redheart.circuit.regret import OptionRegret, regret_step, regrets_of
from redheart.circuit.regret_detail import regret_detail
from redheart.circuit.regret_types import regret_types
from redheart.circuit.scenarios import scenarios_of
from redheart.circuit.weighing import Scales, weigh, weighing_step
from redheart.config.schema import CircuitSection
from redheart.types.cases import CaseStore
from redheart.types.decision import BenthamResult, CircuitOutcome, OptionVerdict, Precedent, TraceStep
from redheart.types.messages import Readings
from redheart.types.readings import EmotionReading, OptionReadings, TextEmbedding
from redheart.types.situation import Language, Situation


@dataclass(frozen=True, slots=True)
class _Values:
    """Steps 4 and 5 of the text and of each option."""

    text_ethics: Ethics
    option_ethics: tuple[Ethics, ...]
    text: BenthamResult
    options: tuple[BenthamResult, ...]


class EmotionEthicsRegretCircuit:
    """Weighs one text. `neutral_sets` are the sentences that utility was centred on, by language."""

    def __init__(
        self, store: CaseStore | None, settings: CircuitSection, neutral_sets: Mapping[Language, tuple[str, ...]]
    ) -> None:
        self._store, self._settings, self._neutral_sets = store, settings, neutral_sets
        self._culture = culture_weights(settings.culture)

    async def decide(self, text: str, situation: Situation, readings: Readings) -> CircuitOutcome:
        """Take the steps 0 to 7. Raises StoreError from step 0, PhaseError if the readings do not fit the situation."""
        precedents = await recall(text, self._store, readings.get(TextEmbedding), self._settings)
        recalled = recall_step(self._store is not None, precedents, self._settings)
        return self._weigh(situation, readings, precedents, recalled)

    def _weigh(
        self, situation: Situation, readings: Readings, precedents: tuple[Precedent, ...], recalled: TraceStep
    ) -> CircuitOutcome:
        emotion = readings[EmotionReading]
        perspectives = perspectives_of(situation, self._culture)  # step 1
        alternatives = alternatives_of(situation, readings)  # step 2; step 3 needs no numbers of its own
        values = self._values(evidence_of_text(situation, readings), emotion, alternatives)  # steps 4 and 5
        beats = readings[OptionReadings].beats if alternatives else ()
        regrets = regrets_of(alternatives, beats)  # step 6
        detail = regret_detail(alternatives, beats, regret_types(situation, alternatives, values.options, regrets))
        verdicts = tuple(map(_verdict, alternatives, values.options, values.option_ethics, regrets))
        valences = tuple(each.reading.sentiment for each in alternatives)
        weighed = Weighed(verdicts, regrets, valences, precedents, perspectives)
        decision, stake = decide(weighed), regret_at_stake(weighed)  # step 7
        return CircuitOutcome(
            decision=decision,
            text_bentham=values.text,
            regret_anticipated=stake.anticipated,
            regret_potential=stake.potential,
            regret=detail,
            precedents=precedents,
            trace=(
                recalled,
                perspectives_step(situation, perspectives, self._culture),
                alternatives_step(alternatives),
                emotion_step(emotion, perspectives),
                ethics_step(values.text_ethics, values.option_ethics),
                weighing_step(values.text, values.options),
                regret_step(alternatives, regrets, detail),
                integration_step(weighed, decision, stake),
            ),
            scenarios=scenarios_of(alternatives),
            warnings=_warnings(values.text, stake.reason),
        )

    def _values(self, text: Evidence, emotion: EmotionReading, alternatives: tuple[Alternative, ...]) -> _Values:
        situation, settings = text.situation, self._settings
        scales = Scales(self._neutral_sets[situation.language], settings.culture, self._culture, settings.discount)
        text_ethics = ethics_of(emotion.fused.probabilities, situation, self._culture)
        option_ethics = tuple(ethics_of(each.reading.emotion, situation, self._culture) for each in alternatives)
        evidence = [evidence_of_option(text, each.reading) for each in alternatives]
        return _Values(
            text_ethics,
            option_ethics,
            weigh(text, text_ethics, scales),
            tuple(weigh(each, ethics, scales) for each, ethics in zip(evidence, option_ethics, strict=True)),
        )


def _verdict(alternative: Alternative, bentham: BenthamResult, ethics: Ethics, regret: OptionRegret) -> OptionVerdict:
    return OptionVerdict(
        option=alternative.option.index,
        text=alternative.option.text,
        origin=alternative.option.origin,
        utility=alternative.reading.utility.centred,
        bentham=bentham,
        anticipated_regret=regret.anticipated,
        regret_probability=regret.probability,
        ethics=ethics.values,
    )


def _warnings(text: BenthamResult, regret_reason: str | None) -> tuple[str, ...]:
    """Why a number of the outcome is null."""
    warnings = [] if regret_reason is None else [f"regret_potential is null: {regret_reason}"]
    if text.score is None:
        missing = ", ".join(name for name, factor in text.factors.items() if factor.value is None)
        warnings.append(f"the felicific score is null: {missing} is absent")
    return tuple(warnings)
