"""The report of a run: every section, the truth about baselines, nothing that names the user's machine."""

import re
from collections.abc import Callable
from math import log10
from pathlib import Path

import pytest

from redheart.config.train import SweepSection
from redheart.training.corpus.distribution import LabelShare
from redheart.training.report.document import beats, report_text
from redheart.training.report.story import RunStory, Score
from redheart.training.run.folder import RunFolder
from redheart.training.sweep.schedule import rate_text
from redheart.training.sweep.sweep import run_sweep
from redheart.training.sweep.trial import Trial
from tests.training.report import invented

SECTIONS = (
    "What was trained", "Data", "Curves", "Validation", "Sweet spots", "Crossover", "Test", "Parameter updates",
    "Refused allocations", "Settings", "How to repeat it", "Limits", "Memory", "Environment",
)  # fmt: skip


def part_of(text: str, title: str) -> str:
    """One section's text."""
    return text.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_every_section_is_there_once_in_order(story: RunStory) -> None:
    titles = re.findall(r"^## (.+)$", report_text(story), re.MULTILINE)
    assert titles == list(SECTIONS)


def test_a_section_without_anything_to_say_is_left_out(make_story: Callable[..., RunStory]) -> None:
    text = report_text(make_story(sweep=None, crossover=None, sweet_spots=None, memory=None))
    assert not any(
        f"## {title}" in text for title in ("Learning rate", "Crossover", "Sweet spots", "Memory", "Warnings")
    )


def test_every_table_has_as_many_cells_in_each_row_as_in_its_head(story: RunStory) -> None:
    tables = re.findall(r"(?:^\|.*\n?)+", report_text(story), re.MULTILINE)
    for table in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(widths) == 1, table
    assert len(tables) >= 10


class Bowl:
    """A learner whose loss is lowest at 1e-3, a little noise by seed."""

    steps = 4

    def at(self, lr: float, seed: int) -> Trial:
        loss = 1 + log10(lr / 1e-3) ** 2 + 0.001 * seed
        return Trial(
            lr=lr, seed=seed, steps=4, validation_loss=loss, train_losses=(2.0, loss), metric=None, gradient_norm=None,
            seconds=0.0,
        )  # fmt: skip

    def ranged(self, lowest: float, highest: float, steps: int) -> tuple[tuple[float, float], ...]:
        rates = [lowest * (highest / lowest) ** (place / (steps - 1)) for place in range(steps)]
        return tuple((rate, self.at(rate, 0).validation_loss or 0.0) for rate in rates)


def test_a_sweep_is_told_with_its_stages_its_spread_and_what_else_is_as_good(
    make_story: Callable[..., RunStory], tmp_path: Path
) -> None:
    sweep = run_sweep(Bowl(), SweepSection(), RunFolder(tmp_path), {}, lambda line: None, pictures=False)
    pictures = ("hierarchical_lr_sweep.png", "hierarchical_lr_sweep_stage3.png")
    said = part_of(report_text(make_story(sweep=sweep, pictures=pictures)), "Learning rate")
    assert said.strip().startswith(f"**{rate_text(sweep.optimal_lr)}**.")
    assert all(f"| {stage} | " in said for stage in range(5))
    assert all(rate_text(rate) in said for rate in sweep.tie_break.indistinguishable)
    assert "- range test, steepest fall" in said and "±" in said
    assert "](hierarchical_lr_sweep.png)" in said and "[stage3](hierarchical_lr_sweep_stage3.png)" in said


def test_untaught_parts_are_named_in_the_opening_and_marked_in_the_table(story: RunStory) -> None:
    text = report_text(story)
    assert "Not taught, for want of labels: `head.surd`." in text.split("## ")[0]
    assert "| `head.surd` | surd | not taught | 900 |" in part_of(text, "What was trained")


def test_a_metric_whose_interval_reaches_the_constant_is_not_said_to_beat_it(story: RunStory) -> None:
    opening = report_text(story).split("## ")[0]
    assert "1 of 2 metrics beat the best constant answer" in opening
    assert "not so: `auxiliary.utility` utility macro-F1." in opening


@pytest.mark.parametrize(
    ("value", "low", "baseline", "expected"),
    [
        (0.5, 0.41, 0.4, True),
        (0.5, 0.39, 0.4, False),
        (0.5, None, 0.4, True),
        (0.5, 0.4, None, False),
        (0.3, 0.2, 0.4, False),
    ],
)
def test_beating_a_constant_asks_the_worse_end_of_the_interval(
    value: float, low: float | None, baseline: float | None, expected: bool
) -> None:
    score = Score(part="p", target="t", metric="m", value=value, baseline=baseline, low=low, high=0.9, entries=9)
    assert beats(score) is expected


def test_of_an_error_the_lower_one_beats_the_constant() -> None:
    error = Score(
        part="p",
        target="t",
        metric="rmse",
        value=0.2,
        baseline=0.3,
        low=0.1,
        high=0.25,
        entries=9,
        higher_is_better=False,
    )
    assert beats(error)
    assert not beats(error.model_copy(update={"high": 0.31}))


def test_the_best_epoch_is_the_one_with_the_lowest_validation_loss(story: RunStory) -> None:
    text = report_text(story)
    assert "Best epoch by validation loss: **4** of 6, 1.0000." in text
    assert "| **4** | **40** | **4e-4** | **0.2500** | **1.0000** |" in text


def test_a_refused_crossover_is_said_with_its_reason_and_figures(story: RunStory) -> None:
    said = part_of(report_text(story), "Crossover")
    assert said.strip().startswith(
        "**Refused, so the best single epoch is what is recommended.** The gain of 'selective'"
    )
    assert "-1.00e-02" in said and "+4.00e-03" in said


def test_a_module_that_was_not_updated_at_a_look_stands_out(story: RunStory) -> None:
    said = part_of(report_text(story), "Parameter updates")
    assert "| `head.emotion` | **1 of 2** |" in said
    assert "| `backbone` | 2 of 2 |" in said
    assert "- step 20: 'head.emotion' was not updated" in said


def test_a_run_without_updates_says_so_before_all_figures(make_story: Callable[..., RunStory]) -> None:
    assert "**No weight was changed**" in report_text(make_story(updated=False)).split("## ")[0]


def test_date_and_seconds_change_the_sections_memory_and_environment_alone(
    story: RunStory, make_story: Callable[..., RunStory]
) -> None:
    later = story.environment.model_copy(
        update={"finished": "2027-01-01T00:00:00+00:00", "seconds": {"training": 99.0}}
    )
    slower = tuple(one.model_copy(update={"seconds": 77.0, "samples_per_second": 1.0}) for one in story.epochs)
    one, other = report_text(story), report_text(make_story(environment=later, epochs=slower))
    assert one != other
    assert one.split("## Memory")[0] == other.split("## Memory")[0]


def test_a_label_with_a_bar_does_not_break_its_table(make_story: Callable[..., RunStory]) -> None:
    text = report_text(make_story(settings={"train.preset": "a|b\nc"}))
    assert "| `train.preset` | `a\\|b c` |" in text


def test_pictures_are_shown_where_they_belong(make_story: Callable[..., RunStory]) -> None:
    text = report_text(make_story(pictures=("plots/loss.png", "plots/labels.png", "plots/sweet_spots.png")))
    for title, file in (("Curves", "loss"), ("Data", "labels"), ("Sweet spots", "sweet_spots")):
        assert f"](plots/{file}.png)" in part_of(text, title)


def test_metrics_have_one_spelling_throughout(story: RunStory) -> None:
    text = report_text(story)
    assert "macro-F1" in text
    assert not re.search(r"macro[_ ]f1", text, re.IGNORECASE)


def test_one_of_a_thing_is_said_as_one(make_story: Callable[..., RunStory]) -> None:
    alone = invented.make_story().environment.model_copy(update={"threads": 1})
    text = report_text(
        make_story(
            steps=1, batch_size=1, micro_batch=1, looks=(invented.look(10, True),), oom=None, environment=alone,
            modules=invented.modules()[:1], test=(invented.score("head.emotion", 0.4, 0.3, 0.5),),
        )
    )  # fmt: skip
    plural = r"(?<![\d.,])1 (steps|samples|looks|modules|metrics|threads|epochs|parameters)\b"
    assert re.findall(plural, text) == []
    assert "1 of 1 metric beats the best constant answer" in text
    assert "1 look, at step 10;" in text and "1 step of 1 sample (1 at once)" in text
    assert "None: 1 sample at once was possible throughout." in text


def test_soft_classes_are_told_by_their_shares_with_how_often_each_is_the_largest(
    make_story: Callable[..., RunStory],
) -> None:
    shares = (("trust", 30, 0.2), ("joy", 10, 0.5))
    soft = invented.target("base_emotion", labels=tuple(LabelShare(name=n, count=c, share=s) for n, c, s in shares))
    hard = invented.target("duration", labels=(LabelShare(name="hours", count=20, share=0.5),))
    data = invented.data_report().model_copy(update={"targets": (soft, hard)})
    said = part_of(report_text(make_story(data=data)), "Data")
    assert "| joy 50.0% (largest of 10), trust 20.0% (largest of 30) |" in said
    assert "| hours 50.0% |" in said
