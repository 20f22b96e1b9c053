"""One picture file: an empty figure, a look that all pictures share, a PNG written whole. Needs the extra `plot`."""

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

INK: Final = "#2b2b2b"
FAINT: Final = "#8a8a8a"
GRID: Final = "#ececec"
#: Okabe and Ito's colours: told apart by everybody, and in grey.
BLUE, ORANGE, GREEN, RED, PURPLE, SKY = "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7", "#56b4e9"
COLOURS: Final = (BLUE, ORANGE, GREEN, PURPLE, RED, SKY)
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


def empty_figure(width: float, height: float) -> Any:
    """A figure in inches that belongs to nobody else: no pyplot, no window."""
    from matplotlib.figure import Figure

    return Figure(figsize=(width, height), dpi=130, layout="constrained")


def panels(rows: int, columns: int, panel: tuple[float, float], room: tuple[float, float]) -> tuple[Any, Any]:
    """A figure of equal panels (inches), `room` (inches) to the left of and above each: laid out without measuring.

    To find the room for many panels takes longer than to draw them.
    """
    from matplotlib.figure import Figure

    (wide, high), (left, above), below = panel, room, 0.55
    width, height = columns * (wide + left) + 0.15, rows * (high + above) + below
    figure = Figure(figsize=(width, height), dpi=130)
    grid = figure.subplots(rows, columns, squeeze=False, sharex=True)
    figure.subplots_adjust(
        left=left / width,
        right=1 - 0.15 / width,
        bottom=below / height,
        top=1 - above / height,
        wspace=left / wide,
        hspace=above / high,
    )
    return figure, grid


def save(figure: Any, out: Path) -> None:
    """A PNG, the same bytes for the same figures. Raises InputError if the disk refuses."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    drawn = io.BytesIO()
    FigureCanvasAgg(figure).print_png(drawn, metadata={"Software": None})
    write_whole(out, drawn.getvalue())


def dress(axes: Any, title: str = "", across: str = "", up: str = "") -> None:
    """Title to the left, no box, a light grid."""
    axes.set_title(title, loc="left", fontsize=10, color=INK)
    axes.set_xlabel(across, fontsize=8.5, color=INK)
    axes.set_ylabel(up, fontsize=8.5, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(FAINT)
    axes.tick_params(labelsize=8, color=FAINT, labelcolor="#5f5f5f")
    axes.grid(True, color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)


def whole_numbers(axes: Any) -> None:
    """Ticks of epochs: no halves, and none so close that they touch."""
    from matplotlib.ticker import MaxNLocator

    axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))


def smoothed(values: Sequence[float]) -> list[float]:
    """The mean over a fortieth of the values around each, at least five, fewer at the ends: it does not lag behind."""
    half = max(2, len(values) // 80)
    sums = [0.0, *accumulate(values)]
    ends = ((max(0, at - half), min(len(values), at + half + 1)) for at in range(len(values)))
    return [(sums[last] - sums[first]) / (last - first) for first, last in ends]


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


def _top(group: tuple[list[int], float], gap: float) -> float:
    members, centre = group
    return centre + (len(members) - 1) * gap / 2
