"""The report on the data of a run, for people: rich tables on a terminal, plain columns elsewhere."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from typing import Final

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from redheart.training.corpus.distribution import DataReport, SetReport, TargetReport, TargetSplit
from redheart.training.corpus.sample import SPLITS
from redheart.training.report.metric_name import spelled

_TOP: Final = 5  # labels or outputs of a target that are named
_WIDTH: Final = 120
_HEADINGS: Final = ("train", "valid.", "holdout", "test")


def data_page(report: DataReport, plain: bool = False) -> Group:
    """The report as something rich can print; `plain` draws no lines."""
    return Group(*_parts(report, plain))


def data_text(report: DataReport, width: int = _WIDTH) -> str:
    """The report as plain text, without colour or lines."""
    page = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False)
    page.print(data_page(report, plain=True))
    assert isinstance(page.file, io.StringIO)
    return "\n".join(line.rstrip() for line in page.file.getvalue().splitlines()) + "\n"


def print_data(report: DataReport, console: Console) -> None:
    """Onto a console, as it can show it."""
    if console.is_terminal:
        console.print(data_page(report))
    else:
        console.print(data_text(report), end="", markup=False, highlight=False, soft_wrap=True)


def _parts(report: DataReport, plain: bool) -> Iterator[RenderableType]:
    yield _sets(report, plain)
    yield Text(f"Licences: {_licences(report.sets)}.", style="dim")
    yield from (Text(note, style="dim") for note in _notes(report.sets))
    yield Text()
    yield _labels(report, plain)
    yield Text()
    yield _baselines(report, plain)
    yield from (Text(f"{kind}: {spelled(what)}", style="dim") for kind, what in report.baseline_is.items())
    yield from (Text(f"Warning: {warning}", style="yellow") for warning in report.warnings)


def _table(title: str, columns: Sequence[tuple[str, bool]], plain: bool) -> Table:
    """`columns`: heading, and whether numbers stand below it. The first column and numbers are never broken."""
    lines = None if plain else box.SIMPLE_HEAD
    table = Table(title=title, title_justify="left", box=lines, padding=(0, 2 if plain else 0, 0, 0), pad_edge=False)
    for i, (heading, numbers) in enumerate(columns):
        table.add_column(heading, justify="right" if numbers else "left", no_wrap=numbers or i == 0, overflow="fold")
    return table


def _sets(report: DataReport, plain: bool) -> Table:
    counts = ("read", *_HEADINGS, "dropped", "left out")
    table = _table("Data", [("set", False), ("", False), *((c, True) for c in counts)], plain)
    for each in report.sets:
        dropped = each.dropped_by_group + each.dropped_by_text + each.repeated + each.unlabelled
        numbers = (each.read, *(each.splits[name] for name in SPLITS), dropped, each.left_out)
        table.add_row(each.name, ", ".join(each.languages) or "-", *(f"{number:,}" for number in numbers))
    sizes = [report.splits[name] for name in SPLITS]
    table.add_row("samples", "", "", *(f"{size.samples:,}" for size in sizes), "", "")
    table.add_row("sentences", "", "", *(f"{size.sentences:,}" for size in sizes), "", "")
    return table


def _licences(sets: Sequence[SetReport]) -> str:
    licences = dict.fromkeys(each.licence for each in sets)
    named = {licence: ", ".join(each.name for each in sets if each.licence == licence) for licence in licences}
    return "; ".join(f"{licence}: {names}" for licence, names in named.items())


def _notes(sets: Sequence[SetReport]) -> Iterator[str]:
    for each in sets:
        reasons = {
            "share a group with a held-out split": each.dropped_by_group,
            "have a text, or a piece of one, that a held-out split has": each.dropped_by_text,
            "are repeated": each.repeated,
            "have no label that teaches": each.unlabelled,
        }
        told = [f"{count:,} {reason}" for reason, count in reasons.items() if count]
        if told:
            yield f"{each.name}: dropped: {', '.join(told)}."
        if each.cut_documents:
            yield f"{each.name}: {each.cut_documents:,} documents lost {each.cut_sentences:,} sentences at their ends."
        yield from (f"{each.name}: {note}." for note in each.notes)


def _labels(report: DataReport, plain: bool) -> Table:
    columns = [("target", False), ("kind", False), *((name, True) for name in _HEADINGS), ("in train", False)]
    table = _table("Labels: known documents or pairs", columns, plain)
    for target in report.targets:
        known = [f"{target.splits[name].known:,}" for name in SPLITS]
        table.add_row(target.name, target.kind, *known, _in_train(target))
    return table


def _in_train(target: TargetReport) -> str:
    train = target.splits["train"]
    told = [f"{label.name} {label.share:.1%}" for label in train.labels[:_TOP]]
    told += [f"{each.name} {each.mean:.2f} ± {each.sd:.2f}" for each in train.spreads[:_TOP]]
    rest = len(train.labels) + len(train.spreads) - len(told)
    more = [f"{rest} more"] if rest else []
    masked = [f"nobody labelled {', '.join(target.masked)}"] if target.masked and train.known else []
    return ", ".join(told + more) + ("; " if masked and told else "") + "".join(masked)


def _baselines(report: DataReport, plain: bool) -> Table:
    table = _table("What a constant reaches", [("target", False), *((name, False) for name in SPLITS[1:])], plain)
    for target in report.targets:
        table.add_row(target.name, *(_figures(target.splits[name]) for name in SPLITS[1:]))
    return table


def _figures(split: TargetSplit) -> str:
    return ", ".join(f"{spelled(name)} {value:.3f}" for name, value in split.baseline.items()) or "-"
