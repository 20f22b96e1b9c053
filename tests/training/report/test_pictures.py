"""Pictures of a run: drawn from its files, the same bytes for the same figures, never in the way of learning."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.errors import ConfigError, InputError
from redheart.training.report import figure
from redheart.training.report.curves import draw_curves, loss_picture, parts_picture, updates_picture
from redheart.training.report.labels_picture import draw_labels
from redheart.training.report.listener import Listeners, Quiet
from redheart.training.report.live_curves import FIRST_S, SHARE, LiveCurves
from redheart.training.report.story import RunStory
from redheart.training.report.tensorboard import TensorBoard
from redheart.training.report.write import write_report
from redheart.training.run.folder import RunFolder
from tests.training.report import invented


def test_equal_curves_give_pictures_of_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        figure.save(loss_picture(invented.steps(), invented.epochs()), tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "other").read_bytes()


def test_a_run_without_a_step_has_no_pictures(tmp_path: Path) -> None:
    assert draw_curves(RunFolder(tmp_path)) == []


def test_the_loss_picture_shows_every_step_and_names_the_best_epoch() -> None:
    axes = loss_picture(invented.steps(), invented.epochs()).axes[0]
    assert list(axes.lines[0].get_ydata()) == [step.loss for step in invented.steps()]
    assert [text.get_text() for text in axes.texts] == [f"epoch {invented.BEST}: 1.0000"]


def test_a_wild_step_of_many_does_not_flatten_the_others() -> None:
    steps = [one.model_copy(update={"step": place}) for place, one in enumerate(invented.steps() * 5, 1)]
    wild = [*steps, steps[0].model_copy(update={"step": len(steps) + 1, "loss": 1e6})]
    assert loss_picture(wild, ()).axes[0].get_ylim()[1] < 10


def test_each_part_has_its_loss_its_metric_and_its_constant() -> None:
    grid = parts_picture(invented.epochs(), {"emotion macro_f1": 0.125}).axes
    loss, metric = grid[0], grid[1]
    assert loss.get_title(loc="left") == "head.emotion"
    assert list(loss.lines[0].get_ydata()) == [one.parts["head.emotion"].loss for one in invented.epochs()]
    assert 0.125 in [line.get_ydata()[0] for line in metric.lines]
    assert not any(axes.get_visible() and axes.axison for axes in grid[6:])  # three parts, four places


def test_a_module_that_was_never_updated_leaves_a_gap_not_an_error() -> None:
    still = [
        one.model_copy(update={"update_ratios": dict.fromkeys(invented.MODULES, 0.0)}) for one in invented.epochs()
    ]
    right = updates_picture(still).axes[1]
    assert [text.get_text() for text in right.texts] == ["nothing was updated"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_labels_are_moved_apart_and_keep_their_order(heights: list[float]) -> None:
    moved = figure.spread(heights, 0.05)
    order = sorted(range(len(heights)), key=lambda place: heights[place])
    for below, above in pairwise(order):
        assert moved[above] - moved[below] >= 0.05 - 1e-9
    assert sum(moved) == pytest.approx(sum(heights))


def test_labels_that_lie_apart_stay_where_they_are() -> None:
    assert figure.spread([0.1, 0.9, 0.5], 0.05) == [0.1, 0.9, 0.5]


def test_smoothing_keeps_a_straight_line_but_for_its_ends() -> None:
    values = [float(i) for i in range(200)]
    assert figure.smoothed(values)[10:-10] == pytest.approx(values[10:-10])
    assert figure.smoothed([3.0]) == [3.0]


def test_without_a_korean_font_labels_are_numbered_instead_of_boxed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figure, "_korean_family", lambda: None)
    assert figure.family_for("죄책감") is None
    assert draw_labels(invented.data_report(), tmp_path / "labels.png")  # a missing glyph would be a warning, an error


def test_data_of_pairs_alone_have_no_picture_of_labels(tmp_path: Path) -> None:
    report = invented.data_report().model_copy(update={"targets": ()})
    assert not draw_labels(report, tmp_path / "labels.png")
    assert not (tmp_path / "labels.png").exists()


class Clock:
    """Seconds that pass when told to."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> tuple[list[float], Clock]:
    """When pictures were drawn; each takes 3 seconds."""
    clock, times = Clock(), []

    def draw(folder: RunFolder) -> None:
        times.append(clock.now)
        clock.now += 3.0

    monkeypatch.setattr("redheart.training.report.live_curves.draw_curves", draw)
    return times, clock


def test_live_curves_are_drawn_seldom_and_once_more_at_the_end(
    drawn: tuple[list[float], Clock], run_folder: RunFolder
) -> None:
    times, clock = drawn
    live = LiveCurves(run_folder, print, clock)
    for _ in range(1000):
        clock.now += 1.0
        live.epoch(invented.epoch(1))
    live.done("training")
    assert times[0] >= FIRST_S
    assert all(later - before >= 3.0 / SHARE for before, later in pairwise(times[:-1]))
    assert 3.0 * (len(times) - 1) / clock.now < 1.2 * SHARE


def test_a_picture_that_cannot_be_written_is_warned_of_once_and_learning_goes_on(
    run_folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: RunFolder) -> None:
        raise InputError("'loss.png' cannot be written (No space left on device).")

    monkeypatch.setattr("redheart.training.report.live_curves.draw_curves", refuse)
    said: list[str] = []
    live = LiveCurves(run_folder, said.append)
    live.done("training")
    live.done("training")
    assert len(said) == 1 and "No space left" in said[0]


def test_news_reach_every_listener() -> None:
    heard: list[int] = []

    class Ear(Quiet):
        def epoch(self, figures: object) -> None:
            heard.append(1)

    Listeners([Ear(), Quiet(), Ear()]).epoch(invented.epoch(1))
    assert heard == [1, 1]


def test_tensorboard_that_is_not_installed_is_refused_with_the_line_that_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "torch.utils.tensorboard", None)
    with pytest.raises(ConfigError, match=r"redheart\[train\]"):
        TensorBoard(tmp_path)


def test_the_written_report_shows_its_pictures_and_is_whole(
    run_folder: RunFolder, make_story: Callable[..., RunStory]
) -> None:
    told = write_report(run_folder, make_story(), pictures=True)
    assert set(told.pictures) == {f"plots/{name}.png" for name in ("loss", "schedule", "parts", "updates", "labels")}
    text = run_folder.report.read_text()
    assert all(f"]({file})" in text and (run_folder.path / file).exists() for file in told.pictures)
    assert [path.name for path in run_folder.path.iterdir() if path.name.endswith(".part")] == []
