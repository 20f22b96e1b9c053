"""The picture of what drives a text: its sentences, what each does alone, and what counts only with others."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len

from redheart.calculus.interventions.words import manner, percent
from redheart.entrypoints.drivers_plot_words import PlotWords, plot_words, unit_word
from redheart.entrypoints.hangul_font import font_for
from redheart.entrypoints.ink import clipped, plain
from redheart.entrypoints.picture import empty_figure, refuse_no_picture, save_picture
from redheart.errors import InputError

if TYPE_CHECKING:
    from redheart.types.result import InferResult
    from redheart.types.surd import SurdReading, SurdShares, SurdTerm

# Okabe and Ito's colours: told apart by everybody, and in grey.
LOWERS: Final = "#d55e00"
LIFTS: Final = "#0072b2"
EITHER: Final = "#009e73"
TOGETHER: Final = "#8c5a9e"
LEAK: Final = "#9a9a9a"
MARK: Final = "#404040"
_INK, _SOFT, _LINE = "#222222", "#666666", "#d8d8d8"

# Inches.
_WIDTH, _LEFT, _RIGHT = 10.4, 0.4, 10.0
_BARS, _ZERO = 6.15, 7.95  # from where bars are drawn; where they begin
_LONGEST: Final = 1.35  # a bar
_CELLS: Final = 68  # letters of a sentence's line, Hangul counting as two
_MOST: Final = 3  # sets shown of a kind
_LEAST: Final = 0.01  # share of a set that is shown
_EXPLAINED: Final = 4  # units of a set whose row has room for words


@dataclass(frozen=True, slots=True)
class _Page:
    """The axes in inches from the lower left, and the words."""

    axes: Any
    say: PlotWords
    scale: float  # inches of a share of 1


def refuse_drivers_plot(out: Path) -> None:
    """Raises ConfigError for a name that is no picture's, or without matplotlib."""
    refuse_no_picture(out, "--surd-plot")


def draw_drivers(result: InferResult, out: Path) -> None:
    """Draw `result.analysis.surd`. A set of units is shown from a share of 1 % on, three at most of a kind.

    Raises InputError where there are no shares or `out` cannot be written; ConfigError without a font for its words.
    """
    surd = result.analysis.surd
    if surd.shares is None:
        raise InputError(f"--surd-plot '{out}': there is nothing to draw: {surd.reason}.")
    import matplotlib

    say = plot_words(result.language)
    family = font_for(result.text + say.title, out)
    with matplotlib.rc_context({"font.family": family, "svg.fonttype": "none", "axes.unicode_minus": False}):
        figure = _drawn(surd, surd.shares, say, unit_word(result.language, surd.unit or "sentence"))
        figure.text(_RIGHT / _WIDTH, 0.15 / figure.get_figheight(), _origin(result), color=LEAK, fontsize=8, ha="right")
        with _quiet_about_fonts():
            save_picture(figure, out, "--surd-plot")


def _origin(result: InferResult) -> str:
    """Which program and which weights it comes from."""
    provenance = result.provenance
    return f"redheart {provenance.version} · {provenance.checkpoint} {provenance.checkpoint_hash[:8]}"


@contextmanager
def _quiet_about_fonts() -> Iterator[None]:
    """Another weight than asked for is no news; only an SVG comes this far without its letters, for others to draw."""
    log = logging.getLogger("matplotlib.font_manager")
    before = log.level
    log.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Glyph .* missing from")
            yield
    finally:
        log.setLevel(before)


def _drawn(surd: SurdReading, shares: SurdShares, say: PlotWords, units: str) -> Any:
    rows = [wrapped(plain(text), _CELLS, 2) for text in surd.units] if surd.terms else []
    sets = {kind: _sets(surd, kind) for kind in ("redundant", "synergistic")}
    height = _height(rows, sets, shares.leak)
    figure = empty_figure(_WIDTH, height)
    figure.set_layout_engine("none")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(0, _WIDTH), ylim=(0, height))
    axes.axis("off")
    largest = max((term.share for term in surd.terms), default=1.0)
    page = _Page(axes, say, _LONGEST / largest)
    at = _head(page, surd, units, height - 0.5)
    at = _overview(page, surd, shares, at)
    if surd.terms:
        alone = {term.units[0]: term for term in surd.terms if term.kind == "unique"}
        at = _alone(page, alone, rows, units, at)
        at = _kind(page, sets["redundant"], alone, (say.either_title, EITHER), at)
        at = _kind(page, sets["synergistic"], alone, (say.together_title, TOGETHER), at)
    if shares.leak >= 0.005:
        page.axes.text(_LEFT, at - 0.1, f"{say.leak} {percent(shares.leak)}", color=_SOFT, fontsize=11, weight="bold")
        note = say.leak_estimated if surd.estimate else say.leak_note
        page.axes.text(_LEFT, at - 0.34, note, color=_SOFT, fontsize=10)
    return figure


def _sets(surd: SurdReading, kind: str) -> list[SurdTerm]:
    terms = [term for term in surd.terms if term.kind == kind and term.share > 0]
    return sorted(terms, key=lambda term: -term.share)


def _shown(terms: Sequence[SurdTerm]) -> list[SurdTerm]:
    return [term for term in terms if term.share >= _LEAST][:_MOST]


def _height(rows: Sequence[Sequence[str]], sets: dict[str, list[SurdTerm]], leak: float) -> float:
    alone = 0.75 + sum(_row_height(lines) for lines in rows) if rows else 0.0
    kinds = [0.62 + 0.36 * (len(_shown(terms)) + (len(_shown(terms)) < len(terms))) for terms in sets.values() if terms]
    return 2.45 + alone + sum(kinds) + (0.6 if leak >= 0.005 else 0.1)


def _row_height(lines: Sequence[str]) -> float:
    return 0.3 + 0.2 * len(lines)


def _head(page: _Page, surd: SurdReading, units: str, at: float) -> float:
    page.axes.text(_LEFT, at, page.say.title, fontsize=17, weight="bold", color=_INK, va="center")
    pattern = page.say.estimated if surd.estimate else page.say.every
    if not surd.estimate and surd.subsets < 2 ** len(surd.units):
        pattern = page.say.sample
    for number, line in enumerate(pattern):
        words = line.format(units=units, n=len(surd.units), subsets=f"{surd.subsets:,}")
        page.axes.text(_LEFT, at - 0.42 - 0.23 * number, words, fontsize=10.5, color=_SOFT, va="center")
    return at - 1.05


def _overview(page: _Page, surd: SurdReading, shares: SurdShares, at: float) -> float:
    """One bar of all shares, its parts named below."""
    lowers = sum(term.share for term in surd.terms if term.kind == "unique" and term.coefficient < 0)
    signed = [(page.say.lowers, lowers, LOWERS), (page.say.lifts, max(0.0, shares.unique - lowers), LIFTS)]
    parts = [
        *(signed if surd.terms else [(page.say.alone, shares.unique, MARK)]),
        (page.say.either, shares.redundant, EITHER),
        (page.say.together, shares.synergistic, TOGETHER),
        (page.say.leak, shares.leak, LEAK),
    ]
    left, whole = _LEFT, _RIGHT - _LEFT
    for _, share, colour in parts:
        _bar(page, left, at - 0.17, whole * share, 0.34, colour)
        left += whole * share
    named = [part for part in parts if part[1] >= 0.005]
    for number, (name, share, colour) in enumerate(named):
        x = _LEFT + number * whole / max(4, len(named))
        _bar(page, x, at - 0.52, 0.15, 0.15, colour)
        page.axes.text(x + 0.24, at - 0.445, f"{name}  {percent(share)}", fontsize=10.5, color=_INK, va="center")
    return at - 1.0


def _alone(page: _Page, alone: Mapping[int, SurdTerm], rows: Sequence[Sequence[str]], units: str, at: float) -> float:
    """A row a unit: its number, its words, its signed bar."""
    title = page.say.alone_title.format(units=units)
    page.axes.text(_LEFT, at, title, fontsize=12.5, weight="bold", color=_INK, va="center")
    page.axes.text(_ZERO - 0.1, at, page.say.worse, fontsize=9.5, color=LOWERS, va="center", ha="right")
    page.axes.text(_ZERO + 0.1, at, page.say.better, fontsize=9.5, color=LIFTS, va="center")
    top = at - 0.22
    at = top
    for number, lines in enumerate(rows):
        middle = at - _row_height(lines) / 2
        _mark(page, _LEFT + 0.14, middle, number)
        for line, words in enumerate(lines):
            y = middle + 0.1 * (len(lines) - 1) - 0.2 * line
            page.axes.text(_LEFT + 0.42, y, words, fontsize=10.5, color=_INK, va="center")
        _signed(page, alone[number], middle)
        at -= _row_height(lines)
    page.axes.plot([_ZERO, _ZERO], [at, top], color=_SOFT, linewidth=0.8)
    return at - 0.3


def _signed(page: _Page, term: SurdTerm, middle: float) -> None:
    side = 1 if term.coefficient > 0 else -1
    length = side * term.share * page.scale
    _bar(page, _ZERO, middle - 0.13, length, 0.26, LIFTS if side > 0 else LOWERS)
    place, ha = _ZERO + length + side * 0.07, "left" if side > 0 else "right"
    page.axes.text(place, middle, percent(term.share), fontsize=10.5, color=_INK, va="center", ha=ha)


def _kind(
    page: _Page, terms: Sequence[SurdTerm], alone: Mapping[int, SurdTerm], style: tuple[str, str], at: float
) -> float:
    """A heading, and a row a set."""
    if not terms:
        return at
    title, colour = style
    page.axes.text(_LEFT, at - 0.05, title, fontsize=11.5, weight="bold", color=colour, va="center")
    at -= 0.4
    for term in _shown(terms):
        _marks(page, term, alone, at)
        _share_bar(page, term.share, at, colour)
        at -= 0.36
    small = terms[len(_shown(terms)) :]
    if small:
        words = page.say.others.format(count=len(small))
        page.axes.text(_LEFT, at, words, fontsize=10, color=_SOFT, va="center")
        _share_bar(page, sum(term.share for term in small), at, colour, 0.45)
        at -= 0.36
    return at - 0.22


def _share_bar(page: _Page, share: float, at: float, colour: str, alpha: float = 1.0) -> None:
    _bar(page, _ZERO, at - 0.11, share * page.scale, 0.22, colour, alpha)
    page.axes.text(_ZERO + share * page.scale + 0.07, at, percent(share), fontsize=10.5, color=_INK, va="center")


def _marks(page: _Page, term: SurdTerm, alone: Mapping[int, SurdTerm], at: float) -> None:
    """The numbers of a set's units, and what they do."""
    x, word = _LEFT + 0.14, page.say.or_ if term.kind == "redundant" else page.say.and_
    gap = 0.62 if term.kind == "redundant" else 0.5
    for place, unit in enumerate(term.units):
        if place:
            page.axes.text(x - gap / 2, at, word, fontsize=9.5, color=_SOFT, va="center", ha="center")
        _mark(page, x, at, unit)
        x += gap
    if len(term.units) > _EXPLAINED:
        return
    how, sign = manner(term, alone)
    direction = "higher" if sign > 0 else "lower"
    meaning = {"either": page.say.enough, "together": page.say.only_all}.get(how, {}).get(direction, page.say.hangs)
    page.axes.text(x - gap + 0.28, at, meaning, fontsize=10, color=_SOFT, va="center")


def _mark(page: _Page, x: float, y: float, number: int) -> None:
    from matplotlib.patches import Circle

    page.axes.add_patch(Circle((x, y), 0.14, facecolor=MARK, linewidth=0))
    page.axes.text(x, y - 0.005, str(number + 1), fontsize=9, weight="bold", color="white", va="center", ha="center")


def _bar(page: _Page, x: float, y: float, width: float, height: float, colour: str, alpha: float = 1.0) -> None:
    from matplotlib.patches import Rectangle

    page.axes.add_patch(
        Rectangle((x, y), width, height, facecolor=colour, edgecolor="white", alpha=alpha, linewidth=0.8)
    )


def wrapped(text: str, cells: int, most: int) -> list[str]:
    """At most `most` lines of at most so many cells, cut with an ellipsis; a longer word is cut too."""
    lines = [""]
    for word in plain(text).split(" "):
        if lines[-1] and cell_len(f"{lines[-1]} {word}") > cells:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    kept = lines[:most]
    if len(lines) > most:
        kept[-1] += "…" if cell_len(kept[-1]) < cells else ""
    return [clipped(line, cells) for line in kept]
