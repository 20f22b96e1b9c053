"""The picture of what drives a text."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redheart.entrypoints import hangul_font, picture
from redheart.entrypoints.drivers_plot import draw_drivers, wrapped
from redheart.errors import ConfigError, InputError
from redheart.types.result import InferResult

pytest.importorskip("matplotlib", reason="pictures need the extra 'plot'")

MakeResult = Callable[..., InferResult]


@pytest.fixture
def no_hangul(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a Korean font."""
    monkeypatch.setattr(hangul_font, "_installed", lambda: None)


def words(svg: Path) -> str:
    """What stands in the picture."""
    return " ".join(re.findall(r"<text[^>]*>([^<]*)</text>", svg.read_text(encoding="utf-8")))


def with_surd(result: InferResult, **changes: Any) -> InferResult:
    surd = result.analysis.surd.model_copy(update=changes)
    return result.model_copy(update={"analysis": result.analysis.model_copy(update={"surd": surd})})


def test_it_shows_each_sentence_its_signed_share_and_what_counts_only_together(
    english_result: InferResult, tmp_path: Path
) -> None:
    draw_drivers(english_result, tmp_path / "drivers.svg")
    shown = words(tmp_path / "drivers.svg")
    assert "I covered for my friend" in shown and "Tomorrow I could tell the truth" in shown
    assert "alone, worse 50 %" in re.sub(" +", " ", shown) and "22 %" in shown and "16 %" in shown
    assert "what one does depends on whether the others are there" in shown


@pytest.mark.usefixtures("no_hangul")
def test_a_korean_text_is_drawn_in_korean_and_an_svg_keeps_it_as_text(
    korean_result: InferResult, tmp_path: Path
) -> None:
    draw_drivers(korean_result, tmp_path / "drivers.svg")
    assert "그래도 친구는 나에게 고마워했다." in words(tmp_path / "drivers.svg")


@pytest.mark.usefixtures("no_hangul")
def test_without_a_korean_font_a_png_is_refused_rather_than_filled_with_boxes(
    korean_result: InferResult, tmp_path: Path
) -> None:
    with pytest.raises(ConfigError, match="fonts-nanum"):
        draw_drivers(korean_result, tmp_path / "drivers.png")
    assert list(tmp_path.iterdir()) == []


def test_a_learned_estimate_has_its_shares_drawn_though_it_has_no_terms(
    english_result: InferResult, tmp_path: Path
) -> None:
    estimate = with_surd(english_result, terms=(), subsets=0, estimate=True)
    draw_drivers(estimate, tmp_path / "drivers.svg")
    shown = words(tmp_path / "drivers.svg")
    assert "estimated" in shown and "alone  66 %" in shown and "worse" not in shown


def test_a_sample_says_its_size_and_its_leak(english_result: InferResult, tmp_path: Path) -> None:
    shares = english_result.analysis.surd.shares
    assert shares is not None
    leaking = shares.model_copy(update={"unique": 0.56, "leak": 0.1})
    draw_drivers(with_surd(english_result, subsets=7, shares=leaking), tmp_path / "drivers.svg")
    assert "7 versions, evenly chosen" in words(tmp_path / "drivers.svg")
    assert "leak 10 %" in words(tmp_path / "drivers.svg")


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_the_format_goes_by_the_name(english_result: InferResult, tmp_path: Path, kind: str) -> None:
    draw_drivers(english_result, tmp_path / f"drivers.{kind}")
    assert (tmp_path / f"drivers.{kind}").read_bytes().startswith({"png": b"\x89PNG", "pdf": b"%PDF"}[kind])


def test_shares_that_are_null_are_refused_with_their_reason(make_result: MakeResult, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="one sentence of one clause"):
        draw_drivers(make_result(["Only this."], "en"), tmp_path / "drivers.svg")


def test_the_command_draws_what_it_answered(cli: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli("infer", "--text", "Only this.", "--json", "--surd-plot", tmp_path / "drivers.svg") == 2
    answered = capsys.readouterr()
    assert answered.out.startswith("{") and "nothing to draw" in answered.err


def test_another_format_is_refused_before_anything_is_read(
    cli: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli("infer", "--text", "Go?", "--surd-plot", tmp_path / "drivers.gif") == 2
    assert "--surd-plot" in capsys.readouterr().err and cli.engine.asked == []


def test_without_matplotlib_it_is_refused_with_the_line_that_installs_it(
    cli: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(picture, "find_spec", lambda name: None)
    assert cli("infer", "--text", "Go?", "--surd-plot", tmp_path / "drivers.svg") == 2
    assert "pip install 'redheart[plot]'" in capsys.readouterr().err and cli.engine.asked == []


def test_a_batch_has_no_single_text_to_draw(
    cli: Any, write_jsonl: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = write_jsonl(tmp_path / "batch.jsonl", {"text": "Go?"})
    assert cli("infer", "--file", batch, "--surd-plot", tmp_path / "drivers.svg") == 2
    assert "is for one text" in capsys.readouterr().err


def test_a_long_sentence_is_wrapped_and_then_cut_hangul_counting_as_two() -> None:
    assert wrapped("one two three four five", 9, 2) == ["one two", "three…"]
    assert wrapped("가나 다라 마", 9, 2) == ["가나 다라", "마"]
