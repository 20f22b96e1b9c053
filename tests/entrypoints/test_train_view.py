"""A training run as it is seen: what is remembered of its news, what a terminal shows of it."""

import io
from typing import Any

import pytest
from rich.console import Console

from redheart.entrypoints.train_standing import MOST_MEANS, Losses, Standing, Sweep
from redheart.entrypoints.train_view import TrainView, bar_line, progress_line
from redheart.training.sweep.trial import Trial
from tests.training.report import invented


def trial(lr: float, loss: float | None) -> Trial:
    return Trial(
        lr=lr, seed=0, steps=3, validation_loss=loss, train_losses=(1.0,), metric=None, gradient_norm=None, seconds=1,
        diverged=loss is None,
    )  # fmt: skip


def console(terminal: bool) -> Console:
    return Console(file=io.StringIO(), force_terminal=terminal, width=110, color_system=None)


def text_of(there: Console) -> str:
    assert isinstance(there.file, io.StringIO)
    return there.file.getvalue()


@pytest.fixture
def shown() -> Any:
    """A view on a terminal, in the middle of training; what it shows."""

    def show() -> str:
        view = TrainView(console(True), lambda report: None)
        view.standing.begin("training", 60, 0.0)
        for step in invented.steps()[:55]:
            view.step(step)
            if step.step % invented.STEPS_AN_EPOCH == 0:
                view.epoch(invented.epoch(step.epoch))
        paper = console(False)
        paper.print(view.picture())
        return text_of(paper)

    return show


def test_a_terminal_shows_how_far_training_is_with_loss_rate_and_speed(shown: Any) -> None:
    bar, below, *_ = shown().splitlines()
    assert "92 %" in bar and "55/60" in bar and "epoch 6" in bar and "left" in bar
    assert "lr 5.50e-03" in below and "800 samples/s" in below and "█" in below and "▁" in below


def test_the_last_epoch_of_each_part_stands_beside_its_best(shown: Any) -> None:
    row = next(line.split() for line in shown().splitlines() if line.strip().startswith("head.emotion"))
    assert row == "head.emotion 0.3300 0.3000 4 emotion macro-F1 0.580 0.600 4".split()


def test_a_part_that_is_at_its_best_has_a_star() -> None:
    standing = Standing()
    for number in (1, 2):
        standing.epoch(invented.epoch(number))
    assert [cell for cell in standing.part_rows()[0] if "*" in cell] == ["2 *", "2 *"]


def test_time_left_counts_the_steps_of_this_session_alone() -> None:
    standing = Standing()
    standing.begin("training", 60, now=100.0)
    assert standing.left(101.0) is None
    for step in invented.steps()[40:50]:
        standing.step(step)
    assert standing.left(now=120.0) == pytest.approx(20.0)  # 10 steps in 20 s, 10 left


def test_a_resumed_run_remembers_the_epochs_before_the_step_it_goes_on_with() -> None:
    standing = Standing()
    standing.earlier = invented.epochs()
    standing.begin("training", 60, now=0.0)
    standing.step(invented.steps()[50])  # step 51: epoch 5 is done, epoch 6 is to be done again
    assert (sorted(standing.epochs), standing.best_epoch) == ([1, 2, 3, 4, 5], invented.BEST)


def test_losses_of_any_number_of_steps_fit_a_line_and_keep_their_mean() -> None:
    losses = Losses()
    for step in range(10_000):
        losses.add(float(step))
    assert len(losses.means) < MOST_MEANS
    assert losses.means == sorted(losses.means)
    seen = losses.each * len(losses.means)
    assert sum(losses.means) / len(losses.means) == pytest.approx((seen - 1) / 2)


def test_losses_that_never_change_have_a_line_too() -> None:
    losses = Losses()
    for _ in range(5):
        losses.add(2.0)
    assert (losses.between(-1, 1), losses.last) == ([-1.0] * 5, 2.0)


def test_a_sweep_says_its_last_rate_and_the_best_so_far() -> None:
    sweep = Sweep()
    assert sweep.line() == ""
    sweep.trial(trial(1e-3, 0.5), 0, 1)
    sweep.trial(trial(1e-2, None), 1, 2)
    assert sweep.line() == "stage 1: 1.00e-02 diverges; lowest so far 0.5000 at 1.00e-03"
    sweep.trial(trial(2e-3, 0.4), None, 3)
    assert sweep.line() == "leaders again: 2.00e-03 gives 0.4000; lowest so far 0.4000 at 2.00e-03"


def test_what_is_embedded_may_grow_while_it_is_embedded() -> None:
    standing = Standing()
    standing.begin("embedding", 352, now=0.0)
    standing.advance(436, 611, now=1.0)
    assert (standing.done, standing.total) == (436, 611)


def test_embedding_shows_texts_their_speed_and_the_time_left_of_the_file_at_hand() -> None:
    view = TrainView(console(False), lambda report: None)
    view.standing.begin("embedding", 100, 0.0)
    view.standing.advance(100, 100, 500.0)
    view.standing.advance(0, 2000, 1000.0)  # the next file: its own clock
    view.standing.advance(200, 2000, 1010.0)
    assert progress_line(view.standing, 1010.0) == "embedding: 200 of 2,000 texts, 20 texts/s, 0:01:30 left"
    paper = console(False)
    paper.print(bar_line(view.standing, 1010.0))
    assert text_of(paper).rstrip().endswith("10 %  200/2,000 texts  20 texts/s  0:01:30 left")


def test_without_a_terminal_nothing_is_drawn_and_warnings_are_lines() -> None:
    there = console(False)
    with TrainView(there, lambda report: None) as view:
        view.begin("training", 60)
        view.warning("part [bold]x[/bold] stands still")
        view.say("8 samples at once")
        view.done("training")
    assert text_of(there).splitlines() == [
        "training: 60 steps …",
        "warning: part [bold]x[/bold] stands still",
        "8 samples at once",
    ]


def test_the_data_report_is_handed_on_while_nothing_is_drawn() -> None:
    view = TrainView(console(True), lambda report: handed.append(view._live))
    handed: list[Any] = []
    with view:
        view.begin("embedding", 10)
        assert view._live is not None
        view.data(invented.data_report())
        assert view._live is not None
    assert handed == [None]
    assert view._live is None
