"""Step 5: Bentham's calculus of the text or of one option, under the ethical values."""

from __future__ import annotations

from collections.abc import Sequence

from redheart.calculus.bentham import felicific_value
from redheart.calculus.weight_layers import LayerContext, WeightLayers, weight_layers
from redheart.circuit.ethics import Ethics
from redheart.circuit.evidence import Evidence
from redheart.circuit.factors import bentham_factors
from redheart.circuit.perspectives import persons_at_stake
from redheart.circuit.trace import trace_step
from redheart.types.decision import BenthamResult, TraceStep
from redheart.types.readings import Factor


def weigh(evidence: Evidence, ethics: Ethics, neutral_set: tuple[str, ...]) -> BenthamResult:
    """Factors, layers and felicific value of one subject; `neutral_set` is what its utility was centred on."""
    factors = bentham_factors(evidence)
    layers = _layers(evidence, ethics, factors)
    value = felicific_value(evidence.valence, {name: each.value for name, each in factors.items()}, layers.values)
    return BenthamResult(
        factors=factors,
        layers=layers.values,
        layer_reasons=layers.reasons,
        hedonic_sign=evidence.valence,
        score=value.score,
        utility=evidence.utility.centred,
        better_than_neutral=evidence.utility.better_than_neutral,
        neutral_set=neutral_set,
    )


def weighing_step(text: BenthamResult, options: Sequence[BenthamResult]) -> TraceStep:
    """The trace of step 5."""
    by_kind: dict[str, list[str]] = {}
    for name, factor in text.factors.items():
        by_kind.setdefault(factor.kind, []).append(name)
    return trace_step(
        5,
        "Bentham's calculus",
        {"factors": {name: factor.value for name, factor in text.factors.items()}, "layers": text.layers},
        {"text": _outputs(text), "options": [_outputs(option) for option in options]},
        [f"{kind}: {', '.join(names)}" for kind, names in by_kind.items()] + list(text.layer_reasons),
    )


def _layers(evidence: Evidence, ethics: Ethics, factors: dict[str, Factor]) -> WeightLayers:
    situation, foreseen = evidence.situation, evidence.appraisal("predict_conseq")
    return weight_layers(
        LayerContext(
            sentences=len(situation.sentences),
            persons=persons_at_stake(situation.stakeholders),
            community=any(who.group == "community" for who in situation.stakeholders),
            urgency=situation.urgency,
            ethics=ethics.values,
            valence=evidence.valence,
            arousal=evidence.arousal,
            intensity=factors["intensity"].value,
            axes=evidence.axes,
            uncertainty=None if foreseen is None else 1.0 - foreseen,
        )
    )


def _outputs(result: BenthamResult) -> dict[str, object]:
    return {"score": result.score, "valence": result.hedonic_sign, "utility": result.utility}
