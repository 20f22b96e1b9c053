"""Regret in two lines: which kinds it could be, and how many theories regret the recommended option least."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from redheart.entrypoints.ink import number
from redheart.entrypoints.labels import Labels
from redheart.types.result import InferResult


def regret_lines(result: InferResult, say: Labels) -> Iterator[RenderableType]:
    """At most two lines, each cut to the width; none for what the result does not hold. Options in their order."""
    regret = result.analysis.regret
    if regret.types:
        named = " / ".join(_kinds(result, each.option, say) for each in result.circuit.decision.options)
        yield _line(f"{say('regret_types')}: {named}")
    votes = [each.least for each in regret.variants if each.least is not None]
    if votes:
        agreed = sum(vote == result.circuit.decision.recommended for vote in votes)
        yield _line(say("regret_votes").format(agreed=agreed, asked=len(votes)) + _ours(result, say))


def _kinds(result: InferResult, option: int, say: Labels) -> str:
    kinds = [say(f"regret_{found.kind}") for found in result.analysis.regret.types if found.option == option]
    return ", ".join(kinds) or "–"


def _ours(result: InferResult, say: Labels) -> str:
    """Anticipated regret of each option by Red Heart's own theory, where its agency was read."""
    ours = next((each for each in result.analysis.regret.variants if each.name == "redheart" and each.options), None)
    if ours is None:
        return ""
    return f" · {say('regret_ours')} " + " / ".join(number(each.regret) for each in ours.options)


def _line(words: str) -> Text:
    return Text(words, no_wrap=True, overflow="ellipsis")
