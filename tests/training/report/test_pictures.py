"""Pictures of a run: drawn from its files, the same bytes for the same figures, never in the way of learning."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.errors import ConfigError, InputError
from redheart.training.corpus.distribution import LabelShare, Spread, TargetReport
from redheart.training.report import figure
from redheart.training.report.curves import draw_curves, loss_picture, schedule_picture, updates_picture
from redheart.training.report.labels_picture import LIMITS, draw_labels, labels_picture, rows_of, whisker
from redheart.training.report.listener import Listeners, Quiet
from redheart.training.report.live_curves import FIRST_S, SHARE, LiveCurves
from redheart.training.report.parts_picture import parts_picture
from redheart.training.report.story import RunStory
from redheart.training.report.tensorboard import TensorBoard
from redheart.training.report.write import write_report
from redheart.training.run.figures import PartFigures, StepFigures
from redheart.training.run.folder import RunFolder
from tests.training.report import invented
from tests.training.seen import assert_legible, legend_of, look, looks


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
    assert loss.get_title(loc="left") == "head.emotion\nvalidation loss"
    assert metric.get_title(loc="left") == "head.emotion\nemotion" and metric.get_ylabel() == "macro-F1"
    assert list(loss.lines[0].get_ydata()) == [one.parts["head.emotion"].loss for one in invented.epochs()]
    assert 0.125 in [line.get_ydata()[0] for line in metric.lines]


def test_a_row_of_parts_that_is_not_full_has_no_empty_panels() -> None:
    fewer = [one.model_copy(update={"parts": dict([*one.parts.items()][:2])}) for one in invented.epochs()]
    assert len(parts_picture(fewer, {}).axes) == 4  # of two rows of three


@pytest.mark.parametrize("baselines", [{}, {"emotion macro_f1": 0.125}])
def test_the_legend_of_the_parts_holds_exactly_what_is_drawn(baselines: dict[str, float]) -> None:
    drawn = parts_picture(invented.epochs(), baselines)
    assert legend_of(drawn)[:2] == ["validation loss", "metric on validation"]
    assert ("best constant answer" in legend_of(drawn)) is bool(baselines)
    colours = {colour for colour, _, _ in looks(drawn)[0]}
    assert colours == {look(handle)[0] for handle in drawn.legends[0].legend_handles}


@pytest.mark.parametrize("count", [1, 3, 6, 60])
def test_pictures_of_short_and_long_runs_are_legible(count: int) -> None:
    epochs = [invented.epoch(number) for number in range(1, count + 1)]
    for drawn in (
        loss_picture(invented.steps(), epochs[: invented.EPOCHS]),
        parts_picture(epochs, {"emotion macro_f1": 0.125}),
        updates_picture(epochs),
    ):
        assert_legible(drawn)


@pytest.mark.parametrize("scale", [1e-5, 0.0031, 1.0, 4000.0])
def test_small_and_large_losses_leave_room_for_their_axis(scale: float) -> None:
    def scaled(part: PartFigures) -> PartFigures:
        return part.model_copy(update={"loss": part.loss * scale})

    epochs = [
        one.model_copy(update={"parts": {name: scaled(part) for name, part in one.parts.items()}})
        for one in invented.epochs()
    ]
    assert_legible(parts_picture(epochs, {}))


def test_validation_loss_has_one_colour_in_all_pictures() -> None:
    loss = loss_picture(invented.steps(), invented.epochs()).axes[0]
    part = parts_picture(invented.epochs(), {}).axes[0]
    validation = next(line for line in loss.lines if str(line.get_label()).startswith("validation"))
    assert look(validation)[0] == look(part.lines[0])[0]


def test_the_legend_of_the_loss_tells_single_steps_from_their_mean() -> None:
    drawn = loss_picture(invented.steps(), invented.epochs())
    assert legend_of(drawn) == [
        "training, single steps", "training, mean of 5 steps around", "validation, without penalties", "best epoch",
    ]  # fmt: skip


def rates(*lr: float) -> list[StepFigures]:
    return [one.model_copy(update={"lr": rate}) for one, rate in zip(invented.steps(), lr, strict=False)]


def test_a_schedule_that_begins_at_its_peak_says_that_no_rise_can_be_seen() -> None:
    drawn = schedule_picture(rates(4e-4, 3e-4, 1e-4))
    assert "highest at step 1, 4e-4 (a warm-up of one step, or none)" in drawn.axes[0].get_title(loc="left")
    assert "before step 1" not in legend_of(drawn)
    assert_legible(drawn)


def test_a_short_warm_up_is_drawn_from_0() -> None:
    drawn = schedule_picture(rates(2e-4, 4e-4, 3e-4, 1e-4))
    assert "rises until step 2, 4e-4" in drawn.axes[0].get_title(loc="left")
    assert list(drawn.axes[0].lines[0].get_ydata()) == [0, 2e-4]
    assert legend_of(drawn) == ["before step 1", "of a step", "highest"]


def test_a_module_that_was_never_updated_leaves_a_gap_not_an_error() -> None:
    still = [
        one.model_copy(update={"update_ratios": dict.fromkeys(invented.MODULES, 0.0)}) for one in invented.epochs()
    ]
    lower = updates_picture(still).axes[1]
    assert [text.get_text() for text in lower.texts] == ["nothing was updated"]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_names_of_modules_stay_apart_and_beside_the_panel(heights: list[float]) -> None:
    moved = sorted(figure.spread_within(heights, 0.08))
    assert all(above - below >= 0.08 - 1e-9 for below, above in pairwise(moved))
    assert moved[0] >= 0 and moved[-1] <= 1


@given(st.integers(1, 500), st.integers(0, 500), st.integers(1, 8))
def test_ticks_of_epochs_are_whole_few_and_never_none(first: int, more: int, most: int) -> None:
    axes = figure.empty_figure(2.0).subplots()
    figure.epoch_axis(axes, first, first + more, most + 1)
    ticks = [float(tick) for tick in axes.get_xticks()]
    assert 1 <= len(ticks) <= most + 1 and all(tick.is_integer() and first <= tick <= first + more for tick in ticks)


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


def target(name: str, **train: object) -> TargetReport:
    return invented.target(name, **train)


def test_rows_of_labels_stand_by_what_they_show_largest_first() -> None:
    shares = (("trust", 9, 0.1), ("joy", 8, 0.3), ("fear", 1, 0.2))
    soft = target("base_emotion", labels=tuple(LabelShare(name=n, count=c, share=s) for n, c, s in shares))
    means = (("urgency", 0.4), ("effort", 0.7))
    scores = target("appraisal", spreads=tuple(Spread(name=n, known=9, mean=m, sd=0.1) for n, m in means))
    assert [row.name for row in rows_of(soft)] == ["joy", "fear", "trust"]
    assert [row.name for row in rows_of(scores)] == ["effort", "urgency"]


@given(st.floats(0, 1), st.floats(0, 2))
def test_whiskers_of_scores_stay_within_0_and_1(mean: float, deviation: float) -> None:
    (row,) = rows_of(target("appraisal", spreads=(Spread(name="urgency", known=9, mean=mean, sd=deviation),)))
    low, high = whisker(row, "scores")
    assert LIMITS["scores"][0] <= low <= mean <= high <= LIMITS["scores"][1]


def test_a_picture_of_many_labels_with_long_names_is_legible_and_says_how_many_more_there_are() -> None:
    names = [f"chance responsblt {number}" for number in range(20)]
    many = target("appraisal", spreads=tuple(Spread(name=name, known=9, mean=0.5, sd=0.6) for name in names))
    drawn = labels_picture([*invented.data_report().targets, many])
    assert_legible(drawn)
    panel = next(axes for axes in drawn.axes if axes.get_title(loc="left") == "appraisal: 40 documents")
    assert panel.get_yticklabels()[-1].get_text() == "6 more"
    assert panel.get_xlabel() == "mean ± deviation, cut at 0, 1"
    assert all(0 <= x <= 1 for path in panel.collections[0].get_paths() for x in path.vertices[:, 0])


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
