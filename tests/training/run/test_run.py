import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from redheart.errors import CheckpointError, ConfigError, InputError
from redheart.nn.network.checkpoint_file import load_network, read_header
from redheart.training.report.json_lines import read_records
from redheart.training.report.story import Outcome
from redheart.training.run.figures import EpochFigures
from redheart.training.run.folder import RunFolder
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


def test_a_torn_state_is_refused(data: Path, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "torn")
    with pytest.raises(KeyboardInterrupt):
        run(data, folder.path, LR, "train.state_every=1", listener=Stops(2, interrupt))
    folder.state.write_bytes(folder.state.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="not a whole safetensors file"):
        run(data, folder.path, LR, "train.state_every=1", resume=True)


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
