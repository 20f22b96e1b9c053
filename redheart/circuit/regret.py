"""Step 6: what would be regretted after each option."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redheart.calculus.regret import anticipated_regret, best_rivals
from redheart.circuit.alternatives import Alternative
from redheart.circuit.trace import trace_step
from redheart.types.decision import TraceStep


@dataclass(frozen=True, slots=True)
class OptionRegret:
    """Gap in logits to the best forgone option, `rival` (its position), and how the two compare.

    `probability` is the calibrated P(rival preferred to this one), `preferred` the P(this one preferred to the rival).
    A single option has no rival and nothing to regret: 0, and `preferred` is None.
    """

    anticipated: float
    rival: int | None
    probability: float
    preferred: float | None


def regrets_of(alternatives: Sequence[Alternative], beats: Sequence[Sequence[float]]) -> tuple[OptionRegret, ...]:
    """One regret an option; `beats[i][j]` is the calibrated P(option i preferred to j)."""
    utilities = [each.reading.utility.centred for each in alternatives]
    pairs = zip(anticipated_regret(utilities), best_rivals(utilities), strict=True)
    return tuple(_regret(chosen, gap, rival, beats) for chosen, (gap, rival) in enumerate(pairs))


def regret_step(alternatives: Sequence[Alternative], regrets: Sequence[OptionRegret]) -> TraceStep:
    """The trace of step 6."""
    outputs = [
        {"option": chosen, "anticipated": regret.anticipated, "probability": regret.probability, "rival": regret.rival}
        for chosen, regret in enumerate(regrets)
    ]
    reasons = ["only the best forgone option counts (Savage 1951; Quiggin 1994)"]
    if len(regrets) < 2:
        reasons.append(f"{len(regrets)} option(s): nothing is forgone")
    return trace_step(
        6,
        "regret",
        {"utilities": [each.reading.utility.centred for each in alternatives]},
        {"options": outputs},
        reasons,
    )


def _regret(chosen: int, gap: float, rival: int | None, beats: Sequence[Sequence[float]]) -> OptionRegret:
    if rival is None:
        return OptionRegret(gap, None, 0.0, None)
    return OptionRegret(gap, rival, beats[rival][chosen], beats[chosen][rival])
