"""`redheart train --preset compact`: what it refuses before anything is read."""

from pathlib import Path

import pytest

from redheart.config.environment import DATA_FOLDERS
from redheart.entrypoints.train_compact import compact_request
from redheart.entrypoints.train_request import TrainFlags
from redheart.errors import ConfigError, InputError


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(DATA_FOLDERS, str(tmp_path))


def flags(out: Path | None, **given: object) -> TrainFlags:
    fields: dict[str, object] = {"data": (), "values": {"train.preset": "compact"}, "config": None, "overrides": ()}
    return TrainFlags(out=out, **{**fields, **given})  # type: ignore[arg-type]


def test_a_new_folder_is_taken(tmp_path: Path) -> None:
    asked = compact_request(flags(tmp_path / "run"))
    assert (asked.out, asked.recipe, asked.resume) == (tmp_path / "run", None, False)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"lr_sweep": True}, "lr_sweep"),
        ({"values": {"train.preset": "compact", "train.epochs": 3}}, "train.epochs"),
        ({"overrides": ("train.clip=1",)}, "train.clip=1"),
        ({"data": (Path("x"),)}, "--data"),
    ],
)
def test_what_the_recipe_decides_is_refused(given: dict[str, object], named: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"'{named}' is decided by its recipe"):
        compact_request(flags(tmp_path / "run", **given))


def test_without_a_folder_or_data_it_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="needs --out"):
        compact_request(flags(None))
    monkeypatch.delenv(DATA_FOLDERS)
    with pytest.raises(InputError, match=DATA_FOLDERS):
        compact_request(flags(tmp_path / "run"))


def test_a_run_is_gone_on_with_only_when_asked_and_only_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "old" / "reading").mkdir(parents=True)
    with pytest.raises(InputError, match="holds a run already"):
        compact_request(flags(tmp_path / "old"))
    assert compact_request(flags(tmp_path / "old", resume=True)).resume
    with pytest.raises(InputError, match="holds no run"):
        compact_request(flags(tmp_path / "new", resume=True))


def test_a_file_in_the_folder_s_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(InputError, match="is a file"):
        compact_request(flags(tmp_path / "file"))


def test_heads_for_research_are_asked_for_by_name_and_only_here(tmp_path: Path) -> None:
    assert not compact_request(flags(tmp_path / "run")).research_heads
    assert compact_request(flags(tmp_path / "run", research_heads=True)).research_heads
    with pytest.raises(ConfigError, match="--research-heads is for '--preset compact'"):
        flags(tmp_path / "run", values={"train.preset": "tiny"}, research_heads=True).settings()
