from pathlib import Path

import pytest

from redheart.errors import CheckpointError, ConfigError
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
    with pytest.raises(ConfigError, match=r"train.seed '0', not '1'"):
        begin(folder, identity(**{"train.seed": "1"}), resume=True)


def test_how_often_a_state_is_written_may_change(folder: RunFolder) -> None:
    begin(folder, identity(), resume=False)
    assert begin(folder, identity(**{"train.state_every": "5"}), resume=True) == []


def test_a_resumed_run_must_have_the_data_it_began_with(folder: RunFolder) -> None:
    begin(folder, identity(), resume=False)
    with pytest.raises(ConfigError, match="other files"):
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
    with pytest.raises(ConfigError, match="other files"):
        begin(folder, identity().model_copy(update={"data": {"b.jsonl": "12ab"}}), resume=True)
    assert begin(folder, identity().model_copy(update={"data": {"moved/a.jsonl": "12ab"}}), resume=True) == []


def test_a_run_that_gives_way_leaves_no_state_behind(folder: RunFolder) -> None:
    begin(folder, identity(update="False"), resume=False)
    left = (folder.state, folder.oom, folder.crossover, folder.checkpoints / "dropped.jsonl", folder.optimal)
    for path in left:
        path.write_text("x")
    begin(folder, identity(update="True"), resume=False)
    assert [path.exists() for path in left] == [False, False, False, False, True]
