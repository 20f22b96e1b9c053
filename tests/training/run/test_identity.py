from pathlib import Path

import pytest

from redheart.config.schema import Settings
from redheart.config.train import TrainSection
from redheart.errors import CheckpointError, ConfigError
from redheart.training.run.asked import Asked
from redheart.training.run.begun import Begun
from redheart.training.run.folder import RunFolder
from redheart.training.run.identity import Identity, begin, read_identity


def identity(**changes: str) -> Identity:
    facts = {"train.seed": "0", "train.preset": "tiny", "train.state_every": "500", **changes}
    return Identity(facts=facts, data={"a.jsonl": "12ab"}, machine={"torch": "2.13.0", "threads": "2"})


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run")


def test_a_new_run_records_what_was_asked(folder: RunFolder) -> None:
    assert begin(folder, identity(), resume=False) == []
    assert read_identity(folder) == identity()
    assert folder.checkpoints.is_dir()


def test_a_folder_that_holds_a_run_is_not_begun_again(folder: RunFolder) -> None:
    begin(folder, identity(), resume=False)
    with pytest.raises(ConfigError, match="holds a run already"):
        begin(folder, identity(), resume=False)


def test_there_must_be_a_run_to_go_on_with(folder: RunFolder) -> None:
    with pytest.raises(ConfigError, match="holds no run"):
        begin(folder, identity(), resume=True)


def test_a_resumed_run_must_have_the_settings_it_began_with(folder: RunFolder) -> None:
    begin(folder, identity(), resume=False)
    with pytest.raises(ConfigError, match=r"--seed is asked as '1', the run has '0'"):
        begin(folder, identity(**{"train.seed": "1"}), resume=True)


def test_everything_that_differs_is_named_at_once_with_the_mend(folder: RunFolder) -> None:
    begin(folder, identity(**{"train.clip": "1.0", "sweep": "False"}), resume=False)
    other = identity(**{"train.seed": "1", "train.clip": "0.5", "sweep": "True"})
    with pytest.raises(ConfigError) as refused:
        begin(folder, other.model_copy(update={"data": {"a.jsonl": "34cd", "c.jsonl": "56ef"}}), resume=True)
    said = str(refused.value)
    assert "train.clip is asked as '0.5', the run has '1.0'; --seed is asked as '1', the run has '0'" in said
    assert "--lr-sweep is asked as 'True', the run has 'False'" in said
    assert "'a.jsonl' has the SHA-256 '34cd…', the run has '12ab…'" in said and "'c.jsonl' is asked" in said
    assert "Leave those settings out" in said and "Give the files that it was begun with." in said


def test_a_fact_that_only_the_run_has_is_named_too(folder: RunFolder) -> None:
    begin(folder, identity(**{"train.of_another_version": "7"}), resume=False)
    with pytest.raises(ConfigError, match=r"of_another_version is asked as 'absent', the run has '7'"):
        begin(folder, identity(), resume=True)


def test_of_a_preset_that_was_changed_the_numbers_are_named(folder: RunFolder) -> None:
    begin(folder, identity(preset='{"width": 64, "head": {"emotion": 2}}'), resume=False)
    with pytest.raises(ConfigError, match=r"changed: head.emotion is asked as '3', the run has '2'\. Leave"):
        begin(folder, identity(preset='{"width": 64, "head": {"emotion": 3}}'), resume=True)


def test_what_was_asked_last_is_what_resume_takes_up(folder: RunFolder) -> None:
    asked = Begun(settings={"train.seed": 0}, data=("/old/a.jsonl",), sweep=False, update=True, plots=False,
                  tensorboard=False)  # fmt: skip
    begin(folder, identity().model_copy(update={"begun": asked}), resume=False)
    moved = asked.model_copy(update={"data": ("/new/a.jsonl",)})
    begin(folder, identity().model_copy(update={"begun": moved}), resume=True)
    assert read_identity(folder).begun == moved
    assert read_identity(folder).run == identity().run


def test_paths_below_the_home_folder_are_recorded_without_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    inside, outside = tmp_path / "home" / "sets" / "a.jsonl", Path("b.jsonl")
    begun = Begun.of(Asked(TrainSection(), (inside, outside), RunFolder(tmp_path / "run")), Settings())
    assert begun.data == ("~/sets/a.jsonl", str(tmp_path / "b.jsonl"))
    assert begun.paths == (inside, tmp_path / "b.jsonl")


def test_how_often_a_state_is_written_may_change(folder: RunFolder) -> None:
    begin(folder, identity(), resume=False)
    assert begin(folder, identity(**{"train.state_every": "5"}), resume=True) == []


def test_a_resumed_run_must_have_the_data_it_began_with(folder: RunFolder) -> None:
    begin(folder, identity(), resume=False)
    with pytest.raises(ConfigError, match=r"'a.jsonl' has the SHA-256 '34cd…', the run has '12ab…'"):
        begin(folder, identity().model_copy(update={"data": {"a.jsonl": "34cd"}}), resume=True)


def test_another_machine_is_said_not_refused(folder: RunFolder) -> None:
    begin(folder, identity(), resume=False)
    other = identity().model_copy(update={"machine": {"torch": "2.13.0", "threads": "8"}})
    (said,) = begin(folder, other, resume=True)
    assert "threads was '2'" in said


def test_a_damaged_record_is_refused(folder: RunFolder) -> None:
    begin(folder, identity(), resume=False)
    folder.settings.write_text("{", encoding="utf-8")
    with pytest.raises(CheckpointError, match="no record of a run"):
        begin(folder, identity(), resume=True)


def test_the_run_is_named_by_what_decides_its_figures() -> None:
    moved = identity().model_copy(update={"data": {"elsewhere/a.jsonl": "12ab"}, "machine": {}})
    assert identity().run == moved.run
    assert identity().run == identity(**{"train.state_every": "5"}).run
    assert identity().run != identity(**{"train.seed": "1"}).run


def test_a_resumed_run_must_have_its_data_under_the_same_names(folder: RunFolder) -> None:
    """A file's name says what its rows teach."""
    begin(folder, identity(), resume=False)
    with pytest.raises(ConfigError, match=r"'b.jsonl' is asked, the run has none such; data file 'a.jsonl' is not"):
        begin(folder, identity().model_copy(update={"data": {"b.jsonl": "12ab"}}), resume=True)
    assert begin(folder, identity().model_copy(update={"data": {"moved/a.jsonl": "12ab"}}), resume=True) == []


def test_a_run_that_gives_way_leaves_no_state_behind(folder: RunFolder) -> None:
    begin(folder, identity(update="False"), resume=False)
    dropped = folder.checkpoints / "dropped.jsonl"
    left = (folder.state, folder.oom, folder.crossover, folder.sessions, dropped, folder.optimal)
    for path in left:
        path.write_text("x")
    begin(folder, identity(update="True"), resume=False)
    assert [path.exists() for path in left] == [False, False, False, False, False, True]
