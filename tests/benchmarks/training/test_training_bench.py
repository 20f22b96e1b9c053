"""The benchmark of training: all learn the same, and speed is told only where they do."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from redheart.benchmarks.training import measure, run
from redheart.benchmarks.training.attention import attention_rows
from redheart.benchmarks.training.contenders import ours, plain
from redheart.benchmarks.training.lesson import LONGEST, Lesson, Size, synthetic, synthetic_lesson
from redheart.benchmarks.training.measure import Spent, clock_of
from redheart.benchmarks.training.padded import PaddedNetwork, over_padding, padded
from redheart.benchmarks.training.report import Report
from redheart.benchmarks.training.rows import Fairness, LoopRow
from redheart.benchmarks.training.run import Wanted
from redheart.errors import ConfigError
from redheart.nn.network.network import Network
from redheart.training.run.readers import known_documents

CPU = torch.device("cpu")
BATCH = 64


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    """One batch, and a network of few parts: the others only take time."""
    whole = synthetic_lesson("tiny", Size(BATCH, BATCH), CPU)
    outputs = {name: whole.blueprint.outputs[name] for name in ("factors", "utility")}
    return replace(whole, blueprint=replace(whole.blueprint, outputs=outputs))


def spent_of(**walls: float) -> dict[str, Spent]:
    return {name.replace("_", ", "): Spent([wall], [wall], 1.0) for name, wall in walls.items()}


def report_of(*rows: LoopRow, difference: float = 0.0) -> Report:
    return Report(
        {"threads": 2, "threads_of_ours": 1, "omp_wait_policy": None},
        {
            "samples": 64,
            "batch": 64,
            "preset": "tiny",
            "sentences": 99,
            "documents": 66,
            "sentences_a_document": "short",
        },
        list(rows),
        Fairness(2.0, difference, 1e-3),
    )


def test_all_contenders_end_at_the_same_loss_lower_than_before(lesson: Lesson) -> None:
    those = measure.contenders()
    (spent,) = measure.loop_rounds(lesson, 1, those, lesson)
    rows = measure.loop_rows(lesson, spent)
    fair = measure.fairness(lesson, rows)
    assert [row.contender for row in rows if row.loss is not None] == list(measure.WHAT)
    assert fair.fair
    assert max(row.loss for row in rows if row.loss is not None) < fair.initial_loss


def test_a_contender_that_learns_otherwise_makes_the_comparison_void(lesson: Lesson) -> None:
    def lazy(lesson: Lesson, clock: Any) -> Network:
        with clock():
            return lesson.blueprint.network()

    (spent,) = measure.loop_rounds(lesson, 1, {"ours": ours, "plain, packed": lazy}, lesson)
    report = report_of(*measure.loop_rows(lesson, spent))
    report.fairness = measure.fairness(lesson, report.loops)
    assert report.fairness.fair is False
    assert report.loops[1].met is not None
    assert [row["met"] for row in report.as_dict()["loops"]] == [None] * len(measure.WHAT)


def test_speed_is_judged_by_wall_time_against_what_is_demanded(lesson: Lesson) -> None:
    rows = {
        row.contender: row
        for row in measure.loop_rows(
            lesson, spent_of(ours=2.0, plain_packed=2.0, Trainer_packed=2.2, Trainer_padded=2.4)
        )
    }
    assert (rows["plain, packed"].ours_faster, rows["plain, packed"].met) == (1.0, True)
    assert (rows["Trainer, packed"].demanded, rows["Trainer, packed"].met) == (1.2, False)
    assert (rows["Trainer, padded"].demanded, rows["Trainer, padded"].met) == (1.2, True)
    assert rows["ours"].samples_per_second == BATCH / 2
    assert report_of(*rows.values()).missed() == ["Trainer, packed"]


def test_without_accelerate_the_trainer_is_a_row_that_says_what_to_install(lesson: Lesson) -> None:
    row = measure.loop_rows(lesson, spent_of(ours=1.0))[3]
    assert (row.contender, row.seconds, row.met) == ("Trainer, packed", None, None)
    assert row.note is not None and "pip install 'redheart[bench]'" in row.note


def test_who_begins_changes_with_the_round(lesson: Lesson) -> None:
    seen: list[str] = []

    def named(name: str) -> Any:
        return lambda lesson, clock: seen.append(name) or lesson.blueprint.network()

    list(measure.loop_rounds(lesson, 2, {"a": named("a"), "b": named("b")}, lesson))
    assert seen == ["a", "b", "a", "b", "b", "a"]


def test_only_learning_is_on_the_clock_not_building_or_judging(lesson: Lesson) -> None:
    spent = Spent()
    plain(lesson, clock_of(spent, CPU))
    assert len(spent.wall) == len(spent.process) == 1
    assert lesson.course.steps == 1


def test_the_padded_network_says_what_the_packed_one_says_and_gives_it_back_unchanged(lesson: Lesson) -> None:
    network = lesson.blueprint.network().eval()
    documents = lesson.data.batch(np.arange(20)).documents
    with torch.no_grad():
        before = network(documents)
        with over_padding(network) as module:
            assert isinstance(module, PaddedNetwork)
            found = module(padded(documents))
        after = network(documents)
    for part, output in before.items():
        for target, values in output.predictions.items():
            torch.testing.assert_close(found[part].predictions[target], values, rtol=1e-4, atol=1e-5)
            torch.testing.assert_close(after[part].predictions[target], values, rtol=0, atol=0)


def test_synthetic_data_is_the_same_each_time_with_unknown_labels_and_pairs() -> None:
    one, other = synthetic(200, 8, 0, "short"), synthetic(200, 8, 0, "short")
    assert torch.equal(one.vectors, other.vectors)
    assert len(one) == 200
    assert 200 < len(one.starts) - 1 < 400
    known = known_documents(one)
    origins = {tuple(name for name in known if known[name][place]) for place in range(len(one.starts) - 1)}
    assert {"utility", "cause"} < {name for names in origins for name in names}
    assert {("emotion", "polarity", "remorse"), ("surd",)} < origins
    assert ("emotion", "surd") not in origins
    assert set(np.unique(one.preferred["utility"])) == {-1, 0, 1}


def test_every_contender_has_its_threads(lesson: Lesson) -> None:
    seen: dict[str, int] = {}
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    for name, learn in measure.contenders().items():

        @contextmanager
        def noted(name: str = name) -> Iterator[None]:
            seen[name] = torch.get_num_threads()
            yield

        learn(lesson, noted)
    torch.set_num_threads(before)
    assert {name for name, threads in seen.items() if threads == 1} == {"ours", "Trainer, our threads"}


def test_documents_are_as_long_as_asked() -> None:
    short, long = (np.diff(synthetic(500, 8, 0, sentences).starts) for sentences in ("short", "long"))
    assert (short.min(), short.max()) == (1, 3)
    assert short.mean() == pytest.approx(1.5, abs=0.1)
    assert (long.min(), long.max()) == (1, LONGEST)
    assert np.median(long) == 4


def test_a_pass_is_of_whole_batches() -> None:
    lesson = synthetic_lesson("tiny", Size(100, 24), CPU)
    assert (len(lesson.data), lesson.course.steps) == (96, 4)


def test_three_ways_of_attention_give_the_same_outputs() -> None:
    rows = attention_rows(16, 2, 1, CPU)
    assert [row.way for row in rows[:3]] == ["packed", "padded", "nested"]
    assert max(row.difference for row in rows) < 1e-5
    assert [row.times_packed for row in rows if row.way == "packed"] == [1.0] * 4


def test_what_measures_nothing_is_refused() -> None:
    with pytest.raises(ConfigError, match="--rounds '0'"):
        Wanted(rounds=0)
    with pytest.raises(ConfigError, match=r"--sentences 'some' is unknown\. Use short or long"):
        Wanted(sentences="some")  # type: ignore[arg-type]
    with pytest.raises(ConfigError, match=r"--samples '63' is less than one batch\. Use 64 or more"):
        run.begin(Wanted(samples=63))
    with pytest.raises(ConfigError, match="--batch-size '0'"):
        run.begin(Wanted(batch_size=0))


def test_what_is_done_at_ctrl_c_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(run, "_attention", stopped)
    monkeypatch.setattr(run, "_loops", lambda wanted, report, say: report.loops.append(LoopRow("ours", "", 1, 64)))
    report = report_of()
    run.measure(Wanted(), report, print)
    assert (len(report.loops), report.stopped_in) == (1, "attention")


def test_the_command_prints_json_or_tables_and_writes_out(
    capfd: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redheart.__main__ import main
    from redheart.entrypoints.cli import bench

    def measured(wanted: Wanted, report: Report, say: Any) -> None:
        row = LoopRow("plain", "a loop", 1, 64, 2.0, 2.0, 2.0, 32.0, 0.9, 0.9, 1.0, False, 1.5)
        report.loops, report.fairness = [row, replace(row, contender="quick", met=True)], Fairness(2.0, 0.0, 1e-3)

    monkeypatch.setattr(run, "measure", measured)
    monkeypatch.setattr(bench, "benchmark", lambda name: run)
    out = tmp_path / "out.json"
    assert main(["bench", "train", "--samples", "64", "--json", "--out", str(out)]) == 0
    said = json.loads(capfd.readouterr().out)
    assert (said["missed"], said["lesson"]["samples"], said["machine"]["complete"]) == (["plain"], 64, True)
    assert json.loads(out.read_text(encoding="utf-8")) == said
    assert main(["bench", "train", "--samples", "64"]) == 0
    printed = capfd.readouterr().out
    assert (
        "1x MISSED" in printed
        and "Threads: ours 1" in printed
        and "All learned the same" in printed
        and "short documents" in printed
    )
