"""Guards against runs that look like learning and are not: settings and parts that do nothing, figures that are not
what their names say, answers of the data passed off as answers of the network.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch

from redheart.config.train import TrainSection
from redheart.nn.network.checkpoint_file import load_network
from redheart.nn.network.footprint.fit import RESERVE_MIB
from redheart.nn.network.layers import FeedForward
from redheart.nn.network.network import Network
from redheart.nn.network.targets import TARGETS
from redheart.training.corpus.dataset import Dataset
from redheart.training.report.json_lines import read_records
from redheart.training.report.listener import Quiet
from redheart.training.run import recorder
from redheart.training.run.figures import EpochFigures
from redheart.training.run.finish import scores, select, validation_baselines
from redheart.training.run.judge import NetworkJudge
from redheart.training.run.memory import micro_batch_of
from redheart.training.run.metrics import MAIN, baseline_metrics, document_metrics
from redheart.training.run.monitor import Look, UpdateMonitor
from redheart.training.run.prepared import Prepared
from redheart.training.run.rate import choose_rate
from tests.training.run.labelled_texts import run as run_of
from tests.training.run.labelled_texts import write_rows
from tests.training.run.prepared import learned, prepared, smallest, splits_of
from tests.training.run.small import blueprint, dataset

#: Settings that decide what is learned -> values other than the usual ones.
DECISIVE = {
    "epochs": 2, "batch_size": 5, "lr": 3e-4, "seed": 1, "precision": "bfloat16",
    "weight_decay": 1.0, "clip": 0.01, "warmup": 0.9, "focal_gamma": 0.0, "label_smoothing": 0.2, "r_drop": 2.0,
    "ema": 0.5, "layer_decay": 0.5, "head_weight": 3.0, "analyzer_weight": 3.0, "auxiliary_weight": 3.0,
    "wrapper_weight": 3.0,
}  # fmt: skip
#: Settings that decide something else; each has a test of its own below, or beside what it decides.
OTHERS = {
    "preset", "samples", "micro_batch", "optimizer", "device_budget_mib", "gradient_checkpointing", "compile",
    "monitor_every", "state_every", "disk_budget_mib", "sweep",
}  # fmt: skip


#: What one epoch with the usual settings teaches, once it was learned.
USUAL: list[dict[str, torch.Tensor]] = []


def figures(run: Prepared) -> list[EpochFigures]:
    return list(read_records(run.asked.folder.epochs, EpochFigures))


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, torch.Tensor]]:
    """The weights that the checkpoint of each epoch would hold; none is written."""
    found: list[dict[str, torch.Tensor]] = []

    def keep(path: Path, network: Network, facts: object) -> None:
        found.append({name: value.clone() for name, value in network.state_dict().items()})

    monkeypatch.setattr(recorder, "write_network", keep)
    return found


def test_no_setting_is_forgotten_here() -> None:
    assert set(DECISIVE) | OTHERS == set(TrainSection.model_fields)
    assert not set(DECISIVE) & OTHERS


@pytest.mark.parametrize("name", DECISIVE)
def test_a_setting_of_learning_changes_what_is_learned(
    name: str, tmp_path: Path, kept: list[dict[str, torch.Tensor]]
) -> None:
    if not USUAL:
        learned(prepared(tmp_path / "usual", epochs=1))
        USUAL.append(kept.pop())
    run = prepared(tmp_path / "run", **{"epochs": 1, name: DECISIVE[name]})
    learned(run, choose_rate(run, 8, Quiet(), lambda: None).lr if name == "lr" else 1e-3)
    before, after = USUAL[0], kept[-1]
    assert len(kept) == run.train.epochs and before.keys() == after.keys()
    assert any(not torch.equal(values, after[key].float()) for key, values in before.items())


@pytest.mark.usefixtures("kept")
def test_computing_in_pieces_or_again_changes_nothing_but_what_is_computed_at_once(tmp_path: Path) -> None:
    whole, cut = (
        prepared(tmp_path / "whole", epochs=1),
        prepared(tmp_path / "cut", epochs=1, micro_batch=2, gradient_checkpointing=True),
    )
    assert (learned(whole).log.stats.micro_batch, learned(cut).log.stats.micro_batch) == (8, 2)
    assert cut.blueprint.network().recompute and not whole.blueprint.network().recompute
    for one, other in zip(figures(whole), figures(cut), strict=True):
        assert one.validation_loss == pytest.approx(other.validation_loss, rel=0.05)


@pytest.mark.usefixtures("kept")
def test_looks_and_states_are_as_frequent_as_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    plain = recorder.write_state
    monkeypatch.setattr(recorder, "write_state", lambda *given: (written.append(given[1].step), plain(*given)))
    for every, steps in ((1, [1, 2]), (100, [2])):
        run = prepared(tmp_path / str(every), epochs=1, monitor_every=every, state_every=every)
        learned(run)
        assert [look.step for look in read_records(run.asked.folder.updates, Look)] == written == steps
        written.clear()


def test_a_smaller_budget_computes_fewer_samples_at_once(tmp_path: Path) -> None:
    def most(budget_mib: float) -> int:
        run = prepared(tmp_path / str(budget_mib), micro_batch="auto", batch_size=4096, device_budget_mib=budget_mib)
        # Nothing is asked of the GPU: it is only said that there is one.
        return micro_batch_of(replace(run, device=torch.device("cuda")))

    assert most(RESERVE_MIB + 4) < most(RESERVE_MIB + 400)


def test_compilation_is_asked_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[torch.nn.Module] = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda self, dynamic: asked.append(self))
    monkeypatch.setattr("redheart.training.run.build._refuse_no_compiler", lambda device: None)
    network = blueprint(compile=True).network()
    assert asked == [module for module in network.modules() if isinstance(module, FeedForward)] != []


def test_each_optimizer_is_another_one() -> None:
    names = get_args(TrainSection.model_fields["optimizer"].annotation)
    kinds = {type(blueprint(optimizer=name).learner(dataset(), 0).stepper) for name in names}
    assert len(kinds) == len(names)


@pytest.mark.parametrize("samples", [0, 7])
def test_as_many_samples_are_read_as_asked_for(samples: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, asked = write_rows(tmp_path / "labelled.jsonl"), []
    monkeypatch.setattr("redheart.training.run.prepared.load_splits", lambda *given: asked.append(given[1]) or given[9])
    with pytest.raises(IndexError):
        run_of(rows, tmp_path / "run", "train.lr=0.003", f"train.samples={samples}")
    assert asked == [samples]


def test_every_weight_of_every_part_is_moved_by_a_step_that_teaches_all_targets() -> None:
    every = tuple(TARGETS)
    learner = replace(blueprint(every), preset=smallest(dropout=0.0)).learner(dataset(48, targets=every), 0)
    monitor = UpdateMonitor(learner.network)
    monitor.before()
    learned_now = learner.step(1, [np.arange(48)], 1e-2)
    look = monitor.after(1, learned_now.gradient_norms)
    assert set(learned_now.parts) == set(learner.network.parts())
    assert {name: module.still for name, module in look.modules.items() if module.still} == {}


def test_validation_figures_are_those_of_the_validation_split_and_of_the_file_of_their_epoch(tmp_path: Path) -> None:
    run = prepared(tmp_path / "run", ema=0.5)
    objective = learned(run).learner.objective
    for told in figures(run):
        network, _ = load_network(run.asked.folder.epoch_file(told.epoch))
        found = NetworkJudge(network, {"unseen": run.splits["validation"]}, objective).measure("unseen")
        assert told.validation_loss == pytest.approx(found.loss, rel=1e-5)
        assert told.parts.keys() == found.parts.keys()
        for part, measured in found.parts.items():
            assert told.parts[part].metrics == pytest.approx(measured.metrics)


@pytest.mark.usefixtures("kept")
def test_validation_figures_do_not_depend_on_how_many_epochs_were_before(tmp_path: Path) -> None:
    run = prepared(tmp_path / "run", epochs=3)
    learned(run, lr=1e-30)  # no weight moves by that
    first, *others = figures(run)
    for other in others:
        assert (other.validation_loss, other.parts) == (first.validation_loss, first.parts)


def other_labels(data: Dataset) -> Dataset:
    return replace(data, targets={name: 1 - values for name, values in data.targets.items()})


@pytest.mark.parametrize("split", ["validation", "holdout", "test"])
def test_no_label_of_another_split_is_learned(split: str, tmp_path: Path, kept: list[dict[str, torch.Tensor]]) -> None:
    splits = splits_of()
    runs = [
        prepared(tmp_path / name, {**splits, split: data}, epochs=1)
        for name, data in (("one", splits[split]), ("other", other_labels(splits[split])))
    ]
    for run in runs:
        learned(run)
    one, other = kept
    assert all(torch.equal(values, other[key]) for key, values in one.items())
    same = figures(runs[0])[0].validation_loss == figures(runs[1])[0].validation_loss
    assert same is (split != "validation")


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The splits that a judge is asked about, in order."""
    asked: list[str] = []
    plain: Callable[[NetworkJudge, str], object] = NetworkJudge.predictions
    monkeypatch.setattr(NetworkJudge, "predictions", lambda self, split: (asked.append(split), plain(self, split))[1])
    return asked


def test_the_test_split_is_measured_once_when_all_is_chosen(tmp_path: Path, measured: list[str]) -> None:
    run = prepared(tmp_path / "run", epochs=1)
    done = learned(run)
    assert set(measured) == {"validation"}
    select(run, done, Quiet())
    assert set(measured) <= {"validation", "holdout"}
    scores(run, done.judge, Quiet())
    assert measured.count("test") == 1


def test_scores_are_those_of_the_file_that_is_recommended(tmp_path: Path) -> None:
    run = prepared(tmp_path / "run", ema=0.9)
    done = learned(run)
    select(run, done, Quiet())
    network, _ = load_network(run.asked.folder.crossover)
    again = NetworkJudge(network, run.splits, done.learner.objective)
    told = scores(run, done.judge, Quiet())
    assert told
    assert told == scores(run, again, Quiet())


@pytest.mark.usefixtures("kept")
def test_a_baseline_stands_beside_every_score_and_every_curve(tmp_path: Path) -> None:
    run = prepared(tmp_path / "run", epochs=1)
    done = learned(run)
    told = scores(run, done.judge, Quiet())
    assert told and [score.target for score in told if score.baseline is None] == []
    compared = {f"{score.target} {score.metric}" for score in told}
    assert compared <= set(validation_baselines(run))


def constant_answers(target: str, documents: int) -> list[np.ndarray]:
    """Raw predictions that say the same of every document, whatever it is."""
    outputs = len(TARGETS[target].outputs)
    drawn = np.random.default_rng(5).normal(size=(4, outputs))
    fixed = [np.full(outputs, level) for level in (-9.0, 0.0, 9.0)] + [*np.eye(outputs)[:5] * 4, *drawn]
    return [np.tile(row, (documents, 1)) for row in fixed]


@pytest.mark.parametrize("target", [name for name in TARGETS if TARGETS[name].kind != "pair"])
def test_no_constant_answer_beats_the_baseline(target: str) -> None:
    outputs, random = len(TARGETS[target].outputs), np.random.default_rng(0)
    truth = (random.random((200, outputs)) < np.linspace(0.2, 0.7, outputs)).astype(np.float64)
    if TARGETS[target].kind in ("classes", "shares"):
        truth = np.eye(outputs)[np.minimum(random.geometric(0.4, 200) - 1, outputs - 1)]
    metric = MAIN[TARGETS[target].kind]
    reached = [document_metrics(target, raw, truth).get(metric, 0.0) for raw in constant_answers(target, 200)]
    baseline = baseline_metrics(target, truth, truth)[metric]
    assert max(reached) <= baseline + 1e-9
    assert baseline == 0.0 if metric == "r" else baseline > 0.05  # of r, a constant has none


def test_a_judge_puts_the_networks_own_weights_back_even_after_an_error() -> None:
    data = dataset()
    fresh = blueprint().fresh(data, data, 0)
    network = fresh.learner.network
    own = {name: value.clone() for name, value in network.state_dict().items()}
    other = {name: value + 1 for name, value in own.items()}
    fresh.judge.on("validation", other)
    with pytest.raises(KeyError):
        fresh.judge.on("holdout", other)
    assert network.training
    assert all(torch.equal(own[name], value) for name, value in network.state_dict().items())


def test_a_run_leaves_the_state_of_torch_as_it_was(tmp_path: Path) -> None:
    def state() -> tuple[object, ...]:
        return (
            torch.get_default_dtype(), torch.is_grad_enabled(), torch.get_num_threads(),
            torch.are_deterministic_algorithms_enabled(), torch.is_autocast_enabled("cpu"), dict(TARGETS),
        )  # fmt: skip

    before = state()
    run = prepared(tmp_path / "run", epochs=1)
    done = learned(run)
    select(run, done, Quiet())
    scores(run, done.judge, Quiet())
    assert state() == before
