"""The bars of `redheart surd --plot`: what is drawn, and that a file is written whole or not at all."""

import os
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("matplotlib", reason="pictures need the extra 'plot'")

from matplotlib.colors import to_rgb

from redheart.calculus.surd import surd
from redheart.entrypoints.surd_plot import COLOURS, MOST_BARS, draw_surd
from redheart.entrypoints.surd_report import SurdReport
from redheart.errors import InputError


def report(draws: int = 0, agents: int = 3, names: tuple[str, ...] | None = None) -> SurdReport:
    """The first agent tells alone, the second and third only together."""
    random = np.random.default_rng(0)
    given = random.integers(0, 2, (agents, 3000)).astype(float)
    target = given[0] + 2 * np.abs(given[1] - given[2]) + 0.1 * random.normal(size=3000)
    result = surd(target, given, bins=(6, *[2] * agents), null_draws=draws)
    return SurdReport(result, 1, 1, "width", "x.npz", names=names)


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The figure that would be saved."""
    kept: list[Any] = []
    monkeypatch.setattr("redheart.entrypoints.surd_plot.save_picture", lambda figure, out: kept.append(figure))

    def draw(*reports: SurdReport, threshold: float = 0.01) -> Any:
        draw_surd(reports, Path("x.png"), threshold)
        return kept[-1]

    return draw


def bars(axes: Any) -> list[tuple[float, tuple[float, ...]]]:
    return [(bar.get_height(), bar.get_facecolor()[:3]) for bar in axes.patches]


def test_each_term_is_a_bar_of_its_kinds_colour_and_its_share_of_the_information(drawn: Any) -> None:
    told = report()
    figure = drawn(told)
    shown = [term for term in told.terms() if (term.of_mi or 0) >= 0.01]
    assert bars(figure.axes[0]) == [(term.of_mi, to_rgb(COLOURS[term.kind])) for term in shown]
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == [
        rf"$\mathrm{{{term.label[0]}}}_{{{term.label[1:]}}}$" for term in shown
    ]
    assert {term.label for term in shown} >= {"U1", "S23"}


def test_the_leak_is_a_grey_bar_of_its_own_from_0_to_1(drawn: Any) -> None:
    told = report()
    leak = drawn(told).axes[1]
    ((height, colour),) = bars(leak)
    assert (height, leak.get_ylim()) == (told.result.leak, (0, 1))
    assert len(set(colour)) == 1


def test_terms_left_out_are_counted(drawn: Any) -> None:
    told = report()
    many, few = drawn(told, threshold=0.0), drawn(told, threshold=0.2)
    assert (len(many.axes[0].patches), "smaller" in many.axes[0].get_xlabel()) == (11, False)
    left_out = 11 - len(few.axes[0].patches)
    assert f"{left_out} smaller terms not shown" in few.axes[0].get_xlabel()


def test_more_bars_than_can_be_told_apart_are_left_out_too(drawn: Any) -> None:
    axes = drawn(report(agents=6), threshold=0.0).axes[0]
    assert len(axes.patches) == MOST_BARS
    assert f"{2 * 2**6 - 2 - 6 - MOST_BARS} smaller terms" in axes.get_xlabel()


def test_with_a_null_the_full_colour_is_what_lies_above_chance(drawn: Any) -> None:
    told = report(draws=20)
    assert told.result.null is not None
    shares = [height for height, colour in bars(drawn(told).axes[0]) if colour == to_rgb(COLOURS["unique"])]
    expected = told.result.null.corrected["U1"] * told.result.entropy / told.information_bits
    assert shares == [pytest.approx(expected)]


def test_a_star_marks_a_unique_term_that_chance_seldom_gives_and_no_other_kind(drawn: Any) -> None:
    told = report(draws=30)
    null = told.result.null
    assert null is not None and null.p_values["S23"] < 0.05
    numbers = [text.get_text() for text in drawn(told, threshold=0.0).axes[0].texts]
    starred = {term.label for term, number in zip(told.terms(), numbers, strict=True) if number.endswith("*")}
    assert starred == {name for name in ("U1", "U2", "U3") if null.p_values[name] < 0.05}
    assert "U1" in starred


def test_the_p_value_of_all_terms_together_stands_below(drawn: Any) -> None:
    assert "explained p = 0.032" in drawn(report(draws=30)).axes[0].get_xlabel()
    assert "p =" not in drawn(report()).axes[0].get_xlabel()


def test_every_target_gets_a_row(drawn: Any) -> None:
    assert len(drawn(report(), report()).axes) == 4


def test_names_are_drawn_as_they_are(drawn: Any, tmp_path: Path) -> None:
    figure = drawn(report(names=(r"$\oops$", "b", "c")))
    assert r"$\oops$" in figure.axes[0].get_title(loc="left")
    figure.savefig(tmp_path / "x.png")  # what is no mathematics must not be read as such
    figure = drawn(report(names=("감정", "b", "c")))
    figure.savefig(tmp_path / "x.png")  # a letter that no font has would be a warning, and so an error


@pytest.mark.parametrize(("name", "begin"), [("a.png", b"\x89PNG"), ("a.svg", b"<?xml"), ("a.pdf", b"%PDF")])
def test_the_name_chooses_the_format_and_the_same_figures_give_the_same_file(
    tmp_path: Path, name: str, begin: bytes
) -> None:
    sums = set()
    for _ in range(2):
        draw_surd([report()], tmp_path / name)
        sums.add(zlib.crc32((tmp_path / name).read_bytes()))
    assert (tmp_path / name).read_bytes().startswith(begin)
    assert (len(sums), [path.name for path in tmp_path.iterdir()]) == (1, [name])


def test_a_disk_that_refuses_leaves_the_earlier_picture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.png").write_bytes(b"earlier")

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match=r"--plot '.*a\.png' cannot be written \(No space"):
        draw_surd([report()], tmp_path / "a.png")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.png", b"earlier")]


def test_the_command_draws_beside_what_it_prints(cli: Any, capfd: Any, tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.random.default_rng(0).normal(size=(2, 300)))
    asked = ("surd", tmp_path / "x.npz", "--all-targets", "--bins", "2", "--plot", tmp_path / "bars.png")
    assert cli(*asked) == 0
    assert (tmp_path / "bars.png").read_bytes().startswith(b"\x89PNG")
    assert "explained" in capfd.readouterr().out


def test_without_matplotlib_it_says_how_to_get_it(
    cli: Any, capfd: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redheart.entrypoints.picture.find_spec", lambda name: None)
    assert cli("surd", tmp_path / "x.npz", "--target", "1", "--bins", "2", "--plot", tmp_path / "a.png") == 2
    assert "pip install 'redheart[plot]'" in capfd.readouterr().err


@pytest.mark.parametrize("draws", [0, 20])
def test_nothing_that_is_written_leaves_the_picture(drawn: Any, draws: int) -> None:
    figure = drawn(report(draws))
    figure.draw_without_rendering()
    width = figure.bbox.width
    texts = [axes.xaxis.label for axes in figure.axes] + [text for each in figure.legends for text in each.get_texts()]
    assert all(0 <= text.get_window_extent().x0 and text.get_window_extent().x1 <= width for text in texts)


def test_a_pipe_is_not_replaced_by_a_picture(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.png")
    with pytest.raises(InputError, match="no regular file"):
        draw_surd([report()], tmp_path / "x.png")
    assert (tmp_path / "x.png").is_fifo()
