"""A result as a report for people, in the language of its text. Says nothing that is not in the result."""

from __future__ import annotations

import io
from collections.abc import Iterator

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from redheart.entrypoints.ink import Clipped, bar, clipped, number, plain, signed_bar, sparkline
from redheart.entrypoints.labels import Labels
from redheart.entrypoints.phrases import Phrases
from redheart.entrypoints.render_bentham import bentham
from redheart.entrypoints.render_options import decision, options
from redheart.entrypoints.render_regret import regret_lines
from redheart.entrypoints.render_surd import drivers
from redheart.entrypoints.render_turns import turns
from redheart.types.readings import EmotionScore, TrajectoryPoint
from redheart.types.result import InferResult

#: Wider than this, rows are hard to follow; terminals are often much wider.
WIDEST = 100
STRONGEST = 5
_MOST_SENTENCES = 12
_BAR = 20


def report_text(result: InferResult, width: int = 80) -> str:
    """The report as plain text of at most `width` cells a line, without colour."""
    page = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False)
    page.print(report(result))
    stream = page.file
    assert isinstance(stream, io.StringIO)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def report(result: InferResult) -> Group:
    """The report as something rich can print."""
    say = Labels(result.language)
    sections = [
        _headline(result, say),
        *_answer(result, say),
        _section(say("emotions"), say("emotions_note"), _emotions(result, say)),
        _section(say("trajectory"), say("trajectory_note"), *_trajectory(result, say)),
        _section(say("bentham"), "", *bentham(result, say)),
        _section(say("options"), "", options(result, say), *decision(result, say)),
        _section(say("regret_title"), "", _regret(result, say), *regret_lines(result, say)),
        _section(say("surd"), say("surd_note"), *drivers(result, say)),
        _section(say("precedents"), "", *_precedents(result, say)),
        _section(say("limits"), "", *_limits(result, say)),
        Text(say("disclaimer"), style="italic"),
        Text(_footer(result, say), style="dim"),
    ]
    return Group(*sections)


def _section(title: str, note: str, *body: RenderableType) -> Padding:
    heading = Text.assemble((title, "bold"), (f"  ({note})" if note else "", "dim"))
    return Padding(Group(heading, *(Padding(part, (0, 0, 0, 2)) for part in body)), (0, 0, 1, 0))


def _headline(result: InferResult, say: Labels) -> RenderableType:
    value = result.integrated.overall_sentiment
    if value is None:
        return Padding(Text.assemble((say("sentiment"), "bold"), f"  {number(None)}"), (0, 0, 1, 0))
    sure = _certainty(value)
    side = "even" if sure == "open" else "negative" if value < 0 else "positive"
    colour = {"even": "", "negative": "red", "positive": "green"}[side]
    line = Text.assemble((say("sentiment"), "bold"), "  ", (number(value, signed=True), f"bold {colour}"), "  ")
    line.append_text(signed_bar(value, 10)).append(f"  {say(side)}" + ("" if side == "even" else f", {say(sure)}"))
    return Padding(line, (0, 0, 1, 0))


def _certainty(valence: float) -> str:
    """The term of how far P(pleasant) is from even: valence is 2 P - 1."""
    from redheart.calculus.linguistic import CONFIDENCE  # numpy only once there is something to show

    return CONFIDENCE.term(abs(valence))


def _answer(result: InferResult, say: Labels) -> Iterator[RenderableType]:
    if result.llm.final is not None:
        words = "\n".join(plain(line) for line in result.llm.final.text.splitlines())
        yield _section(say("answer"), _phrases(result)(result.llm.final.model), Text(words))


def _emotions(result: InferResult, say: Labels) -> RenderableType:
    """Each of the strongest emotions with its bar, and the sentence behind it in quotes; one line where none is."""
    if not result.analysis.emotion.top:
        return Text(say("no_emotion"))
    grid = _grid(("left", None), ("left", _BAR), ("right", 4), ("right", None), ("left", None))
    for score in result.analysis.emotion.top[:STRONGEST]:
        shown = Text(bar(score.probability, _BAR), style="magenta")
        grid.add_row(score.label, shown, number(score.probability), _mark(score), _quote(result, score))
    return grid


def _mark(score: EmotionScore) -> str:
    return "" if score.sentence is None else f"[{score.sentence + 1}]"


def _quote(result: InferResult, score: EmotionScore) -> RenderableType:
    return "" if score.sentence is None else Clipped(result.sentences[score.sentence].text, "dim", ("“", "”"))


def _trajectory(result: InferResult, say: Labels) -> Iterator[RenderableType]:
    """A signed bar a sentence; a long text gets one line of all its sentences, and bars for the most telling ones."""
    points = result.analysis.emotion.trajectory
    shown = points
    if len(points) > _MOST_SENTENCES:
        yield Text(sparkline([point.valence for point in points]), style="magenta")
        strongest = sorted(points, key=lambda point: -abs(point.valence))[:_MOST_SENTENCES]
        shown = tuple(sorted(strongest, key=lambda point: point.sentence))
    grid = _grid(("right", None), ("right", 5), ("left", 17), ("left", None))
    for point in shown:
        grid.add_row(f"[{point.sentence + 1}]", number(point.valence, True), *_point(result, point))
    yield grid
    if len(shown) < len(points):
        yield Text(say("truncated").format(count=len(points) - len(shown)), style="dim")
    yield from turns(result.analysis.emotion.smoothed, say)


def _point(result: InferResult, point: TrajectoryPoint) -> tuple[RenderableType, RenderableType]:
    return signed_bar(point.valence, 8), Clipped(result.sentences[point.sentence].text)


def _regret(result: InferResult, say: Labels) -> Text:
    regret = result.analysis.regret
    return Text(
        f"{say('regret_potential')} {number(regret.potential)} · {say('anticipated')} {number(regret.anticipated)} · "
        f"{say('remorse')} {number(regret.cues.remorse)} · {say('counterfactual')} {number(regret.cues.counterfactual)}"
    )


def _precedents(result: InferResult, say: Labels) -> Iterator[RenderableType]:
    if not result.circuit.precedents:
        yield Text(say("none"), style="dim")
    for case in result.circuit.precedents:
        chosen = f" → {plain(case.decision)}" if case.decision else ""
        line = f"{number(case.similarity)}  “{clipped(case.text, 44)}”{chosen}"
        yield Text(line, no_wrap=True, overflow="ellipsis")


def _limits(result: InferResult, say: Labels) -> Iterator[RenderableType]:
    """What is missing and why: parts left out, values without a source, every warning."""
    said = " ".join(result.warnings)
    nulls = [name for name, value in result.integrated.model_dump().items() if value is None]
    missing = [say(name) for name in nulls if name not in said]
    lines = [
        *([f"{say('degraded')}: {', '.join(map(say, result.degraded))}"] if result.degraded else []),
        *([f"{say('null')}: {', '.join(missing)}"] if missing else []),
        *(plain(_phrases(result)(warning)) for warning in result.warnings),
    ]
    grid = _grid(("left", 1), ("left", None))
    for line in lines or [say("none")]:
        grid.add_row("·", Text(line))
    yield grid


def _phrases(result: InferResult) -> Phrases:
    return Phrases(result.language)


def _footer(result: InferResult, say: Labels) -> str:
    provenance, memory = result.provenance, result.memory
    seconds = say("seconds").format(count=f"{result.timing['total']:.1f}")
    return (
        f"redheart {provenance.version} · {provenance.checkpoint} {provenance.checkpoint_hash[:8]} · "
        f"{memory.mode} · {memory.device} · {seconds}"
    )


def _grid(*columns: tuple[str, int | None]) -> Table:
    """Columns of (justify, width); the last one takes what is left, and no column is squeezed for it."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    for justify, width in columns[:-1]:
        grid.add_column(justify=justify, width=width, no_wrap=True)  # type: ignore[arg-type]
    grid.add_column(justify=columns[-1][0], ratio=1, overflow="fold")  # type: ignore[arg-type]
    return grid
