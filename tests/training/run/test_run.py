import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from redheart.errors import CheckpointError, ConfigError, InputError
from redheart.nn.network.checkpoint_file import load_network, read_header
from redheart.training.corpus.load import Splits, load_splits
from redheart.training.report.json_lines import read_records
from redheart.training.report.story import Outcome
from redheart.training.run.clock import Sessions
from redheart.training.run.figures import EpochFigures
from redheart.training.run.folder import RunFolder
from redheart.training.run.state import read_position, read_state, write_state
from tests.training.run.labelled_texts import Stops, run, write_rows

ROOT = Path(__file__).resolve().parents[3]
LR = "train.lr=0.003"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rows(tmp_path_factory.mktemp("data") / "labelled.jsonl")


@pytest.fixture(scope="module")
def whole(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, Outcome]:
    """A run that nobody disturbed, in a folder that nobody changes."""
    out = tmp_path_factory.mktemp("runs") / "whole"
    return RunFolder(out), run(data, out, LR, plots=True)


def figures(folder: RunFolder) -> list[EpochFigures]:
    """Without what the clock decides."""
    return [
        one.model_copy(update={"seconds": 0.0, "samples_per_second": 0.0})
        for one in read_records(folder.epochs, EpochFigures)
    ]


def interrupt() -> None:
    raise KeyboardInterrupt


def test_a_run_leaves_every_file_it_names(whole: tuple[RunFolder, Outcome]) -> None:
    folder, _ = whole
    expected = (
        folder.settings, folder.data, folder.steps, folder.epochs, folder.updates, folder.oom, folder.state,
        folder.sweet_spots, folder.sweet_spot_report, folder.crossover, folder.crossover_report, folder.report,
        folder.epoch_file(1), folder.epoch_file(3), folder.plots / "loss.png",
    )  # fmt: skip
    assert [path.name for path in expected if not path.is_file()] == []
    assert not list(folder.path.rglob("*.part"))


def test_what_can_be_learned_is_learned(whole: tuple[RunFolder, Outcome]) -> None:
    first, *_, last = figures(whole[0])
    assert last.validation_loss < 0.8 * first.validation_loss
    score = next(s for s in whole[1].story.test if s.part == "head.emotion")
    assert score.baseline is not None and score.value > score.baseline


def test_the_same_seed_gives_the_same_figures(whole: tuple[RunFolder, Outcome], data: Path, tmp_path: Path) -> None:
    again = RunFolder(tmp_path / "again")
    run(data, again.path, LR)
    assert again.steps.read_bytes() == whole[0].steps.read_bytes()
    assert figures(again) == figures(whole[0])
    assert again.crossover.read_bytes() == whole[0].crossover.read_bytes()


@pytest.mark.parametrize("step", [1, 4, 5, 9])
def test_a_run_that_is_stopped_at_any_step_and_resumed_gives_the_same_figures(
    whole: tuple[RunFolder, Outcome], data: Path, tmp_path: Path, step: int
) -> None:
    folder = RunFolder(tmp_path / "stopped")
    given = (LR, "train.state_every=3")
    with pytest.raises(KeyboardInterrupt):
        run(data, folder.path, *given, listener=Stops(step, interrupt))
    run(data, folder.path, *given, resume=True)
    assert folder.steps.read_bytes() == whole[0].steps.read_bytes()
    assert figures(folder) == figures(whole[0])
    assert folder.crossover.read_bytes() == whole[0].crossover.read_bytes()


def test_a_run_that_is_killed_and_resumed_gives_the_same_figures(
    whole: tuple[RunFolder, Outcome], data: Path, tmp_path: Path
) -> None:
    folder = RunFolder(tmp_path / "killed")
    code = (
        "import os, signal, sys; from pathlib import Path; "
        "from tests.training.run.labelled_texts import Stops, run; "
        "run(Path(sys.argv[1]), Path(sys.argv[2]), 'train.lr=0.003', 'train.state_every=3', "
        "listener=Stops(8, lambda: os.kill(os.getpid(), signal.SIGKILL)))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(data), str(folder.path)], cwd=ROOT, timeout=120, check=False)
    assert done.returncode == -signal.SIGKILL
    assert Sessions.model_validate_json(folder.sessions.read_bytes()).seconds["training"] > 0
    run(data, folder.path, LR, "train.state_every=3", resume=True)
    assert folder.steps.read_bytes() == whole[0].steps.read_bytes()
    assert figures(folder) == figures(whole[0])


def test_a_finished_run_that_is_resumed_says_the_same_again(whole: tuple[RunFolder, Outcome], data: Path) -> None:
    before = whole[0].steps.read_bytes(), whole[0].crossover.read_bytes(), figures(whole[0])
    again = run(data, whole[0].path, LR, resume=True, plots=True)
    assert before == (whole[0].steps.read_bytes(), whole[0].crossover.read_bytes(), figures(whole[0]))
    assert again.story.test == whole[1].story.test


@pytest.mark.parametrize("optimizer", ["offloaded", "adamw8bit"])
def test_every_optimizer_resumes_exactly(optimizer: str, data: Path, tmp_path: Path) -> None:
    folders = RunFolder(tmp_path / "whole"), RunFolder(tmp_path / "stopped")
    given = (LR, f"train.optimizer={optimizer}", "train.ema=0.9", "train.epochs=2", "train.state_every=3")
    run(data, folders[0].path, *given)
    with pytest.raises(KeyboardInterrupt):
        run(data, folders[1].path, *given, listener=Stops(5, interrupt))
    run(data, folders[1].path, *given, resume=True)
    assert folders[0].steps.read_bytes() == folders[1].steps.read_bytes()
    assert folders[0].crossover.read_bytes() == folders[1].crossover.read_bytes()


def test_what_is_recommended_loads_strictly_and_has_only_what_was_taught(whole: tuple[RunFolder, Outcome]) -> None:
    network, header = load_network(whole[0].crossover)
    assert set(network.parts()) == {
        "head.emotion",
        "head.regret",
        "analyzer.emotion",
        "analyzer.regret",
        "auxiliary.dsp",
    }
    assert set(header.outputs()) == {"emotion", "polarity", "remorse"}
    assert not [name for name in load_file(whole[0].crossover) if "utility" in name or "kalman" in name]


def test_what_nobody_taught_is_named(whole: tuple[RunFolder, Outcome]) -> None:
    assert "auxiliary.utility" in whole[1].story.untaught
    assert "`auxiliary.utility`" in whole[0].report.read_text(encoding="utf-8")


def test_validation_figures_are_not_training_figures(whole: tuple[RunFolder, Outcome]) -> None:
    assert all(one.validation_loss != one.train_loss for one in figures(whole[0]))


def test_a_run_without_updates_changes_no_weight(data: Path, tmp_path: Path) -> None:
    outcome = run(data, tmp_path / "still", LR, update=False)
    (only,) = figures(RunFolder(tmp_path / "still"))
    assert not outcome.story.updated
    assert all(ratio == 0.0 for ratio in only.update_ratios.values())


def test_a_learning_rate_that_diverges_is_refused_with_the_mend(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no finite number .* --lr-sweep"):
        run(data, tmp_path / "wild", "train.lr=1e30", "train.clip=1e30")


def test_without_a_rate_a_run_does_not_begin(data: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--lr auto"):
        run(data, tmp_path / "rateless")
    assert not (tmp_path / "rateless").exists()


def test_a_state_of_another_run_is_refused(whole: tuple[RunFolder, Outcome], data: Path, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "other")
    with pytest.raises(KeyboardInterrupt):
        run(data, folder.path, LR, "train.seed=1", "train.state_every=1", listener=Stops(2, interrupt))
    folder.state.write_bytes(whole[0].state.read_bytes())
    with pytest.raises(CheckpointError, match="state of another run"):
        run(data, folder.path, LR, "train.seed=1", "train.state_every=1", resume=True)


@pytest.fixture(scope="module")
def stopped(data: Path, tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """A run with a state, stopped in its second epoch, in a folder that nobody changes."""
    folder = RunFolder(tmp_path_factory.mktemp("runs") / "stopped")
    with pytest.raises(KeyboardInterrupt):
        run(data, folder.path, LR, listener=Stops(7, interrupt))
    return folder


@pytest.fixture
def cut(stopped: RunFolder, tmp_path: Path) -> RunFolder:
    """A copy of it."""
    shutil.copytree(stopped.path, tmp_path / "cut")
    return RunFolder(tmp_path / "cut")


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """No row of any data may be read."""

    def read(*_: object) -> None:
        pytest.fail("data were read")

    monkeypatch.setattr("redheart.training.run.prepared.load_splits", read)


def foreign(state: Path) -> None:
    save_file({"a": torch.zeros(2)}, state)


def cut_off(state: Path) -> None:
    state.write_bytes(state.read_bytes()[:-1])


def cut_in_its_header(state: Path) -> None:
    state.write_bytes(state.read_bytes()[:1000])


def emptied(state: Path) -> None:
    state.write_bytes(b"")


def unreadable(state: Path) -> None:
    state.unlink()
    state.mkdir()


@pytest.mark.usefixtures("unread")
@pytest.mark.parametrize(
    ("harm", "what"),
    [
        (cut_off, "is not a whole safetensors file"),
        (cut_in_its_header, "is not a whole safetensors file"),
        (emptied, "is not a whole safetensors file"),
        (foreign, "is a safetensors file, but no state of a training run"),
        (unreadable, "cannot be read"),
    ],
)
def test_a_damaged_or_foreign_state_is_refused_by_name_with_the_mend_before_data_are_read(
    cut: RunFolder, data: Path, harm: Callable[[Path], None], what: str
) -> None:
    harm(cut.state)
    with pytest.raises(CheckpointError, match=rf"state.safetensors' {what}.* or delete it: --resume then learns again"):
        run(data, cut.path, LR, resume=True)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (lambda tensors: tensors.pop(min(tensors)), "lacks '.*'"),
        (lambda tensors: tensors.update(stranger=torch.zeros(1)), "holds, as no part of this run, 'stranger'"),
        (lambda tensors: tensors.update({min(tensors): torch.zeros(3, 1, 4)}), "holds in another shape or format '.*'"),
    ],
)
def test_a_state_with_other_tensors_is_refused_and_nothing_of_the_run_is_lost(
    cut: RunFolder, data: Path, change: Callable[[dict[str, torch.Tensor]], object], what: str
) -> None:
    position, tensors = read_position(cut.state), read_state(cut.state)
    change(tensors)
    write_state(cut.state, position, tensors)
    before = cut.steps.read_bytes()
    with pytest.raises(CheckpointError, match=rf"state.safetensors' {what}.*state of another network"):
        run(data, cut.path, LR, resume=True)
    assert (cut.steps.read_bytes(), cut.epoch_file(1).exists()) == (before, True)


def test_without_its_damaged_state_a_run_learns_again_and_alike(
    whole: tuple[RunFolder, Outcome], cut: RunFolder, data: Path
) -> None:
    cut.state.unlink()
    run(data, cut.path, LR, resume=True)
    assert figures(cut) == figures(whole[0])
    assert cut.crossover.read_bytes() == whole[0].crossover.read_bytes()


@pytest.mark.usefixtures("unread")
def test_other_settings_are_refused_before_data_are_read(cut: RunFolder, data: Path) -> None:
    with pytest.raises(ConfigError, match=r"--lr-sweep is asked as 'True'.*--epochs is asked as '4', the run has '3'"):
        run(data, cut.path, LR, "train.epochs=4", resume=True, sweep=True)


@pytest.mark.usefixtures("unread")
def test_data_that_changed_are_refused_before_they_are_read(cut: RunFolder, data: Path, tmp_path: Path) -> None:
    other = tmp_path / data.name
    other.write_bytes(data.read_bytes() + b"\n")
    with pytest.raises(ConfigError, match=r"data file 'labelled.jsonl' has the SHA-256 '.*', the run has '"):
        run(other, cut.path, LR, resume=True)


def test_seconds_and_sessions_of_a_run_are_those_of_all_its_sessions(cut: RunFolder, data: Path) -> None:
    before = Sessions.model_validate_json(cut.sessions.read_bytes())
    story = run(data, cut.path, LR, resume=True).story
    here = story.environment
    assert (before.sessions, here.sessions) == (1, 2)
    assert all(here.seconds[stage] > seconds > 0 for stage, seconds in before.seconds.items() if stage != "sweep")
    assert {"data", "training"} <= before.seconds.keys()
    assert "| seconds over 2 sessions, training |" in cut.report.read_text(encoding="utf-8")


def test_a_resumed_run_may_compute_fewer_samples_at_once(cut: RunFolder, data: Path) -> None:
    assert run(data, cut.path, LR, "train.micro_batch=8", resume=True).story.micro_batch == 8


def test_who_may_read_the_files_of_a_run_follows_the_umask(data: Path, tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        run(data, tmp_path / "run", LR, "train.epochs=1")
    finally:
        os.umask(before)
    modes = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert "state.safetensors" in modes
    assert {name: oct(mode) for name, mode in modes.items() if mode != 0o640} == {}


@pytest.mark.parametrize("split", ["validation", "holdout"])
def test_a_split_without_a_label_that_was_taught_is_refused(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, split: str
) -> None:
    def unlabelled(*given: Any) -> Splits:
        found = load_splits(*given)
        return replace(found, **{split: getattr(found, split).restricted({})})

    monkeypatch.setattr("redheart.training.run.prepared.load_splits", unlabelled)
    with pytest.raises(InputError, match=rf"no label of the {split} split is one that the train split teaches"):
        run(data, tmp_path / "run", LR)
    assert not (tmp_path / "run").exists()


def test_too_little_data_to_hold_anything_out_is_refused(tmp_path: Path) -> None:
    rows = write_rows(tmp_path / "few" / "labelled.jsonl")
    rows.write_text("\n".join(rows.read_text(encoding="utf-8").splitlines()[:3]) + "\n", encoding="utf-8")
    with pytest.raises(InputError, match="split is empty"):
        run(rows, tmp_path / "run", LR)


@pytest.fixture
def small_device(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Batches of more than 8 samples are more than it holds."""
    from redheart.training.corpus.dataset import Dataset

    plain = Dataset.batch

    def batch(self: Dataset, samples: object) -> object:
        if len(samples) > 8 and torch.is_grad_enabled():  # type: ignore[arg-type]
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return plain(self, samples)  # type: ignore[arg-type]

    monkeypatch.setattr(Dataset, "batch", batch)
    yield


@pytest.mark.usefixtures("small_device")
def test_a_refused_allocation_halves_the_micro_batch_and_loses_no_step(data: Path, tmp_path: Path) -> None:
    outcome = run(data, tmp_path / "tight", LR)
    stats = json.loads(RunFolder(tmp_path / "tight").oom.read_text(encoding="utf-8"))
    assert (stats["refused"], stats["micro_batch"]) == (2, 6)
    assert len(RunFolder(tmp_path / "tight").steps.read_text().splitlines()) == 1 + outcome.story.steps


def test_the_header_of_a_checkpoint_says_where_it_comes_from(whole: tuple[RunFolder, Outcome]) -> None:
    header = read_header(whole[0].epoch_file(2))
    assert (header.facts.epoch, header.facts.step) == (2, 10)
    assert [name.rpartition("/")[2] for name in header.facts.data] == ["labelled.jsonl"]
    assert header.parts["head.emotion"]["emotion"].entries > 0
