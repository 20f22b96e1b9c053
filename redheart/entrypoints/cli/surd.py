"""`redheart surd`: what foretells a variable in a file of series."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, cast

import typer
from typer import Option

from redheart.entrypoints.output import refuse_unwritable, standard_output, write_stdout
from redheart.errors import ConfigError

if TYPE_CHECKING:
    from redheart.calculus.cells.binning import Binning
    from redheart.calculus.information import PairwiseInformation
    from redheart.entrypoints.series_file import Series
    from redheart.entrypoints.surd_report import SurdReport

_NUMBER: Final = re.compile("[ ]*[+-]?[0-9]{1,18}[ ]*")
PAPER: Final = 110  # characters of a line where no terminal sets the width


def surd(
    file: Annotated[Path, typer.Argument(help="A .npz (variables, samples), or a .csv with a column a variable.")],
    bins: Annotated[str, Option(help="Bins of each axis: one number, or several with commas, the target first.")],
    target: Annotated[str | None, Option(help="The variable to explain: its number from 1, or its column.")] = None,
    lag: Annotated[int, Option(help="How many samples later it is read.")] = 1,
    all_targets: Annotated[bool, Option("--all-targets", help="Explain every variable in turn.")] = False,
    max_order: Annotated[int | None, Option(help="Leave out larger sets of variables.", show_default="all")] = None,
    binning: Annotated[str, Option(help="width (equal widths) or quantile (equal counts).")] = "width",
    null_draws: Annotated[int, Option(help="Circular shifts that show what chance gives; 0 for none.")] = 0,
    seed: Annotated[int, Option(help="Which shifts are drawn.")] = 0,
    array: Annotated[str | None, Option(help="The array's name, where the .npz has several.")] = None,
    information: Annotated[
        bool, Option("--information", help="Add nearest-neighbour mutual information and transfer entropy.")
    ] = False,
    threshold: Annotated[float, Option(help="Show terms from this share of the information on.")] = 0.01,
    as_json: Annotated[bool, Option("--json", help="Print one JSON object: every term, in bits.")] = False,
    plot: Annotated[Path | None, Option(help="Draw the bars there: a .png, .svg or .pdf (extra 'plot').")] = None,
) -> None:
    """Decompose what variables tell of one of them later: redundant, unique, synergistic, and the leak.

    Martinez-Sanchez, Arranz and Lozano-Duran (2024). It tells what goes together, not what causes what; with few
    samples much of it is chance, which --null-draws 200 takes off.
    """
    if (target is None) != all_targets:
        raise ConfigError(f"--target '{target or ''}': give one variable, or --all-targets instead.")
    if not 0 <= threshold < 1:
        raise ConfigError(f"--threshold '{threshold:g}' is no share. Use a number from 0 to below 1.")
    if seed < 0:
        raise ConfigError(f"--seed '{seed}' is negative. Use 0 or more.")
    if plot is not None:
        from redheart.entrypoints.picture import refuse_no_picture

        refuse_no_picture(plot)
        refuse_unwritable(plot, file, "--plot")
    asked = Asked(lag, _bins(bins), max_order, _binning(binning), null_draws, seed, information)
    reports, skipped = _reports(file, array, target, asked)
    if plot is not None:
        from redheart.entrypoints.surd_plot import draw_surd

        draw_surd(reports, plot, threshold)
    if as_json:
        told = [report.as_dict() for report in reports]
        whole: dict[str, Any] = {"targets": told, "warnings": skipped} if all_targets else told[0]
        write_stdout(json.dumps(whole, ensure_ascii=False, indent=2, allow_nan=False) + "\n")
    else:
        _print(reports, threshold)
        for sentence in skipped:
            print(f"warning: {sentence}", file=sys.stderr)


@dataclass(frozen=True, slots=True)
class Asked:
    """The settings of every decomposition of a run."""

    lag: int
    bins: int | list[int]
    max_order: int | None
    binning: Binning
    null_draws: int
    seed: int
    information: bool


def _reports(file: Path, array: str | None, target: str | None, asked: Asked) -> tuple[list[SurdReport], list[str]]:
    """One a target, and of all targets those that cannot be explained, with the reason.

    Raises ConfigError for one target that never changes, or for all of them.
    """
    from redheart.entrypoints.series_file import read_series

    series = read_series(file, array)
    if target is not None:
        return [_report(series, series.variable(target), str(file), asked)], []
    every = range(1, len(series.values) + 1)
    still = [number for number in every if _never_changes(series, number, asked.lag)]
    if len(still) == len(every):
        raise ConfigError(f"'{file}': none of its '{len(every)}' variables changes. Give series that do.")
    skipped = [
        f"'{file}', target {series.name(number)} is '{series.values[number - 1, -1]:g}' in every sample to explain: "
        "skipped"
        for number in still
    ]
    return [_report(series, number, str(file), asked) for number in every if number not in still], skipped


def _never_changes(series: Series, target: int, lag: int) -> bool:
    """From the first sample that is read; a lag that cannot be is refused where it is used."""
    samples = series.values.shape[1]
    later = series.values[target - 1, lag if 0 < lag <= samples - 2 else 0 :]
    return bool(later.min() == later.max())


def _report(series: Series, target: int, file: str, asked: Asked) -> SurdReport:
    """Raises ConfigError for settings that the series do not allow."""
    from redheart.calculus.surd import surd_series
    from redheart.entrypoints.surd_report import SurdReport

    try:
        result = surd_series(
            series.values,
            target,
            asked.lag,
            bins=asked.bins,
            max_order=asked.max_order,
            binning=asked.binning,
            null_draws=asked.null_draws,
            seed=asked.seed,
        )
    except ValueError as error:
        raise ConfigError(f"'{file}', target {series.name(target)}: {str(error).rstrip('.')}.") from error
    beside = _information(series, target, asked.lag) if asked.information else None
    return SurdReport.of(result, (target, asked.lag, asked.binning), series, file, beside)


def _information(series: Series, target: int, lag: int) -> PairwiseInformation:
    """Raises ConfigError for series that have no neighbours to count."""
    from redheart.calculus.information import pairwise_information

    try:
        return pairwise_information(series.values, target, lag)
    except ValueError as error:
        raise ConfigError(f"--information: {str(error).rstrip('.')}. Or leave --information out.") from error


def _bins(given: str) -> int | list[int]:
    counts = [int(count) for count in given.split(",") if _NUMBER.fullmatch(count)]
    if len(counts) != given.count(",") + 1:
        raise ConfigError(f"--bins '{given}' is no number of bins. Use one, as in 10, or one an axis: 4,2,2.")
    return counts[0] if len(counts) == 1 else counts


def _binning(given: str) -> Binning:
    if given not in ("width", "quantile"):
        raise ConfigError(f"--binning '{given}' is unknown. Choose width or quantile.")
    return cast('Literal["width", "quantile"]', given)


def _print(reports: list[SurdReport], threshold: float) -> None:
    from rich.console import Console

    from redheart.entrypoints.surd_table import tables

    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=PAPER)
    with standard_output():
        for report in reports:
            for table in tables(report, threshold):
                console.print(table, highlight=False, soft_wrap=not hasattr(table, "columns"))
