"""A decomposition as a table for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from rich.box import SIMPLE
from rich.table import Table
from rich.text import Text

from redheart.entrypoints.ink import bar, clipped
from redheart.entrypoints.surd_report import P_VALUES_NOTE, p_text

if TYPE_CHECKING:
    from rich.console import RenderableType

    from redheart.calculus.information import PairwiseInformation
    from redheart.entrypoints.surd_report import Kind, SurdReport, Term

COLOURS: Final[dict[Kind, str]] = {"redundant": "blue", "unique": "red", "synergistic": "dark_orange"}
BAR: Final = 24
_CUTS: Final = {"width": "of equal width", "quantile": "of equal counts"}


def tables(report: SurdReport, threshold: float) -> Iterator[RenderableType]:
    """Title, terms of at least `threshold` of the information, totals, what to be wary of."""
    yield Text(_title(report), style="bold")
    yield Text(_settings(report), style="dim")
    if report.names is not None:
        yield Text("variables: " + ", ".join(f"{i} {clipped(name, 24)}" for i, name in enumerate(report.names, 1)))
    shown, left_out = split(report.terms(), threshold)
    yield _terms(shown, report.result.null is not None)
    if left_out:
        yield Text(left_out_note(left_out), style="dim")
    yield _totals(report)
    if report.result.null is not None:
        yield Text(f"p: {P_VALUES_NOTE}", style="dim")
    if report.information is not None:
        yield _information(report, report.information)
    for sentence in report.warnings():
        yield Text(f"warning: {sentence}", style="yellow")


def split(terms: Sequence[Term], threshold: float) -> tuple[list[Term], list[Term]]:
    """Those worth showing, by their share of the information; the others."""
    shares = [(term, term.of_mi or 0.0) for term in terms]
    return [term for term, share in shares if share >= threshold], [term for term, share in shares if share < threshold]


def left_out_note(terms: Sequence[Term]) -> str:
    """How many small terms there are, and what they come to."""
    together = sum(term.of_mi or 0.0 for term in terms)
    return f"{len(terms)} smaller term{'s' * (len(terms) > 1)} not shown, together {together:.1%} of MI"


def _title(report: SurdReport) -> str:
    unit = "sample" if report.lag == 1 else "samples"
    agents = "1 variable" if report.result.agents == 1 else f"all {report.result.agents} variables"
    target, file = clipped(report.called, 40), clipped(Path(report.file).name, 60)
    return f"What foretells {target}, {report.lag} {unit} later: SURD of {agents} in '{file}'"


def _settings(report: SurdReport) -> str:
    result = report.result
    same = len(set(result.bins)) == 1
    bins = str(result.bins[0]) if same else ", ".join(map(str, result.bins)) + " (target first)"
    orders = "" if result.max_order == result.agents else f", sets of at most {result.max_order}"
    null = "" if result.null is None else f", null of {result.null.draws} {_DRAWN[result.null.kind]}"
    return f"{result.samples:,} samples, {bins} bins {_CUTS[report.binning]}{orders}, {result.path} cells{null}"


_DRAWN: Final = {"shift": "circular shifts", "permutation": "permutations"}


def _terms(terms: Sequence[Term], tested: bool) -> Table:
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("term")
    for column in ("bits", "of MI", "of H(T)", *(("above chance", "p") if tested else ())):
        table.add_column(column, justify="right")
    table.add_column("")
    for term in terms:
        style = COLOURS[term.kind]
        p = "" if term.p_value is None else p_text(term.p_value)
        null = (f"{term.corrected:+.1%}", p) if term.corrected is not None else ()
        shares = (f"{term.bits:.4f}", f"{term.of_mi or 0.0:.1%}", f"{term.of_entropy:.1%}", *null)
        table.add_row(Text(term.label, style=style), *shares, Text(bar(term.of_mi or 0.0, BAR), style=style))
    return table


def _totals(report: SurdReport) -> Table:
    result, whole = report.result, report.information_bits
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column("in all")
    for column in ("bits", "of MI", "of H(T)"):
        table.add_column(column, justify="right")
    for kind, bits in result.totals().items():
        share = f"{bits / whole:.1%}" if whole > 0 else "-"
        table.add_row(kind, f"{bits:.4f}", share, f"{bits / result.entropy:.1%}")
    explained = sum(result.totals().values())
    table.add_row("explained", f"{explained:.4f}", "", _explained(report))
    table.add_row("leak", f"{result.leak * result.entropy:.4f}", "", f"{result.leak:.1%}")
    return table


def _explained(report: SurdReport) -> str:
    share, null = 1.0 - report.result.leak, report.result.null
    if null is None:
        return f"{share:.1%}"
    return f"{share:.1%} ({null.corrected['explained']:+.1%} above chance, p {p_text(null.p_values['explained'])})"


def _information(report: SurdReport, found: PairwiseInformation) -> Table:
    """By nearest neighbours, without bins; one variable at a time."""
    table = Table(box=SIMPLE, pad_edge=False)
    table.add_column(f"alone, {found.k} neighbours")
    for column in ("mutual information", "transfer entropy"):
        table.add_column(f"{column}, {found.unit}", justify="right")
    for number, told in found.mutual_information.items():
        name = str(number) if report.names is None else f"{number} {clipped(report.names[number - 1], 24)}"
        transferred = found.transfer_entropy.get(number)
        table.add_row(Text(name), f"{told:.4f}", "-" if transferred is None else f"{transferred:.4f}")
    return table
