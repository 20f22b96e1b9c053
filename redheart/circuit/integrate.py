"""Step 7: one recommendation, how sure it is, and who would object."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from redheart.circuit.perspectives import Perspective
from redheart.circuit.regret import OptionRegret
from redheart.circuit.trace import trace_step
from redheart.types.decision import Decision, OptionVerdict, Precedent, TraceStep


@dataclass(frozen=True, slots=True)
class Weighed:
    """All that steps 0 to 6 found. `verdicts`, `regrets` and `valences` have one entry an option, in order."""

    verdicts: tuple[OptionVerdict, ...]
    regrets: tuple[OptionRegret, ...]
    valences: tuple[float, ...]
    precedents: tuple[Precedent, ...]
    perspectives: tuple[Perspective, ...]


@dataclass(frozen=True, slots=True)
class RegretAtStake:
    """`anticipated`: the largest regret among the options, logits. `potential`: 1 - confidence.

    Either is None where it cannot be had; `reason` says why.
    """

    anticipated: float | None
    potential: float | None
    reason: str | None


def decide(weighed: Weighed) -> Decision:
    """Recommend the option of highest utility, the first of equals; confidence only where it is calibrated."""
    best = best_option(weighed)
    if best is None:
        return _undecided()
    confidence, confidence_reason = _confidence(weighed, best)
    return Decision(
        recommended=weighed.verdicts[best].option,
        recommended_text=weighed.verdicts[best].text,
        confidence=confidence,
        confidence_reason=confidence_reason,
        reasons=_reasons(weighed, best),
        dissent=_dissent(weighed, best),
        options=weighed.verdicts,
    )


def best_option(weighed: Weighed) -> int | None:
    """Position of the option with the highest utility, or None without options."""
    positions = range(len(weighed.verdicts))
    return max(positions, key=lambda i: weighed.verdicts[i].utility) if weighed.verdicts else None


def regret_at_stake(weighed: Weighed) -> RegretAtStake:
    """What the choice as a whole puts at stake.

    The recommended option has the highest utility, so its own gap is 0; the largest gap says what the worst choice
    would cost. The potential is 1 - confidence: the calibrated probability that the runner-up is preferred.
    """
    best = best_option(weighed)
    if best is None or len(weighed.verdicts) < 2:
        return RegretAtStake(None, None, f"regret needs two options, there is {len(weighed.verdicts)}")
    anticipated = max(regret.anticipated for regret in weighed.regrets)
    return RegretAtStake(anticipated, weighed.regrets[best].probability, _uncalibrated(weighed, best))


def integration_step(weighed: Weighed, decision: Decision, stake: RegretAtStake) -> TraceStep:
    """The trace of step 7."""
    return trace_step(
        7,
        "integration",
        {"utilities": [verdict.utility for verdict in weighed.verdicts], "precedents": len(weighed.precedents)},
        {
            "recommended": decision.recommended,
            "confidence": decision.confidence,
            "regret_anticipated": stake.anticipated,
            "regret_potential": stake.potential,
            "dissent": decision.dissent,
        },
        (*decision.reasons, decision.confidence_reason, *_regret_reason(stake)),
    )


def _regret_reason(stake: RegretAtStake) -> tuple[str, ...]:
    return () if stake.potential is None else (f"regret_potential {stake.potential:.2f} is 1 - confidence",)


def _undecided() -> Decision:
    return Decision(
        recommended=None,
        recommended_text=None,
        confidence=None,
        confidence_reason="there is no option to be sure of",
        reasons=("no option was found",),
        dissent=(),
        options=(),
    )


def _confidence(weighed: Weighed, best: int) -> tuple[float | None, str]:
    rival = weighed.regrets[best].rival
    if rival is None:
        return None, "a single option has nothing to be compared with"
    obstacle = _uncalibrated(weighed, best)
    if obstacle:
        return None, obstacle
    reason = f"P(preferred to '{weighed.verdicts[rival].text}'), the runner-up, calibrated on English pairs"
    return weighed.regrets[best].preferred, reason


def _uncalibrated(weighed: Weighed, best: int) -> str | None:
    """Why the comparison of the best option with its rival has no calibrated probability, or None where it has."""
    rival = weighed.regrets[best].rival
    pair = [best] if rival is None else [best, rival]
    templates = [weighed.verdicts[i].text for i in pair if weighed.verdicts[i].origin == "template"]
    if not templates:
        return None
    named = ", ".join(f"'{text}'" for text in templates)
    return (
        f"{named}: a stated template, not an option of the text, so no calibrated comparison; name options to get one"
    )


def _reasons(weighed: Weighed, best: int) -> tuple[str, ...]:
    verdict, regret = weighed.verdicts[best], weighed.regrets[best]
    side = "below" if verdict.utility < 0 else "above"
    stands = f"{abs(verdict.utility):.2f} logits {side} the neutral set"
    reasons = [f"'{verdict.text}' has the highest learned utility ({stands})"]
    if regret.rival is not None:
        rival = weighed.verdicts[regret.rival]
        reasons.append(f"it leads '{rival.text}' by {verdict.utility - rival.utility:.2f} logits")
    if verdict.utility < 0:
        reasons.append("even so it is read as less pleasant than the neutral set")
    unread = [name for view in weighed.perspectives if not view.read for name in view.names]
    if unread:
        reasons.append(
            f"the feelings of {', '.join(unread)} were not read: Bentham's calculus (step 5) counts the one reading "
            "there is for them too"
        )
    return tuple(reasons)


def _dissent(weighed: Weighed, best: int) -> tuple[str, ...]:
    """Which step would have chosen otherwise."""
    verdicts = weighed.verdicts
    felicific = _better(weighed, best, lambda i: verdicts[i].bentham.score)
    pleasant = _better(weighed, best, lambda i: weighed.valences[i])
    objections = []
    if felicific is not None:
        objections.append(f"Bentham's calculus (step 5) would choose '{verdicts[felicific].text}'")
    if pleasant is not None:
        objections.append(f"emotion (step 3) finds '{verdicts[pleasant].text}' more pleasant")
    return (*objections, *_dissenting_precedents(weighed, best))


def _better(weighed: Weighed, best: int, value: Callable[[int], float | None]) -> int | None:
    """The option that is highest by `value`, if it is higher than the best one; None where a value is absent."""
    known = {i: found for i in range(len(weighed.verdicts)) if (found := value(i)) is not None}
    if best not in known:
        return None
    top = max(known, key=lambda i: known[i])
    return top if known[top] > known[best] else None


def _dissenting_precedents(weighed: Weighed, best: int) -> tuple[str, ...]:
    """Precedents that decided for another of today's options; not templates, whose texts are the same in every case."""
    named = [i for i, verdict in enumerate(weighed.verdicts) if verdict.origin != "template"]
    others = {weighed.verdicts[i].text for i in named if i != best}
    return tuple(
        f"a precedent (step 0, similarity {precedent.similarity:.2f}) chose '{precedent.decision}'"
        for precedent in weighed.precedents
        if precedent.decision in others - {weighed.verdicts[best].text}
    )
