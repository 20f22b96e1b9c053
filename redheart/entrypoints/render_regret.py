"""Regret in a few lines: which kinds it could be, what theories regret least, how much our own expects."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from redheart.entrypoints.ink import number
from redheart.entrypoints.labels import Labels
from redheart.types.result import InferResult
from redheart.types.situation import RegretCues


def regret_lines(result: InferResult, say: Labels) -> Iterator[RenderableType]:
    """At most four, wrapped between words; none for what the result does not hold. Options in their order."""
    regret = result.analysis.regret
    yield from _words(regret.words, say)
    if regret.types:
        named = " / ".join(_kinds(result, each.option, say) for each in result.circuit.decision.options)
        yield Text(f"{say('regret_types')}: {named}")
    votes = [each.least for each in regret.variants if each.least is not None]
    if votes:
        agreed = sum(vote == result.circuit.decision.recommended for vote in votes)
        yield Text(say("regret_votes").format(agreed=agreed, asked=len(votes)))
    yield from _ours(result, say)


def _kinds(result: InferResult, option: int, say: Labels) -> str:
    kinds = [say(f"regret_{found.kind}") for found in result.analysis.regret.types if found.option == option]
    return ", ".join(kinds) or "–"


def _ours(result: InferResult, say: Labels) -> Iterator[RenderableType]:
    """Anticipated regret of each option by Red Heart's own theory, where its agency was read."""
    ours = next((each for each in result.analysis.regret.variants if each.name == "redheart" and each.options), None)
    if ours is not None:
        yield Text(f"{say('regret_ours')}: " + " / ".join(number(each.regret) for each in ours.options))


def _words(cues: RegretCues | None, say: Labels) -> Iterator[RenderableType]:
    """The writer's own words of regret, and whether something done is regretted or something not done."""
    if cues is None:
        return
    own = [f"'{cue.text}'" for cue in cues.feelings if cue.bearing == "own"]
    found = [*own, *(f"'{cue.text}'" for cue in cues.counterfactuals)]
    kind = [] if cues.deed is None else [say(f"regretted_{cues.deed.kind}")]
    if found or kind:
        yield Text(f"{say('regret_words')}: {', '.join([*kind, *dict.fromkeys(found)])}")
