"""The bars people know from the paper: redundant, unique, synergistic, and apart from them the leak."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from redheart.entrypoints.ink import clipped
from redheart.entrypoints.picture import empty_figure, save_picture
from redheart.entrypoints.surd_report import p_text
from redheart.entrypoints.surd_table import left_out_note, split

if TYPE_CHECKING:
    from redheart.entrypoints.surd_report import Kind, SurdReport, Term

COLOURS: Final[dict[Kind, str]] = {"redundant": "#1f3b57", "unique": "#cf3a2f", "synergistic": "#f08a1d"}
_INK, _FAINT, _LEAK = "#2b2b2b", "#8a8a8a", "#a3a3a3"
MOST_BARS: Final = 40  # more could not be told apart; the smaller ones are counted below
_NUMBERED: Final = 18  # so many bars leave room for a number on each
_PALE: Final = 0.3  # how much of a colour is left, the rest is white
_SURE: Final = 0.05
_KOREAN: Final = ("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "Malgun Gothic", "Apple SD Gothic Neo")


def draw_surd(reports: Sequence[SurdReport], out: Path, threshold: float = 0.01) -> None:
    """A row a report: terms of at least `threshold` as shares of the information, and the leak from 0 to 1.

    With a null, the full colour is what lies above chance, the pale rest what chance gives. Raises InputError if `out`
    cannot be written; the format goes by its name.
    """
    shown = [_largest(*split(report.terms(), threshold)) for report in reports]
    widest = max(3, *(len(terms) for terms, _ in shown))
    width = max(6.4, 2.4 + (0.46 if widest <= _NUMBERED else 0.3) * widest)
    figure = empty_figure(width, 0.75 + 2.75 * len(reports))
    rows = figure.subplots(len(reports), 2, width_ratios=(width - 1.1, 0.65), squeeze=False)
    top = _top([term for terms, _ in shown for term in terms])
    for (bars, leak), report, (terms, left_out) in zip(rows, reports, shown, strict=True):
        _draw_terms(bars, report, terms, top)
        _say_below(bars, report, left_out)
        _draw_leak(leak, report)
    _legend(figure, any(report.result.null is not None for report in reports))
    figure.get_layout_engine().set(hspace=0.08)
    save_picture(figure, out)


def _largest(shown: list[Term], left_out: list[Term]) -> tuple[list[Term], list[Term]]:
    """At most MOST_BARS terms, in their order; all others."""
    kept = {term.label for term in sorted(shown, key=lambda term: term.bits, reverse=True)[:MOST_BARS]}
    small = [term for term in shown if term.label not in kept]
    return [term for term in shown if term.label in kept], [*left_out, *small]


def _top(terms: Sequence[Term]) -> float:
    """One scale for all rows: a quarter above the tallest bar, its number included, at most 1."""
    tallest = max((term.of_mi or 0.0 for term in terms), default=1.0)
    return next((top for top in (0.25, 0.5, 0.75) if 1.08 * tallest <= top), 1.0)


def _draw_terms(axes: Any, report: SurdReport, terms: Sequence[Term], top: float) -> None:
    lowest = 0.0
    for place, term in enumerate(terms):
        raw, colour = term.of_mi or 0.0, COLOURS[term.kind]
        above = _above_chance(term, report)
        if above is None:
            axes.bar(place, raw, 0.74, color=colour, zorder=2)
        else:
            axes.bar(place, raw, 0.74, color=_pale(colour), linewidth=0, zorder=2)
            axes.bar(place, max(0.0, min(above, raw)), 0.74, color=colour, linewidth=0, zorder=3)
            if above < 0:
                axes.bar(place, above, 0.74, fill=False, edgecolor=colour, linewidth=0.9, zorder=3)
            lowest = min(lowest, above)
        if len(terms) <= _NUMBERED:
            axes.annotate(
                _number(term),
                (place, raw),
                (0, 2),
                textcoords="offset points",
                ha="center",
                va="bottom",
                fontsize=8,
                color=_INK,
            )
    _mark_kinds(axes, terms)
    _dress_terms(axes, report, terms, (1.15 * lowest, 1.04 * top))


def _pale(colour: str) -> tuple[float, ...]:
    """Opaque, so that no grid line shows through."""
    from matplotlib.colors import to_rgb

    return tuple(1 - _PALE * (1 - part) for part in to_rgb(colour))


def _above_chance(term: Term, report: SurdReport) -> float | None:
    """The corrected share, of the information instead of H(T)."""
    if term.corrected is None:
        return None
    return term.corrected * report.result.entropy / report.information_bits


def _number(term: Term) -> str:
    sure = "*" if term.p_value is not None and term.p_value < _SURE else ""
    return f"{term.of_mi or 0.0:.2f}{sure}".removeprefix("0")


def _mark_kinds(axes: Any, terms: Sequence[Term]) -> None:
    """A thin line where one kind ends and the next begins."""
    for place, (before, after) in enumerate(pairwise(terms)):
        if before.kind != after.kind:
            axes.axvline(place + 0.5, color="#dddddd", linewidth=0.8, zorder=0)


def _dress_terms(axes: Any, report: SurdReport, terms: Sequence[Term], limits: tuple[float, float]) -> None:
    axes.set(xlim=(-0.65, max(len(terms), 3) - 0.35), ylim=limits)
    turned = {"rotation": 55, "ha": "right", "rotation_mode": "anchor"} if len(terms) > _NUMBERED else {}
    axes.set_xticks(range(len(terms)), [_tick(term) for term in terms], fontsize=10, **turned)
    for tick, term in zip(axes.get_xticklabels(), terms, strict=True):
        tick.set_color(COLOURS[term.kind])
    axes.set_ylabel(f"share of what all of them tell\n({report.information_bits:.2f} bits)", fontsize=8.5, color=_INK)
    axes.locator_params(axis="y", nbins=6)
    when = "1 sample later" if report.lag == 1 else f"{report.lag} samples later"
    title = f"What foretells {_drawable(report)}, {when}"
    axes.set_title(title, loc="left", fontsize=11, color=_INK, parse_math=False, fontfamily=_family())
    axes.yaxis.grid(True, color="#eeeeee", linewidth=0.8, zorder=0)
    axes.axhline(0, color=_INK, linewidth=0.8, zorder=4)
    _bare(axes)
    if not terms:
        axes.text(0.5, 0.5, "nothing", transform=axes.transAxes, ha="center", color=_FAINT)


def _tick(term: Term) -> str:
    """As the paper writes them: the agents' numbers below the kind."""
    return rf"$\mathrm{{{term.label[0]}}}_{{{term.label[1:]}}}$"


def _say_below(axes: Any, report: SurdReport, left_out: Sequence[Term]) -> None:
    result = report.result
    bins = "/".join(map(str, dict.fromkeys(result.bins)))
    notes = [f"{result.samples:,} samples, {bins} bins"]
    if left_out:
        notes.append(left_out_note(left_out))
    if result.null is not None:
        p = p_text(result.null.p_values["explained"])
        chance = (
            f"{result.null.draws} {result.null.kind}s: explained p = {p}, unique * p < {_SURE:g}; "
            "outlined below 0: less than by chance"
        )
    told = "; ".join(notes) + ("" if result.null is None else f"\n{chance}")
    axes.set_xlabel(told, loc="left", fontsize=8, color=_FAINT)


def _draw_leak(axes: Any, report: SurdReport) -> None:
    leak = report.result.leak
    axes.bar(0, leak, 0.74, color=_LEAK, zorder=2)
    axes.annotate(
        f"{leak:.2f}".removeprefix("0"),
        (0, leak),
        (0, 2 if leak < 0.9 else -2),
        textcoords="offset points",
        ha="center",
        va="bottom" if leak < 0.9 else "top",
        fontsize=8,
        color=_INK,
    )
    axes.set(xlim=(-0.65, 0.65), ylim=(0, 1), yticks=(0, 0.5, 1))
    axes.set_xticks([0], ["leak"], fontsize=10, color="#6b6b6b")
    axes.set_title("of H(T)", fontsize=9, color=_FAINT)
    axes.axhline(0, color=_INK, linewidth=0.8, zorder=4)
    _bare(axes)


def _legend(figure: Any, tested: bool) -> None:
    from matplotlib.legend_handler import HandlerTuple
    from matplotlib.patches import Patch

    labels = [*COLOURS, "leak: what none of them tells"]
    handles: list[Any] = [Patch(color=colour) for colour in (*COLOURS.values(), _LEAK)]
    if tested:
        labels.append("above chance, by chance")
        handles.append((Patch(color=COLOURS["synergistic"]), Patch(color=_pale(COLOURS["synergistic"]))))
    figure.legend(
        handles,
        labels,
        loc="outside upper left",
        ncols=3 if tested else 4,
        frameon=False,
        fontsize=9,
        handler_map={tuple: HandlerTuple(ndivide=None, pad=0)},
    )


def _bare(axes: Any) -> None:
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.spines["left"].set_color(_FAINT)
    axes.tick_params(axis="x", length=0)
    axes.tick_params(axis="y", labelsize=8, color=_FAINT, labelcolor="#6b6b6b")


def _drawable(report: SurdReport) -> str:
    """The target's name, or its number where no installed font has the letters."""
    name = clipped(report.called, 36)
    plain_letters = all(ord(letter) < 0x0590 or letter == "…" for letter in name)
    return name if plain_letters or len(_family()) > 1 else f"variable {report.target}"


def _family() -> list[str]:
    from matplotlib.font_manager import fontManager

    there = {font.name for font in fontManager.ttflist}
    return ["DejaVu Sans", *(name for name in _KOREAN if name in there)]
