"""The benchmark of inference: all read the same, and speed is told only where they do."""

import json
import math
import shutil
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from redheart.benchmarks.inference import measure, run
from redheart.benchmarks.inference import opened as opening
from redheart.benchmarks.inference.contender import Read
from redheart.benchmarks.inference.eight_bit import probability_change
from redheart.benchmarks.inference.measure import BY_HAND, EIGHT_BIT, OURS, PIPELINE
from redheart.benchmarks.inference.opened import opened
from redheart.benchmarks.inference.report import Report
from redheart.benchmarks.inference.rows import EightBit, Sameness, WholeRow
from redheart.benchmarks.inference.run import Wanted
from redheart.benchmarks.inference.texts import one_sentence_tasks
from redheart.config.bundled import bundled_folder
from redheart.encoders.bundled import BundledEncoder
from redheart.encoders.bundled_facts import Branch
from redheart.errors import ConfigError
from redheart.nn.checkpoint import Probe, read_config, write_config
from redheart.training.finetune.store import loaded_encoder, write_branch
from redheart.types.messages import TaskMessage

SHIPPED = bundled_folder("models") / "compact"


@pytest.fixture
def unbranched(tmp_path: Path) -> Path:
    """The shipped checkpoint, all of its heads asking the pre-trained encoder; nothing holds it to a probe."""
    folder = shutil.copytree(SHIPPED, tmp_path / "checkpoint")
    facts = BundledEncoder(SHIPPED).facts.model_copy(update={"branches": {}})
    (folder / "encoder.json").write_text(facts.model_dump_json())
    config = read_config(SHIPPED)
    probe = Probe(texts=config.probe.texts, outputs={})
    write_config(config.model_copy(update={"branches": None, "branch_files": None, "probe": probe}), folder)
    return folder


@pytest.fixture
def branched(unbranched: Path) -> Path:
    """With a branch, and a smaller one that grows from it; neither is the pre-trained encoder."""
    noise = torch.Generator().manual_seed(0)
    state = {
        name: tensor * (1 + 0.1 * torch.randn(tensor.shape, generator=noise))
        for name, tensor in loaded_encoder(unbranched).module.embedding.state_dict().items()
    }
    write_branch(unbranched, "reading", state, Branch(file="", sha256="", layers=6))
    small = {name: tensor for name, tensor in state.items() if name.startswith(("layers.0.", "layers.1."))}
    own = Branch(file="", sha256="", layers=2, grows_from="reading", trunk_layers=3)
    write_branch(unbranched, "own", small, own)
    write_config(read_config(unbranched).model_copy(update={"branches": ("reading", "own")}), unbranched)
    return unbranched


@dataclass
class Clockwork:
    """Takes so many seconds a text, and writes down what it is given."""

    name: str
    seen: list[tuple[str, int]]
    seconds: float = 1.0
    given: list[str] = field(default_factory=list)

    def read(self, tasks: Sequence[TaskMessage]) -> Read:
        self.seen.append((self.name, len(tasks)))
        self.given.extend(task.text for task in tasks)
        return Read(self.seconds * len(tasks), {"emotion": np.zeros((len(tasks), 2))})


def report_of(difference: float = 0.0, **seconds: float) -> Report:
    """Ours takes a second; the pipeline what is said."""
    spent = {OURS: [1.0], PIPELINE: [seconds.get("together", 5.0)], BY_HAND: [2.0]}
    alone = {OURS: [[1.0, 2.0]], PIPELINE: [[seconds.get("alone", 1.0), 2.0]]}
    read = {
        "checkpoint": "compact", "branches": [], "heads": ["emotion"], "texts": 2, "batch": 16,
        "pieces": {"least": 8, "mean": 9.5, "most": 11},
    }  # fmt: skip
    same = Sameness(1e-3, 2, {PIPELINE: {"emotion": difference, "vector": 0.0}})
    return Report({"threads": 2}, read, same, measure.together_rows(spent, 2), measure.alone_rows(alone))


def test_a_branched_checkpoint_is_read_the_same_by_all_and_every_part_is_filled(branched: Path) -> None:
    wanted = Wanted(texts=3, singles=1, rounds=1, checkpoint=branched)
    report, said = run.begin(wanted), list[str]()
    run.measure(wanted, report, said.append)
    assert report.same is not None and report.same.same
    assert set(report.same.differences) == {PIPELINE, BY_HAND}
    assert {*report.read["heads"], "vector"} == set(report.same.differences[PIPELINE])  # type: ignore[misc]
    assert [row.contender for row in report.together] == [row.contender for row in report.alone] == list(measure.WHAT)
    assert report.eight_bit is not None and report.eight_bit.worth_it is not None
    assert report.whole is not None and sum(report.whole.shares.values()) < 1
    assert (len(said), report.stopped_in, report.read["branches"]) == (4, None, ["reading", "own"])


def test_a_checkpoint_without_branches_is_read_the_same_by_all_in_the_order_that_was_asked(unbranched: Path) -> None:
    tasks = one_sentence_tasks(4)
    with opened(Wanted(checkpoint=unbranched).settings(), tasks) as contest:
        read = {name: contest.those[name].read(tasks).outputs for name in (OURS, PIPELINE, BY_HAND)}
        turned = contest.those[OURS].read(tasks[::-1]).outputs
    assert measure.sameness(read).same
    np.testing.assert_allclose(turned["emotion"][::-1], read[OURS]["emotion"], atol=1e-4)
    assert np.ptp(read[OURS]["emotion"], axis=0).max() > 0.1


def test_who_reads_otherwise_makes_the_comparison_void() -> None:
    report = report_of(difference=2e-3)
    assert report.same is not None and not report.same.same
    assert report.together[1].met is True
    assert [row["met"] for row in report.as_dict()["together"]] == [None, None, None]
    assert any("VOID" in str(each) and "'emotion'" in str(each) for each in run.tables(report))


def test_an_output_that_is_no_number_makes_it_void_and_the_json_stays_json() -> None:
    report = report_of(difference=math.nan)
    said = json.loads(report.as_json())["same"]
    assert (said["same"], said["largest"], said["differences"][PIPELINE]["emotion"]) == (False, None, None)


def test_eight_bits_do_not_make_it_void() -> None:
    read = {OURS: {"emotion": np.zeros((1, 2))}, PIPELINE: {"emotion": np.full((1, 2), 1e-4)}}
    found = measure.sameness({**read, EIGHT_BIT: {"emotion": np.ones((1, 2))}})
    assert found.same and found.largest == pytest.approx(1e-4)


def test_together_ours_must_be_four_times_as_fast_and_alone_no_slower_than_a_twentieth() -> None:
    assert report_of(together=4.0, alone=1.0).missed() == []
    assert report_of(together=3.9).missed() == [f"together: {PIPELINE}"]
    slower = measure.alone_rows({OURS: [[1.06, 2.12]], PIPELINE: [[1.0, 2.0]]})[1]
    assert (slower.ours_of_its, slower.met) == (pytest.approx(1.06), False)
    just = measure.alone_rows({OURS: [[1.04, 2.08]], PIPELINE: [[1.0, 2.0]]})[1]
    assert (just.milliseconds, just.met) == (1500.0, True)


def test_a_text_alone_is_compared_by_its_median_over_the_rounds() -> None:
    rows = measure.alone_rows({OURS: [[1.0], [9.0], [2.0]], PIPELINE: [[4.0], [4.0], [0.1]]})
    assert (rows[0].rounds, rows[0].milliseconds, rows[1].ours_of_its) == (3, 2000.0, 0.5)


def test_who_begins_changes_with_the_round_and_with_the_text() -> None:
    seen: list[tuple[str, int]] = []
    those = {name: Clockwork(name, seen) for name in "ab"}
    tasks = one_sentence_tasks(2)
    *_, spent = measure.together_rounds(those, tasks, 2)
    assert (spent, seen) == ({"a": [2.0, 2.0], "b": [2.0, 2.0]}, [("a", 2), ("b", 2), ("b", 2), ("a", 2)])
    seen.clear()
    *_, alone = measure.alone_rounds(those, tasks, 1)
    assert (alone["b"], seen) == ([[1.0, 1.0]], [("a", 1), ("b", 1), ("b", 1), ("a", 1)])


def test_eight_bits_are_worth_it_only_if_faster_and_near_enough() -> None:
    both = EightBit(run.ALLOWED, moved=5e-3, moved_head="emotion", times_faster=1.1)
    assert both.worth_it is True
    assert replace(both, moved=6e-3).worth_it is False
    assert replace(both, times_faster=0.9).worth_it is False
    assert replace(both, times_faster=None).worth_it is None


def test_a_probability_is_the_calibrated_one_and_utility_is_held_against_the_neutral_sentences() -> None:
    config = read_config(SHIPPED).model_copy(
        update={
            "platt": {"emotion": (2.0, 0.0), "utility": (1.0, 0.0)},
            "neutral_utility": {"ko": (1.0, 3.0), "en": (0.0,)},
        }
    )
    one = {"emotion": np.array([[0.0]]), "utility": np.array([[2.0]])}
    by_emotion = probability_change(config, ["ko"], one, {**one, "emotion": np.array([[0.5]])})
    assert by_emotion == (pytest.approx(1 / (1 + math.exp(-1)) - 0.5), "emotion")
    by_utility = probability_change(config, ["ko"], one, {**one, "utility": np.array([[3.0]])})
    assert by_utility == (pytest.approx(1 / (1 + math.exp(-1)) - 0.5), "utility")


def test_texts_are_the_same_each_time_all_different_and_as_long_as_sentences_are() -> None:
    tasks = one_sentence_tasks(500)
    texts = [task.text for task in tasks]
    assert texts == [task.text for task in one_sentence_tasks(500)] and len(set(texts)) == 500
    lengths = [len(row) for row in BundledEncoder(SHIPPED).token_ids(texts)[0]]
    assert (min(lengths) >= 8, max(lengths) <= 40, len(set(lengths)) > 20) == (True, True, True)
    assert [task.language for task in tasks[:4]] == ["ko", "en", "ko", "en"]
    assert all(len(task.require_situation().sentences) == 1 for task in tasks)


def test_what_measures_nothing_is_refused(tmp_path: Path) -> None:
    for wrong, said in (({"texts": 0}, "--texts '0'"), ({"rounds": 0}, "--rounds '0'"), ({"singles": 0}, "--singles")):
        with pytest.raises(ConfigError, match=said):
            Wanted(**wrong)  # type: ignore[arg-type]
    assert Wanted(batch=7, threads=1).settings().pipeline.batch_size == 7


def test_what_is_done_at_ctrl_c_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    def same(contest: object, wanted: Wanted, report: Report, say: object) -> None:
        report.same = Sameness(1e-3, 1)

    monkeypatch.setattr(opening, "opened", lambda settings, tasks: nullcontext())
    monkeypatch.setitem(run.PARTS, "same", same)
    monkeypatch.setitem(run.PARTS, "together", stopped)
    report = run.begin(Wanted(texts=1))
    run.measure(Wanted(texts=1), report, print)
    assert (report.same is not None, report.stopped_in) == (True, "together")
    assert any("Interrupted in 'together'" in str(each) for each in run.tables(report))


def test_the_command_prints_json_or_tables_and_writes_out(
    capfd: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from redheart.__main__ import main
    from redheart.entrypoints.cli import bench

    def measured(wanted: Wanted, report: Report, say: Any) -> None:
        found = report_of(together=3.0)
        report.same, report.together, report.alone = found.same, found.together, found.alone
        report.eight_bit = EightBit(run.ALLOWED, 0.3, "utility", 1.5)
        report.whole = WholeRow(2, 10.0, 100.0, 150.0, {"red_heart": 0.8})

    monkeypatch.setattr(run, "measure", measured)
    monkeypatch.setattr(bench, "benchmark", lambda name: {"infer": run}[name])
    out = tmp_path / "out.json"
    assert main(["bench", "infer", "--texts", "2", "--json", "--out", str(out)]) == 0
    said = json.loads(capfd.readouterr().out)
    assert (said["missed"], said["read"]["texts"], said["eight_bit"]["worth_it"]) == (
        [f"together: {PIPELINE}"],
        2,
        False,
    )
    assert json.loads(out.read_text(encoding="utf-8")) == said
    assert main(["bench", "infer", "--texts", "2"]) == 0
    printed = capfd.readouterr().out
    for told in (">= 4x MISSED", "<= 1.05x met", "All read the same", "stays off", "The whole of redheart infer"):
        assert told in printed
