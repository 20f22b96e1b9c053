"""The part of the report that weighs the options: a table, then the verdict."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from redheart.entrypoints.ink import number, plain
from redheart.entrypoints.labels import Labels
from redheart.entrypoints.phrases import Phrases
from redheart.types.decision import OptionVerdict
from redheart.types.result import InferResult


def options(result: InferResult, say: Labels) -> Table:
    """One row an option; the recommended one is marked, and so is where each came from."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim", pad_edge=False, expand=True)
    table.add_column("")
    table.add_column(say("option"), ratio=1, min_width=12)
    for name in ("utility", "regret", "regret_p"):
        table.add_column(say(name), justify="right", no_wrap=True)
    table.add_column(say("views"), justify="right")
    table.add_column(say("origin"), no_wrap=True)
    for verdict in result.circuit.decision.options:
        table.add_row(*_row(result, verdict, say))
    return table


def decision(result: InferResult, say: Labels) -> Iterator[RenderableType]:
    """What is recommended, how surely, why, and what speaks against it."""
    verdict, phrase = result.circuit.decision, Phrases(result.language)
    if verdict.recommended_text is None:
        yield Text(say("no_recommendation"), style="bold")
    else:
        yield Text.assemble((f"{say('recommended')}: ", "bold"), plain(verdict.recommended_text))
    yield Text(f"{say('confidence')} {number(verdict.confidence)}: {plain(phrase(verdict.confidence_reason))}")
    for sign, lines in (("+", verdict.reasons), ("−", verdict.dissent)):
        for line in lines:
            yield Text(f"{sign} {plain(phrase(line))}")


def _row(result: InferResult, verdict: OptionVerdict, say: Labels) -> tuple[RenderableType, ...]:
    chosen = verdict.option == result.circuit.decision.recommended
    style = "bold" if chosen else ""
    return (
        Text("▶" if chosen else " ", style="green"),
        Text(plain(verdict.text), style=style),
        number(verdict.utility, signed=True),
        number(verdict.anticipated_regret),
        number(verdict.regret_probability),
        _views(result, verdict.option),
        Text(say(verdict.origin), style="dim"),
    )


def _views(result: InferResult, option: int) -> str:
    """Pessimistic, neutral and optimistic valence of an option."""
    of_option = {
        view.name: view.valence for scenario in result.scenarios if scenario.option == option for view in scenario.views
    }
    return " ".join(number(of_option.get(name), signed=True) for name in ("pessimistic", "neutral", "optimistic"))
