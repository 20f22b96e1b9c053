"""Step 6: what would be regretted after each option."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redheart.calculus.regret import anticipated_regret, best_rivals
from redheart.circuit.alternatives import Alternative
from redheart.circuit.trace import trace_step
from redheart.types.decision import TraceStep
from redheart.types.regret import RegretDetail


@dataclass(frozen=True, slots=True)
class OptionRegret:
    """Gap in logits to the best forgone option, `rival` (its position), and how the two compare.

    `probability` is the calibrated P(rival preferred to this one), `preferred` the P(this one preferred to the rival).
    Both are None for a single option, which forgoes nothing, and where either of the two is a template.
    """

    anticipated: float
    rival: int | None
    probability: float | None
    preferred: float | None


def regrets_of(alternatives: Sequence[Alternative], beats: Sequence[Sequence[float]]) -> tuple[OptionRegret, ...]:
    """One regret an option; `beats[i][j]` is the calibrated P(option i preferred to j)."""
    utilities = [each.reading.utility.centred for each in alternatives]
    pairs = zip(anticipated_regret(utilities), best_rivals(utilities), strict=True)
    templates = {i for i, each in enumerate(alternatives) if each.is_template}
    return tuple(
        OptionRegret(gap, rival, None, None)
        if rival is None or not templates.isdisjoint((chosen, rival))
        else OptionRegret(gap, rival, beats[rival][chosen], beats[chosen][rival])
        for chosen, (gap, rival) in enumerate(pairs)
    )


def regret_step(
    alternatives: Sequence[Alternative], regrets: Sequence[OptionRegret], detail: RegretDetail
) -> TraceStep:
    """The trace of step 6."""
    outputs = [
        {"option": chosen, "anticipated": regret.anticipated, "probability": regret.probability, "rival": regret.rival}
        for chosen, regret in enumerate(regrets)
    ]
    reasons = ["only the best forgone option counts (Savage 1951; Quiggin 1994)"]
    if len(regrets) < 2:
        reasons.append(f"{len(regrets)} option(s): nothing is forgone")
    if any(each.is_template for each in alternatives):
        reasons.append("no probability of regret against a stated template")
    texts = {each.option.index: each.option.text for each in alternatives}
    reasons += [f"'{texts[each.option]}': regret of {each.kind}, {each.reason}" for each in detail.types]
    least = {each.name: each.least for each in detail.variants}
    return trace_step(
        6,
        "regret",
        {"utilities": [each.reading.utility.centred for each in alternatives]},
        {"options": outputs, "states": None if detail.states is None else detail.states.probabilities, "least": least},
        reasons,
    )
