"""The three factors of ours: what an act costs others and oneself, and whether shares are just."""

from __future__ import annotations

from typing import Final

from redheart.circuit.evidence import Evidence
from redheart.types.readings import Factor

#: Rules whose breach somebody else pays for. The other two, law and duty, name no one who is hurt.
HARMS_TO_OTHERS: Final = (
    "death", "pain", "disable", "freedom", "pleasure", "deceive", "cheat", "break_promise",
)  # fmt: skip
UNJUST: Final = "cheat"
MEASURED: Final = "RMSE against that signal on English dev rows"
UNMEASURED: Final = "the checkpoint carries no measured error of it"


def external_cost(evidence: Evidence) -> Factor | None:
    """P of the likeliest harm to others, the least that P(any of them) can be; None without that head.

    Not 1 less the product of all P(not): a text that is a little like each would seem to harm for certain.
    """
    if evidence.violations is None:
        return None
    probabilities = evidence.violations.probabilities
    worst = max(HARMS_TO_OTHERS, key=lambda rule: probabilities[rule])
    source = f"head:moralchoice.{worst} (likeliest of {len(HARMS_TO_OTHERS)} harms to others)"
    return _learned(evidence, "external_cost", "violations", probabilities[worst], source)


def redistribution(evidence: Evidence) -> Factor | None:
    """P that each gets what is due: the claim is reasonable and, where that head is, nobody is cheated; else None.

    No label says whether welfare moves to those who have less; impartiality and desert are the nearest.
    """
    if evidence.justice is None:
        return None
    just = evidence.justice.reasonable
    if evidence.violations is None:
        return _learned(evidence, "redistribution", "justice", just, "head:ethics.justice (P(reasonable))")
    fair = just * (1.0 - evidence.violations.probabilities[UNJUST])
    source = "head:ethics.justice, head:moralchoice.cheat (P(reasonable) x P(nobody is cheated))"
    return _learned(evidence, "redistribution", "justice_cheat", fair, source)


def self_damage(evidence: Evidence) -> Factor | None:
    """How unpleasant it is times one's own responsibility: a pain brought upon oneself; None without that head."""
    pain, own = evidence.appraisal("unpleasantness"), evidence.appraisal("self_responsblt")
    if pain is None or own is None:
        return None
    source = "head:crowd_envent.unpleasantness x self_responsblt (a pain brought upon oneself)"
    borrowed = evidence.subject == "option" and evidence.appraisals_of == "text"
    return _learned(evidence, "self_damage", "appraisal", pain * own, source + (" (of the text)" if borrowed else ""))


def _learned(evidence: Evidence, name: str, route: str, value: float, source: str) -> Factor:
    found = (evidence.measured or {}).get(f"{name}/{route}")
    error = None if found is None else found.rmse
    return Factor(
        value=value,
        source=source,
        kind="learned",
        route=route,
        uncertainty=error,
        uncertainty_source=UNMEASURED if error is None else MEASURED,
    )
