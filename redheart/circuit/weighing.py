"""Step 5: Bentham's calculus of the text or of one option, under the ethical values."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from redheart.calculus.bentham import COST_WEIGHTS, Felicific, Stake, felicific_value, net_pleasure
from redheart.calculus.felicific.culture_weights import CultureWeights
from redheart.calculus.felicific.episode import total_utility
from redheart.calculus.felicific.evidence_weights import weighed_stake
from redheart.calculus.felicific.weight_layers import LayerContext, WeightLayers, weight_layers
from redheart.circuit.certainty import certainty_of
from redheart.circuit.ethics import Ethics
from redheart.circuit.evidence import Evidence
from redheart.circuit.factors import PERSONS_OF_FULL_EXTENT, bentham_factors
from redheart.circuit.perspectives import Party, parties_of, persons_at_stake
from redheart.circuit.standing import INFLUENTIAL, VULNERABLE, named_among
from redheart.circuit.trace import trace_step
from redheart.types.decision import BenthamResult, PersonalValue, TraceStep
from redheart.types.readings import Factor


@dataclass(frozen=True, slots=True)
class Scales:
    """What every subject of one text is weighed with. `neutral_set` is what its utility was centred on."""

    neutral_set: tuple[str, ...]
    culture_name: str
    culture: CultureWeights
    discount: str


def weigh(evidence: Evidence, ethics: Ethics, scales: Scales) -> BenthamResult:
    """Factors, layers and felicific value of one subject."""
    factors = bentham_factors(evidence)
    layers = _layers(evidence, ethics, factors, scales)
    parties = parties_of(evidence.situation.stakeholders)
    stakes = stakes_of(evidence.valence, factors, parties, scales.culture)
    weights = {name: factor.weight for name, factor in factors.items()}
    persons = sum(party.persons for party in parties)
    weighed = tuple(weighed_stake(stake, persons, weights) for stake in stakes)
    value = felicific_value(weighed, _weighed_costs(factors), layers.values, scales.discount)
    sure = certainty_of(_together(weighed), factors, value, scales.discount)
    return BenthamResult(
        factors=factors,
        layers=layers.values,
        layer_reasons=layers.reasons,
        hedonic_sign=evidence.valence,
        score=value.score,
        core=value.core,
        costs=value.costs,
        weight=value.weight,
        contributions=_contributions(parties, weighed, value),
        discount=scales.discount,
        culture=scales.culture_name,
        core_uncertainty=sure.core,
        score_uncertainty=sure.score,
        uncertainty_source=sure.source,
        variants=_variants(evidence, parties, stakes, value),
        utility=evidence.utility.centred,
        better_than_neutral=evidence.utility.better_than_neutral,
        neutral_set=scales.neutral_set,
    )


def stakes_of(
    valence: float, factors: Mapping[str, Factor], parties: Sequence[Party], culture: CultureWeights
) -> tuple[Stake, ...]:
    """One stake a party. All share the one reading there is. No extent is cut at full, so persons add up."""
    known = factors["extent"].value is not None
    weights = culture.shared_among([(party.group, party.persons) for party in parties])
    return tuple(
        Stake(
            name=party.name,
            valence=valence,
            intensity=factors["intensity"].value,
            duration=factors["duration"].value,
            certainty=factors["certainty"].value,
            propinquity=factors["propinquity"].value,
            fecundity=factors["fecundity"].value,
            purity=factors["purity"].value,
            extent=party.persons / PERSONS_OF_FULL_EXTENT if known else None,
            weight=weight,
        )
        for party, weight in zip(parties, weights, strict=True)
    )


def weighing_step(text: BenthamResult, options: Sequence[BenthamResult]) -> TraceStep:
    """The trace of step 5."""
    by_kind: dict[str, list[str]] = {}
    for name, factor in text.factors.items():
        by_kind.setdefault(factor.kind, []).append(name)
    return trace_step(
        5,
        "Bentham's calculus",
        {
            "factors": {name: factor.value for name, factor in text.factors.items()},
            "weights": {name: factor.weight for name, factor in text.factors.items()},
            "layers": text.layers,
            "discount": text.discount,
            "culture": text.culture,
        },
        {"text": _outputs(text), "options": [_outputs(option) for option in options]},
        [f"{kind}: {', '.join(names)}" for kind, names in by_kind.items()]
        + _reasons_of_evidence(text)
        + list(text.layer_reasons)
        + _reasons_of_sum(text),
    )


def _weighed_costs(factors: Mapping[str, Factor]) -> dict[str, float | None]:
    """Each by its evidence."""
    costs = {name: factors[name] for name in COST_WEIGHTS}
    return {name: None if cost.value is None else cost.weight * cost.value for name, cost in costs.items()}


def _together(stakes: Sequence[Stake]) -> Stake:
    """One stake for all: they share one reading, and with it its errors."""
    known = [stake.extent * stake.weight for stake in stakes if stake.extent is not None]
    return replace(stakes[0], extent=sum(known) if len(known) == len(stakes) else None, weight=1.0)


def _contributions(parties: Sequence[Party], stakes: Sequence[Stake], value: Felicific) -> tuple[PersonalValue, ...]:
    if not value.contributions:
        return ()
    return tuple(
        PersonalValue(
            name=party.name,
            group=party.group,
            persons=party.persons,
            weight=stake.weight,
            read=party.read,
            value=part.value,
        )
        for party, stake, part in zip(parties, stakes, value.contributions, strict=True)
    )


def _variants(
    evidence: Evidence, parties: Sequence[Party], stakes: Sequence[Stake], value: Felicific
) -> dict[str, float | None]:
    """Other published sums of the same readings; the course is the text's, so an option has no total of its own."""
    own = evidence.subject == "text" and bool(evidence.course)
    counted = [replace(stake, extent=float(party.persons)) for party, stake in zip(parties, stakes, strict=True)]
    return {
        "jeremy": None if value.core is None else net_pleasure(counted),
        "total_utility": total_utility(evidence.course, [1.0] * len(evidence.course)) if own else None,
    }


def _layers(evidence: Evidence, ethics: Ethics, factors: Mapping[str, Factor], scales: Scales) -> WeightLayers:
    situation, foreseen = evidence.situation, evidence.appraisal("predict_conseq")
    return weight_layers(
        LayerContext(
            sentences=len(situation.sentences),
            persons=persons_at_stake(situation.stakeholders),
            community=any(who.group == "community" for who in situation.stakeholders),
            urgency=situation.urgency,
            urgency_counted=factors["propinquity"].kind == "rule",
            ethics=ethics.values,
            ethics_without_culture=ethics.without_culture,
            culture=scales.culture_name,
            valence=evidence.valence,
            arousal=evidence.arousal,
            intensity=factors["intensity"].value,
            axes=evidence.axes,
            uncertainty=None if foreseen is None else 1.0 - foreseen,
            load=evidence.appraisal("effort"),
            vulnerable=named_among(situation.stakeholders, VULNERABLE),
            influential=named_among(situation.stakeholders, INFLUENTIAL),
            axis_weights=scales.culture.axes,
        )
    )


def _outputs(result: BenthamResult) -> dict[str, object]:
    return {
        "score": result.score,
        "core": result.core,
        "costs": result.costs,
        "weight": result.weight,
        "by_person": {part.name: part.value for part in result.contributions},
        "valence": result.hedonic_sign,
        "utility": result.utility,
    }


def _reasons_of_evidence(text: BenthamResult) -> list[str]:
    """What each factor of low evidence weighs, and why."""
    if all(factor.evidence is None for factor in text.factors.values()):
        return ["no factor was measured against labels in this checkpoint: all weigh alike"]
    return [
        f"low evidence: {name} weighs x{factor.weight:.2f}, {_correlation(factor)}"
        for name, factor in text.factors.items()
        if factor.low_evidence
    ]


def _correlation(factor: Factor) -> str:
    if factor.evidence is None or factor.evidence.r is None:
        return "nothing measures it"
    return f"r {factor.evidence.r:.2f} on {factor.evidence.n} rows ({factor.evidence.on})"


def _reasons_of_sum(text: BenthamResult) -> list[str]:
    """How the persons were summed, and what that takes for granted."""
    unread = [part.name for part in text.contributions if not part.read]
    reasons = ["the six layers multiply once, after the sum over persons"]
    if unread:
        reasons.append(f"{', '.join(unread)}: own feelings not read, the text's reading is counted for them")
    reasons.extend(
        f"culture {text.culture}: {part.name} ({part.group}) x{part.weight:.3g} of the average person"
        for part in text.contributions
        if not math.isclose(part.weight, 1.0)
    )
    return reasons
