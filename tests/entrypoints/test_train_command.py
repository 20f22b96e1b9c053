"""`redheart train`: what reaches the run, what is refused before it, what is printed of it."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from redheart.__main__ import main
from redheart.config.schema import Settings
from redheart.config.train import TrainSection
from redheart.entrypoints.cli.context import Doors
from redheart.entrypoints.train_request import TrainFlags
from redheart.training.report.command import command_of
from redheart.training.report.plan import TrainPlan
from redheart.training.report.story import Outcome
from redheart.training.run.asked import Asked
from redheart.training.run.begun import SECTIONS, Begun
from redheart.training.run.folder import RunFolder
from redheart.training.run.identity import Identity
from redheart.training.whole_file import write_record
from tests.training.report import invented

Run = Callable[[Asked, Settings, Any], Outcome]


class Trainer:
    """Runs the command line on a run that is only told; remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asked] = []
        self.settings: list[Settings] = []
        self.work: Run = self._tell

    def __call__(self, *arguments: str | Path) -> int:
        doors = Doors(train=self._train, plan_training=self._plan)
        return main(["train", *map(str, arguments)], doors)

    def _train(self, asked: Asked, settings: Settings, listener: Any) -> Outcome:
        self.asked.append(asked)
        self.settings.append(settings)
        return self.work(asked, settings, listener)

    def _tell(self, asked: Asked, settings: Settings, listener: Any) -> Outcome:
        listener.begin("data")
        listener.data(invented.data_report())
        listener.done("data")
        invented.write_curves(asked.folder)
        listener.begin("training", 60)
        for step in invented.steps():
            listener.step(step)
            if step.step % invented.STEPS_AN_EPOCH == 0:
                listener.epoch(invented.epoch(step.epoch))
        listener.warning("step 20: 'head.emotion' was not updated")
        listener.done("training")
        return Outcome(story=invented.make_story())

    def _plan(self, asked: Asked, settings: Settings, listener: Any) -> TrainPlan:
        self.asked.append(asked)
        listener.data(invented.data_report())
        return TrainPlan(
            preset="tiny", encoder="bundled", encoder_dim=384, modules=invented.modules(), samples={"train": 40},
            batch_size=8, micro_batch=4, epochs=3, steps_an_epoch=5, lr=None, sweep_trials=34, sweep_steps=10,
            device="cpu", memory={"weights": 4096, "total": 1 << 20},
        )  # fmt: skip


@pytest.fixture
def train() -> Trainer:
    return Trainer()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    (tmp_path / "kote.jsonl").write_text("{}\n")
    return tmp_path / "kote.jsonl"


def hold_run(out: Path, begun: Begun | None = None) -> None:
    """A record of a run; without `begun` it does not know what was asked."""
    out.mkdir(exist_ok=True)
    write_record(RunFolder(out).settings, Identity(facts={}, data={}, machine={}, begun=begun))


def begins(asked: Asked, settings: Settings, listener: Any) -> Outcome:
    """A run that records what it was asked, as runs do."""
    hold_run(asked.folder.path, Begun.of(asked, settings))
    return Outcome(story=invented.make_story())


ENOUGH = ("--lr", "1e-3", "--out", "run", "--no-plots")


def refused(train: Trainer, capfd: Any, *arguments: str | Path) -> str:
    """The one line of a refusal; nothing was begun."""
    assert train(*arguments) == 2
    printed = capfd.readouterr()
    assert (printed.out, printed.err.count("\n"), train.asked) == ("", 1, [])
    said: str = printed.err
    return said


def test_every_flag_reaches_the_run(train: Trainer, data: Path) -> None:
    flags = (
        "--preset tiny --samples 2000 --epochs 3 --batch-size 32 --micro-batch 4 --lr 3e-4 --seed 7 --precision bf16 "
        "--device cpu --optimizer offloaded --gradient-checkpointing --compile --label-smoothing 0.1 --r-drop 0.5 "
        "--ema 0.99 --layer-decay 0.8 --no-plots --lr-sweep --no-param-update --out run --encoder some/model"
    )
    assert train("--data", data, *flags.split(), "--set", "train.clip=0.5") == 0
    (asked,), (settings,) = train.asked, train.settings
    expected = {
        "preset": "tiny", "samples": 2000, "epochs": 3, "batch_size": 32, "micro_batch": 4, "lr": 3e-4, "seed": 7,
        "precision": "bfloat16", "optimizer": "offloaded", "gradient_checkpointing": True, "compile": True,
        "label_smoothing": 0.1, "r_drop": 0.5, "ema": 0.99, "layer_decay": 0.8, "clip": 0.5,
    }  # fmt: skip
    assert asked.settings.model_dump(include=set(expected)) == expected
    assert (asked.sweep, asked.update, asked.resume, asked.plots, asked.folder.path) == (
        True,
        False,
        False,
        False,
        Path("run"),
    )
    assert (settings.device, settings.encoder.name, settings.train) == ("cpu", "some/model", asked.settings)


def test_what_no_flag_says_is_left_to_the_settings(train: Trainer, data: Path, tmp_path: Path) -> None:
    (tmp_path / "c.yaml").write_text("train: {epochs: 5, compile: true, lr: 0.01, batch_size: 16}\n")
    assert train("--data", data, "--out", "run", "--config", tmp_path / "c.yaml", "--no-plots") == 0
    found = train.asked[0].settings
    assert (found.epochs, found.compile, found.lr, found.batch_size) == (5, True, 0.01, 16)


def test_several_paths_may_follow_one_data_option_and_it_may_be_repeated(train: Trainer, tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.jsonl" for name in "abc"]
    for file in files:
        file.touch()
    assert train("--data", files[0], files[1], *ENOUGH) == 0
    assert train("--data", files[0], "--data", files[1], "--lr", "1e-3", "--out", "other", "--no-plots", files[2]) == 0
    assert [set(asked.data) for asked in train.asked] == [set(files[:2]), set(files)]


def test_without_data_the_folders_of_the_environment_are_taken(
    train: Trainer, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDHEART_DATA", str(tmp_path))
    assert train(*ENOUGH) == 0
    assert train.asked[0].data == (tmp_path,)


def test_of_a_folder_of_sets_those_that_teach_something_are_taken(
    train: Trainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("kote", "ko_chatbot", "emobank", "notes"):
        (tmp_path / name).mkdir()
    monkeypatch.setenv("REDHEART_DATA", str(tmp_path))
    assert train(*ENOUGH) == 0
    assert set(train.asked[0].data) == {tmp_path / "kote", tmp_path / "emobank"}


def test_a_folder_of_the_environment_without_data_is_refused(
    train: Trainer, capfd: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        monkeypatch.setenv("REDHEART_DATA", str(folder))
        assert "REDHEART_DATA" in refused(train, capfd, *ENOUGH)


def test_without_any_data_it_is_refused(train: Trainer, capfd: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REDHEART_DATA", raising=False)
    said = refused(train, capfd, *ENOUGH)
    assert "no data" in said and "--data" in said and "REDHEART_DATA" in said


def test_data_that_do_not_exist_are_refused_by_name(train: Trainer, capfd: Any) -> None:
    assert "'nowhere.jsonl' does not exist" in refused(train, capfd, "--data", "nowhere.jsonl", *ENOUGH)


@pytest.mark.parametrize("value", ["abc", "-1", "0", "nan", "inf", "1e-3x", ""])
def test_a_learning_rate_that_is_none_is_refused(train: Trainer, capfd: Any, data: Path, value: str) -> None:
    said = refused(train, capfd, "--data", data, "--out", "run", f"--lr={value}")
    assert f"--lr '{value}'" in said and "auto" in said


@pytest.mark.parametrize("option", ["--batch-size", "--micro-batch"])
@pytest.mark.parametrize("value", ["0", "-3", "2.5", "many", "²"])
def test_a_number_of_samples_that_is_none_is_refused(
    train: Trainer, capfd: Any, data: Path, option: str, value: str
) -> None:
    assert f"{option} '{value}'" in refused(train, capfd, "--data", data, *ENOUGH, f"{option}={value}")


@pytest.mark.parametrize(
    "arguments",
    [
        ("--epochs", "0"), ("--epochs", "x"), ("--samples", "-1"), ("--ema", "1"), ("--label-smoothing", "nan"),
        ("--precision", "fp8"), ("--optimizer", "sgd"), ("--device", "tpu"), ("--set", "train.lr=nan"),
        ("--set", "train.batch_size=0"), ("--set", "train.nonsense=1"), ("--layer-decay", "0"), ("--seed", "-1"),
    ],
)  # fmt: skip
def test_a_setting_out_of_range_is_refused_in_one_line(
    train: Trainer, capfd: Any, data: Path, arguments: tuple[str, str]
) -> None:
    taken = ("--out", "run") if "train.lr=nan" in arguments else ENOUGH
    refused(train, capfd, "--data", data, *taken, *arguments)


def test_without_a_folder_it_is_refused(train: Trainer, capfd: Any, data: Path) -> None:
    assert "--out" in refused(train, capfd, "--data", data, "--lr", "1e-3")


def test_no_rate_no_sweep_and_nothing_found_before_is_refused(train: Trainer, capfd: Any, data: Path) -> None:
    said = refused(train, capfd, "--data", data, "--out", "run")
    assert "optimal_lr.json" in said and "--lr-sweep" in said


def test_auto_takes_the_rate_that_a_sweep_left_in_the_folder(train: Trainer, data: Path, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "optimal_lr.json").write_text('{"optimal_lr": 0.001}')
    assert train("--data", data, "--out", "run", "--no-plots") == 0
    assert train.asked[0].settings.lr == "auto"


def test_a_folder_with_another_run_is_refused_and_left_as_it_is(
    train: Trainer, capfd: Any, data: Path, tmp_path: Path
) -> None:
    hold_run(tmp_path / "run")
    assert "--resume" in refused(train, capfd, "--data", data, *ENOUGH)
    assert sorted(path.name for path in (tmp_path / "run").iterdir()) == ["run.json"]


def test_resume_without_a_run_is_refused(train: Trainer, capfd: Any, data: Path) -> None:
    assert "holds no run" in refused(train, capfd, "--data", data, *ENOUGH, "--resume")


def test_resume_goes_on_with_the_run_in_the_folder(train: Trainer, data: Path, tmp_path: Path) -> None:
    hold_run(tmp_path / "run")
    assert train("--data", data, *ENOUGH, "--resume") == 0
    assert train.asked[0].resume


BEGUN = ("--lr", "1e-3", "--out", "run", "--epochs", "7", "--seed", "5", "--encoder", "some/model", "--device", "cpu",
         "--set", "train.clip=0.5", "--set", "train.state_every=9", "--set", "model.threads=1")  # fmt: skip


@pytest.mark.parametrize("switches", [(), ("--lr-sweep", "--no-param-update", "--no-plots")])
def test_resume_alone_takes_up_everything_that_the_run_was_begun_with(
    train: Trainer, data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, switches: tuple[str, ...]
) -> None:
    train.work = begins
    assert train("--data", data, *BEGUN, *switches) == 0
    monkeypatch.setenv("REDHEART_DATA", str(tmp_path / "elsewhere"))
    assert train("--resume", "--out", "run") == 0
    (first, again), (settings, resumed) = train.asked, train.settings
    assert again == replace(first, resume=True)
    assert resumed.model_dump(include=set(SECTIONS)) == settings.model_dump(include=set(SECTIONS))


def test_what_is_said_again_alike_is_no_contradiction(train: Trainer, data: Path) -> None:
    train.work = begins
    assert train("--data", data, *BEGUN) == 0
    assert train("--data", data, *BEGUN, "--resume") == 0
    assert train.asked[1] == replace(train.asked[0], resume=True)


def test_every_flag_that_contradicts_the_run_is_named(
    train: Trainer, capfd: Any, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train.work = begins
    train("--data", data, *BEGUN)
    train.asked.clear()
    capfd.readouterr()
    monkeypatch.setenv("REDHEART__TRAIN__R_DROP", "0.5")
    other = ("--epochs", "9", "--set", "train.clip=2", "--encoder", "other/model", "--lr-sweep", "--no-param-update")
    said = refused(train, capfd, "--resume", "--out", "run", *other)
    assert "--epochs is asked as '9', the run has '7'" in said and "--seed" not in said
    assert "train.clip is asked as '2.0', the run has '0.5'" in said
    assert "--r-drop is asked as '0.5', the run has '0.0'" in said
    assert "--encoder is asked as 'other/model', the run has 'some/model'" in said
    assert "--lr-sweep is asked as 'True'" in said and "--no-param-update is asked as 'False'" in said


def test_what_follows_the_machine_may_be_said_otherwise(train: Trainer, data: Path) -> None:
    train.work = begins
    train("--data", data, *BEGUN)
    free = ("--micro-batch", "2", "--device", "auto", "--set", "train.state_every=3", "--set", "model.threads=2")
    assert train("--resume", "--out", "run", *free) == 0
    found, settings = train.asked[1].settings, train.settings[1]
    assert (found.micro_batch, found.state_every, found.epochs) == (2, 3, 7)
    assert (settings.device, settings.model.threads) == ("auto", 2)


def test_data_that_moved_are_named_with_the_mend_and_may_be_said_anew(
    train: Trainer, capfd: Any, data: Path, tmp_path: Path
) -> None:
    train.work = begins
    train("--data", data, *BEGUN)
    first, moved = train.asked.pop(), data.rename(tmp_path / "moved.jsonl")
    capfd.readouterr()
    said = refused(train, capfd, "--resume", "--out", "run")
    assert f"'{data}', data of the run in 'run', does not exist any more" in said and "--data" in said
    assert train("--resume", "--out", "run", "--data", moved) == 0
    assert train.asked[0] == replace(first, resume=True, data=(moved,))


def test_a_record_without_what_was_asked_is_said_to_lack_it(train: Trainer, capfd: Any, tmp_path: Path) -> None:
    hold_run(tmp_path / "run")
    said = refused(train, capfd, "--resume", "--out", "run")
    assert "'run/run.json' does not hold settings and data paths" in said and "Give --data and every flag" in said


def test_a_damaged_record_is_refused(train: Trainer, capfd: Any, tmp_path: Path) -> None:
    hold_run(tmp_path / "run")
    (tmp_path / "run" / "run.json").write_text("{")
    assert "is no record of a run" in refused(train, capfd, "--resume", "--out", "run")


def test_a_setting_that_this_version_does_not_know_is_named(
    train: Trainer, capfd: Any, data: Path, tmp_path: Path
) -> None:
    begun = Begun.of(Asked(TrainSection(), (data,), RunFolder(tmp_path / "run")), Settings())
    hold_run(tmp_path / "run", begun.model_copy(update={"settings": {"train.of_tomorrow": 1}}))
    assert "does not know the setting 'train.of_tomorrow'" in refused(train, capfd, "--resume", "--out", "run")


def test_a_dry_run_of_a_resumed_run_plans_that_run(train: Trainer, data: Path) -> None:
    train.work = begins
    train("--data", data, *BEGUN)
    assert train("--resume", "--out", "run", "--dry-run") == 0
    assert (train.asked[1].settings.epochs, train.asked[1].data) == (7, train.asked[0].data)


def test_resume_without_a_folder_is_refused(train: Trainer, capfd: Any, data: Path) -> None:
    assert "no --out" in refused(train, capfd, "--resume")


def test_a_file_in_the_place_of_the_folder_is_refused(train: Trainer, capfd: Any, data: Path) -> None:
    assert "is a file" in refused(train, capfd, "--data", data, "--lr", "1e-3", "--out", data)


def test_pictures_without_matplotlib_are_refused_before_any_work(
    train: Trainer, capfd: Any, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redheart.entrypoints.train_request.find_spec", lambda name: None)
    assert "redheart[plot]" in refused(train, capfd, "--data", data, "--lr", "1e-3", "--out", "run", "--plots")
    assert train("--data", data, "--lr", "1e-3", "--out", "run") == 0
    assert not train.asked[0].plots
    assert "no pictures" in capfd.readouterr().err


def test_tensorboard_that_is_not_there_is_refused_before_any_work(
    train: Trainer, capfd: Any, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redheart.entrypoints.train_request.find_spec", lambda name: None)
    assert "redheart[train]" in refused(train, capfd, "--data", data, *ENOUGH, "--tensorboard")


def test_scores_stand_beside_constants_and_files_are_named(train: Trainer, capfd: Any, data: Path) -> None:
    assert train("--data", data, *ENOUGH) == 0
    printed = capfd.readouterr()
    row = next(line.split() for line in printed.out.splitlines() if line.startswith("head.emotion"))
    assert row == "head.emotion emotion macro-F1 0.400 0.300 to 0.500 0.125 40".split()
    assert "Not taught, for want of labels: head.surd." in printed.out
    assert "run/steps.csv" in printed.out and "state.safetensors" not in printed.out
    assert printed.out.index("What a constant reaches") < printed.out.index("head.emotion")


def test_without_a_terminal_standard_error_has_a_line_an_epoch(train: Trainer, capfd: Any, data: Path) -> None:
    train("--data", data, *ENOUGH)
    lines = capfd.readouterr().err.splitlines()
    epochs = [line for line in lines if line.startswith("epoch ")]
    assert len(epochs) == invented.EPOCHS
    assert [line for line in epochs if "best so far" in line] == epochs[: invented.BEST]
    assert "warning: step 20: 'head.emotion' was not updated" in lines
    assert not any("\x1b" in line for line in lines)


def test_json_is_one_object_on_standard_output(train: Trainer, capfd: Any, data: Path) -> None:
    assert train("--data", data, *ENOUGH, "--json") == 0
    printed = capfd.readouterr()
    told = json.loads(printed.out)
    assert (told["outcome"], told["best_epoch"], told["untaught"]) == ("done", invented.BEST, ["head.surd"])
    assert told["test"][0]["baseline"] == 0.125
    assert told["files"]["curves"] == "run/steps.csv"
    assert "goemotions_en" in printed.err  # the data report makes way


def test_a_dry_run_says_what_would_be_and_writes_nothing(
    train: Trainer, capfd: Any, data: Path, tmp_path: Path
) -> None:
    before = sorted(tmp_path.rglob("*"))
    assert train("--data", data, "--lr-sweep", "--dry-run") == 0
    told = capfd.readouterr().out
    assert "15: 3 epochs of 5, 8 samples each, 4 at once" in told
    assert "34 trials of 10 steps, 340 in all" in told
    assert "not taught     head.surd" in told and "total 1.0 MiB" in told
    assert sorted(tmp_path.rglob("*")) == before


def test_a_dry_run_as_json_is_one_object(train: Trainer, capfd: Any, data: Path) -> None:
    assert train("--data", data, "--dry-run", "--json", "--lr", "0.1") == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["outcome"], told["steps"], told["memory"]["total"]) == ("dry run", 15, 1 << 20)


def test_ctrl_c_says_what_is_kept_and_how_to_go_on(train: Trainer, capfd: Any, data: Path, tmp_path: Path) -> None:
    def stopped(asked: Asked, settings: Settings, listener: Any) -> Outcome:
        invented.write_curves(asked.folder)
        hold_run(asked.folder.path)
        asked.folder.state.write_text("")
        asked.folder.checkpoints.mkdir()
        asked.folder.epoch_file(1).touch()
        listener.begin("training", 60)
        for step in invented.steps()[:13]:
            listener.step(step)
        raise KeyboardInterrupt

    train.work = stopped
    assert train("--data", data, *ENOUGH, "--seed", "3") == 130
    line = next(line for line in capfd.readouterr().err.splitlines() if "Go on with" in line)
    assert "after step 13" in line and "1 epoch checkpoint and a state" in line
    again = shlex.split(line.partition("Go on with: redheart train ")[2])
    train.work = train._tell
    assert train(*again) == 0
    first, second = train.asked
    assert (second.resume, second.settings, second.folder) == (True, first.settings, first.folder)
    assert [path.resolve() for path in second.data] == [path.resolve() for path in first.data]


def test_ctrl_c_before_the_first_state_promises_nothing(train: Trainer, capfd: Any, data: Path) -> None:
    def stopped(asked: Asked, settings: Settings, listener: Any) -> Outcome:
        raise KeyboardInterrupt

    train.work = stopped
    assert train("--data", data, *ENOUGH) == 130
    said = capfd.readouterr().err
    assert "Stopped before anything was written. Begin again with: redheart train" in said
    assert "--resume" not in said


def test_the_help_of_train_imports_nothing_heavy() -> None:
    code = (
        "import sys; from redheart.__main__ import main; assert main(['train', '--help']) == 0; "
        "heavy = ('torch', 'numpy', 'matplotlib', 'transformers', 'pyarrow', 'redheart.assembly'); "
        "sys.exit(' '.join(name for name in heavy if name in sys.modules) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    "arguments",
    [
        "--lr 0.001",
        "--lr-sweep --no-param-update --no-plots --resume",
        "--lr 1e-05 --epochs 2 --compile --gradient-checkpointing --precision bf16 --device cpu",
        "--lr 0.001 --set train.clip=0.5 --set train.sweep.repeats=2 --set encoder.name=x/y --set model.threads=1",
        "--lr 0.001 --batch-size 8 --micro-batch 2 --ema 0.9 --seed 4",
    ],
)
def test_the_command_of_a_run_asks_for_the_same_run(train: Trainer, data: Path, tmp_path: Path, arguments: str) -> None:
    if "--resume" in arguments:
        hold_run(tmp_path / "run")
    train.work = lambda *_: Outcome(story=invented.make_story())
    assert train("--data", data, "--out", "run", *arguments.split()) == 0
    (asked,), (settings,) = train.asked, train.settings
    again = shlex.split(command_of(asked, settings, asked.resume))[2:]
    (tmp_path / "run" / "run.json").unlink(missing_ok=True)
    if asked.resume:
        hold_run(tmp_path / "run")
    assert train(*again) == 0
    assert (train.settings[1], train.asked[1].settings) == (settings, asked.settings)
    assert [getattr(train.asked[1], name) for name in ("sweep", "update", "resume", "plots")] == [
        getattr(asked, name) for name in ("sweep", "update", "resume", "plots")
    ]


def test_a_command_names_no_folder_above_the_current_one_or_the_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    paths = (tmp_path / "here" / "my data.jsonl", tmp_path / "home" / "sets" / "kote.jsonl")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    settings = Settings()
    asked = Asked(settings.train, paths, RunFolder(tmp_path / "home" / "run"))
    said = command_of(asked, settings)
    assert said == "redheart train --data 'my data.jsonl' ~/sets/kote.jsonl --out ~/run"


def test_flags_are_told_apart_from_settings_that_were_not_given() -> None:
    flags = TrainFlags(data=(), out=None, values={"train.epochs": None, "train.seed": 5}, config=None, overrides=())
    settings = flags.settings()
    assert (settings.train.epochs, settings.train.seed) == (60, 5)
