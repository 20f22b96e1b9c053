"""Shares of right answers, by phenomenon, difficulty and class."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from redheart.training.data import Row
from redheart.training.evaluation.task_file import load_task
from redheart.training.probes.failures import MinimalSet, failures, of_sets
from redheart.training.probes.korean_utility import korean_utility
from redheart.training.probes.records import rows_of
from redheart.training.probes.regret import area_under_curve, regret, rule_figures
from redheart.training.probes.report import probe
from redheart.training.probes.run import main


def minimal(text: str, twin: str, polarity: tuple[float, float], utility: tuple[float, float] = (0, 0)) -> MinimalSet:
    row = Row(id="x", text="t", split="test", lang="ko", text_b="u", labels=(text,), meta={"twin": twin})
    return MinimalSet(row, polarity, utility)


def test_texts_and_twins_are_counted_apart() -> None:
    sets = [
        minimal("unpleasant", "pleasant", (1.0, 2.0)),  # text wrong, twin right, order right
        minimal("unpleasant", "pleasant", (-1.0, -2.0)),  # text right, twin wrong, order wrong
        minimal("pleasant", "pleasant", (1.0, 2.0)),  # no order
    ]
    found = of_sets(sets)
    assert (found.text.right, found.twin.right, found.both.right) == (2, 2, 1)
    assert found.order is not None and (found.order.right, found.order.rows) == (1, 2)


def test_a_tie_is_no_order_and_twins_that_agree_have_none() -> None:
    tied = of_sets([minimal("pleasant", "unpleasant", (1.0, 1.0), (2.0, 1.0))])
    assert tied.order is not None and tied.order.right == 0
    assert tied.utility_order is not None and tied.utility_order.right == 1
    assert of_sets([minimal("pleasant", "pleasant", (1.0, 1.0))]).order is None


def test_a_reader_that_knows_the_answers_fails_nowhere(plain_reads: Callable[..., Any]) -> None:
    answers = {row.text: row.labels[0] for row in rows_of("failures")}
    answers |= {row.text_b or "": row.meta["twin"] for row in rows_of("failures")}
    report = failures(plain_reads(lambda text: 1.0 if answers[text] == "pleasant" else -1.0))
    assert all(each.both.value == 1 for each in report.phenomena.values())
    assert {"dialect (ko)", "dialect (ko): jeju", "sarcasm (en)"} <= set(report.phenomena)


def test_utility_is_right_where_the_first_text_reads_higher(plain_reads: Callable[..., Any]) -> None:
    easy = {row.text for row in rows_of("korean_utility") if row.meta["difficulty"] == "easy"}
    report = korean_utility(plain_reads(lambda text: float(text in easy)))
    assert {name: share.value for name, share in report.by_difficulty.items()} == {"easy": 1, "medium": 0, "hard": 0}
    assert report.all.value == pytest.approx(1 / 3)


def test_the_area_counts_pairs_in_order_and_ties_by_half() -> None:
    values, truth = np.array([3.0, 1.0, 1.0, 0.0]), np.array([True, True, False, False])
    assert area_under_curve(values, truth) == pytest.approx((1 + 1 + 0.5 + 1) / 4)


def test_rule_figures_count_precision_and_recall_by_class() -> None:
    def row(text: str, label: str) -> Row:
        meta = {"counterfactual": "upward", "feelings": [], "part": "tuning"}
        return Row(id=text, text=text, split="test", lang="en", labels=(label,), meta=meta)

    found = rule_figures([row("I should have gone.", "regret_inaction"), row("I should have stayed.", "none")])
    action, inaction = found.classes["regret_action"], found.classes["regret_inaction"]
    assert (inaction.precision, inaction.recall, action.precision, action.recall) == (1.0, 1.0, 0.0, None)
    assert (found.accuracy.right, found.counterfactual.recall) == (1, 1.0)


def test_rules_hold_on_the_part_that_they_were_not_written_with(plain_reads: Callable[..., Any]) -> None:
    report = regret(plain_reads(len))
    assert report.rules["ko"]["aside"].accuracy.value >= 0.9
    assert min(each.recall or 0 for each in report.rules["ko"]["aside"].classes.values()) >= 0.8
    assert report.areas["ko"]["counterfactual.counterfactual for counterfactual"] is None


def test_the_report_is_the_same_twice_over(plain_reads: Callable[..., Any]) -> None:
    told: list[str] = []
    first, second = (probe(plain_reads(len), told.append) for _ in range(2))
    assert first.model_dump_json() == second.model_dump_json()
    assert told[:4] == ["regret", "swapped groups", "failures", "Korean utility"]


def test_a_folder_without_a_checkpoint_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--checkpoint", str(tmp_path / "none"), "--json", str(tmp_path / "out.json")]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out.json").exists()


@pytest.mark.parametrize("name", ["korean_regret", "korean_utility"])
def test_the_sets_are_tasks_that_can_be_evaluated(name: str) -> None:
    labels = {label for row in rows_of(name) for label in row.labels}
    part = load_task(name)[1].parts[0]
    known = {*part.positive, *part.negative} if part.kind == "binary" else set(getattr(part, "first", ()))
    assert labels <= known
