"""What all pictures share: a width that a phone shows, sizes of letters, colours, a PNG. Needs the extra `plot`."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from redheart.errors import ConfigError
from redheart.training.whole_file import write_whole

#: Inches, of every picture: 9 points are still read where a phone shows the whole width.
WIDTH: Final = 6.6
SMALL: Final = 9.0  # points, of the smallest letters
LARGE: Final = 10.0
DPI: Final = 150

INK: Final = "#2b2b2b"
FAINT: Final = "#6b6b6b"
GRID: Final = "#e6e6e6"
#: Okabe and Ito's colours: told apart by everybody, and in grey.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9"
#: The same thing has the same colour in every picture.
TRAINING, VALIDATION, METRIC, CONSTANT = BLUE, ORANGE, GREEN, FAINT
#: The families that have Hangul, by how well they go with the rest.
_KOREAN: Final = (
    "NanumGothic", "NanumBarunGothic", "Noto Sans KR", "Noto Sans CJK KR", "Malgun Gothic", "Apple SD Gothic Neo",
)  # fmt: skip
_FILES: Final = re.compile(r"nanum(barun)?gothic|notosans(cjk|kr)|malgun|applesdgothic", re.IGNORECASE)
_HANGUL: Final = re.compile("[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")


def refuse_no_matplotlib() -> None:
    """Raises ConfigError."""
    if find_spec("matplotlib") is None:
        raise ConfigError("--plots needs matplotlib, which is not installed: pip install 'redheart[plot]'.")


def empty_figure(height: float) -> Any:
    """A figure of `WIDTH` by `height` inches that belongs to nobody else: no pyplot, no window."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH, height), dpi=DPI, layout="constrained")


def plain_figure(height: float) -> Any:
    """The same without a layout of its own: `axes_at` places what it holds, which takes no measuring."""
    from matplotlib.figure import Figure

    return Figure(figsize=(WIDTH, height), dpi=DPI)


def axes_at(figure: Any, left: float, top: float, wide: float, high: float) -> Any:
    """An axes of a `plain_figure`, all in inches, counted from the figure's upper left corner."""
    height = figure.get_figheight()
    return figure.add_axes((left / WIDTH, 1 - (top + high) / height, wide / WIDTH, high / height))


def panels(count: int, columns: int, high: float, room: tuple[float, float, float]) -> tuple[Any, list[Any]]:
    """A figure with `count` panels of `high` inches in rows of `columns`; nothing stands where a row is not full.

    `room` is left of each panel, above each, and above all of them. To find the room for many panels would take
    longer than to draw them.
    """
    (left, above, head), below = room, 0.48
    figure = plain_figure(head + -(-count // columns) * (above + high + below))
    across = (WIDTH - 0.12) / columns
    places = (divmod(place, columns) for place in range(count))
    return figure, [
        axes_at(figure, column * across + left, head + row * (above + high + below) + above, across - left, high)
        for row, column in places
    ]


def legend_above(figure: Any, handles: Sequence[Any], columns: int) -> None:
    """At the upper edge, beside no panel."""
    figure.legend(
        handles=handles, loc="upper center", ncols=columns, frameon=False, fontsize=SMALL, borderpad=0.2,
        columnspacing=1.2, handlelength=1.6,
    )  # fmt: skip


def legend_below(figure: Any, columns: int = 2) -> None:
    """Of all that is drawn, each thing once, under the panels of a figure that lays itself out."""
    drawn = [axes.get_legend_handles_labels() for axes in figure.axes]
    named = {label: handle for handles, labels in drawn for handle, label in zip(handles, labels, strict=True)}
    figure.legend(
        named.values(), named.keys(), loc="outside lower center", ncols=columns, frameon=False, fontsize=SMALL
    )


def png_of(figure: Any) -> bytes:
    """The same figures give the same bytes: neither a date nor a version goes in."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    drawn = io.BytesIO()
    FigureCanvasAgg(figure).print_png(drawn, metadata={"Software": None})
    return drawn.getvalue()


def save(figure: Any, out: Path) -> None:
    """A PNG, the same bytes for the same figures. Raises InputError if the disk refuses."""
    write_whole(out, png_of(figure))


def dress(axes: Any, title: str = "", across: str = "", up: str = "") -> None:
    """Title to the left, no box, a light grid."""
    axes.set_title(title, loc="left", fontsize=LARGE, color=INK)
    axes.set_xlabel(across, fontsize=SMALL, color=INK)
    axes.set_ylabel(up, fontsize=SMALL, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(which="both", labelsize=SMALL, color=FAINT, labelcolor="#4f4f4f")
    axes.grid(True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def epoch_axis(axes: Any, first: int, last: int, most: int = 8) -> None:
    """Every epoch has its tick while there are at most `most`, else every second, fifth, tenth, twentieth …"""
    room = max(0.5, 0.05 * (last - first))
    axes.set_xlim(first - room, last + room)
    axes.set_xticks(_whole_ticks(first, last, most))


def _whole_ticks(first: int, last: int, most: int) -> list[int]:
    steps = (digit * 10**power for power in range(9) for digit in (1, 2, 5))
    step = next(step for step in steps if last // step - (first - 1) // step <= most)
    return [epoch for epoch in range(first, last + 1) if epoch % step == 0]


def step_axis(axes: Any, last: int) -> None:
    """From 0 to the last step, no halves."""
    from matplotlib.ticker import MaxNLocator

    axes.set_xlim(0, last * 1.01 + 1)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=7))


def few_ticks(axes: Any, most: int = 4) -> None:
    """Numbers up the side, each written in full; tiny ones as 4.5e-4, which is shorter."""
    axes.locator_params(axis="y", nbins=most)
    axes.ticklabel_format(axis="y", style="plain", useOffset=False)
    if max(map(abs, axes.get_ylim())) < 1e-3:
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:.3g}" if value else "0")


def smoothed(values: Sequence[float]) -> list[float]:
    """The mean over `window` values around each, fewer at the ends: it does not lag behind."""
    half = window(len(values)) // 2
    sums = [0.0, *accumulate(values)]
    ends = ((max(0, at - half), min(len(values), at + half + 1)) for at in range(len(values)))
    return [(sums[last] - sums[first]) / (last - first) for first, last in ends]


def window(count: int) -> int:
    """How many of `count` values one mean spans: a fortieth of them, at least five."""
    return 2 * max(2, count // 80) + 1


def thinned(places: Sequence[object], most: int = 4000) -> list[int]:
    """At most `most` places of a long series: a picture is no wider."""
    step = max(1, -(-len(places) // most))
    return list(range(0, len(places), step))


def family_for(words: str) -> list[str] | None:
    """Fonts to draw words with; None where they are Hangul and no installed font has it: boxes would be drawn."""
    if not _HANGUL.search(words):
        return ["DejaVu Sans"]
    found = _korean_family()
    return [found, "DejaVu Sans"] if found else None


@cache
def _korean_family() -> str | None:
    """The first family that is there. Files are looked at, because matplotlib keeps a list from its first run."""
    from matplotlib import font_manager

    manager = font_manager.fontManager
    known = {font.fname for font in manager.ttflist}
    for file in font_manager.findSystemFonts():
        if file not in known and _FILES.search(Path(file).name):
            manager.addfont(file)
    families = {font.name for font in manager.ttflist if Path(font.fname).exists()}
    return next((family for family in _KOREAN if family in families), None)


def spread(heights: Sequence[float], gap: float) -> list[float]:
    """Heights of labels, in the order given, moved as little as keeps neighbours `gap` apart."""
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    groups: list[tuple[list[int], float]] = []  # members bottom to top, centre
    for place in order:
        members, centre = [place], heights[place]
        while groups and centre - (len(members) - 1) * gap / 2 < _top(groups[-1], gap) + gap:
            below, _ = groups.pop()
            members = [*below, *members]
            centre = sum(heights[member] for member in members) / len(members)
        groups.append((members, centre))
    moved = list(heights)
    for members, centre in groups:
        for row, member in enumerate(members):
            moved[member] = centre + (row - (len(members) - 1) / 2) * gap
    return moved


def spread_within(heights: Sequence[float], gap: float) -> list[float]:
    """As `spread`, and none below 0 or above 1 while there is room."""
    moved = spread(heights, gap)
    order = sorted(range(len(moved)), key=lambda place: moved[place])
    for rank, place in enumerate(order):
        moved[place] = max(moved[place], rank * gap)
    for rank, place in enumerate(reversed(order)):
        moved[place] = min(moved[place], 1 - rank * gap)
    return moved


def _top(group: tuple[list[int], float], gap: float) -> float:
    members, centre = group
    return centre + (len(members) - 1) * gap / 2
