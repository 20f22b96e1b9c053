"""The part of the report on Bentham's calculus: the ten factors, then the sums."""

from collections.abc import Iterator

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from redheart.entrypoints.ink import Clipped, bar, number, plain
from redheart.entrypoints.labels import Labels
from redheart.entrypoints.phrases import Phrases
from redheart.types.decision import BenthamResult
from redheart.types.readings import Factor
from redheart.types.result import InferResult

_MOST_PERSONS = 6


def bentham(result: InferResult, say: Labels) -> Iterator[RenderableType]:
    """Factors with their deviation and source, what they sum to, for whom, and under which weights."""
    found = result.analysis.bentham
    yield _factors(found, Phrases(result.language), say)
    sums = (
        f"{say('utility')} {number(found.utility, True)} · {say('score')} {number(found.score, True)} · "
        f"{say('better')} {number(found.better_than_neutral)}"
    )
    layers = " · ".join(f"{say(name)} {number(weight)}" for name, weight in found.layers.items())
    lines = [*_low_evidence(found, say), sums, *_core(found, say), *_persons(found, say), f"{say('layers')}: {layers}"]
    yield Text("\n".join(lines))


def _factors(found: BenthamResult, phrase: Phrases, say: Labels) -> Table:
    grid = Table.grid(padding=(0, 2, 0, 0))
    for justify, width in (("left", None), ("left", 8), ("right", 5), ("left", 5), ("left", None)):
        grid.add_column(justify=justify, width=width, no_wrap=True)  # type: ignore[arg-type]
    grid.add_column(ratio=1, overflow="fold")
    for name, factor in found.factors.items():
        shown = "" if factor.value is None else bar(factor.value, 8)
        sure = "" if factor.uncertainty is None else f"±{number(factor.uncertainty)}"
        source = Clipped(_source(factor, phrase, say), "dim")
        value = f"{number(factor.value)}{'*' if _is_marked(factor) else ' '}"
        grid.add_row(say(name), Text(shown, style="cyan"), value, sure, say(factor.kind), source)
    return grid


def _source(factor: Factor, phrase: Phrases, say: Labels) -> str:
    source = phrase(factor.source)
    return source if factor.term is None else f"{say(factor.term)} · {source}"


def _is_marked(factor: Factor) -> bool:
    """Where nothing was measured of any factor, a mark on each would tell none from another."""
    return factor.low_evidence and factor.evidence is not None


def _low_evidence(found: BenthamResult, say: Labels) -> Iterator[str]:
    """What the mark means, and how much the marked ones count."""
    marked = [f"{say(name)} ×{number(each.weight)}" for name, each in found.factors.items() if _is_marked(each)]
    if marked:
        yield f"{say('low_evidence')}: {' · '.join(marked)}"


def _core(found: BenthamResult, say: Labels) -> Iterator[str]:
    if found.core is None:
        return
    sure = "" if found.core_uncertainty is None else f" ±{number(found.core_uncertainty)}"
    culture = "" if found.culture in (None, "none") else f" · {say('culture')}: {say(found.culture)}"
    yield f"{say('core')} {number(found.core, True)}{sure} · {say('costs')} {number(found.costs, True)}{culture}"


def _persons(found: BenthamResult, say: Labels) -> Iterator[str]:
    """One line where several persons share the core; those who were not read are marked."""
    parts = found.contributions
    if len(parts) < 2:
        return
    shown = [f"{plain(say(part.name))}{'' if part.read else '*'} {number(part.value, True)}" for part in parts]
    more = [f"+{len(parts) - _MOST_PERSONS}"] if len(parts) > _MOST_PERSONS else []
    yield f"{say('by_person')}: {' · '.join([*shown[:_MOST_PERSONS], *more])} ({say('not_read')})"
