"""What a reader sees of a figure: its texts, where they stand, and whether a legend tells of what is drawn."""

from itertools import combinations
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex
from matplotlib.text import Text

SMALLEST = 9.0  # points


def assert_legible(figure: Any) -> None:
    """Letters that a phone shows, every axis numbered, every text whole and beside all others."""
    FigureCanvasAgg(figure).draw()
    assert figure.get_figwidth() <= 6.6
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            across_bar = axes.get_label() == "<colorbar>" and axis is axes.yaxis
            if axes.axison and axis.get_visible() and not across_bar:
                assert numbered(axis), (axes.get_title(loc="left"), axis)
    texts = texts_of(figure)
    assert min(text.get_fontsize() for text in texts) >= SMALLEST
    # Of a text alone: an annotation would count its line.
    boxes = [(text.get_text(), Text.get_window_extent(text)) for text in texts]
    for said, box in boxes:
        # A pixel more or less is a stroke that leans over the edge of its letter.
        assert box.x0 >= -1 and box.y0 >= -1 and box.x1 <= figure.bbox.x1 + 1 and box.y1 <= figure.bbox.y1 + 1, said
    for (one, here), (other, there) in combinations(boxes, 2):
        across = min(here.x1, there.x1) - max(here.x0, there.x0)
        up = min(here.y1, there.y1) - max(here.y0, there.y0)
        assert across <= 1 or up <= 1, (one, other)


def numbered(axis: Any) -> bool:
    """True if a tick inside the axis has its number."""
    low, high = sorted(axis.get_view_interval())
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    return any(tick.label1.get_text() and low <= tick.get_loc() <= high for tick in ticks)


def texts_of(figure: Any) -> list[Text]:
    """All that is written and shown."""
    outside = [tick.label1 for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) for tick in beyond(axis)]
    hidden = [each for axes in figure.axes if not axes.axison for each in axes.findobj(Text) if each not in axes.texts]
    return [
        text
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and not any(text is each for each in (*outside, *hidden))
    ]


def beyond(axis: Any) -> list[Any]:
    """Ticks that lie outside of the axis, or belong to one that is not shown."""
    low, high = sorted(axis.get_view_interval())
    room = 1e-9 * (high - low)
    ticks = [*axis.get_major_ticks(), *axis.get_minor_ticks()]
    return [tick for tick in ticks if not axis.get_visible() or not low - room <= tick.get_loc() <= high + room]


def legend_of(owner: Any) -> list[str]:
    """Labels of the legends of a figure, or of an axes."""
    legends = getattr(owner, "legends", None) or [owner.get_legend()]
    return [text.get_text() for legend in legends for text in legend.get_texts()]


def looks(figure: Any) -> tuple[set[tuple[str, str, str]], set[str]]:
    """(colour, marker, line style) of every line in the panels, colours of every area."""
    lines = {look(line) for axes in figure.axes for line in axes.lines if len(line.get_xdata())}
    return lines, {to_hex(patch.get_facecolor()) for axes in figure.axes for patch in axes.patches}


def look(line: Any) -> tuple[str, str, str]:
    """What tells a line from others."""
    return to_hex(line.get_color()), str(line.get_marker()), str(line.get_linestyle())
