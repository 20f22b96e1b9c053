import tomllib
from pathlib import Path

import pytest

import redheart
from redheart.config.environment import data_folders, environment_settings, provider_keys_present


def test_variables_become_dotted_keys_and_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDHEART__MEMORY__POLICY", "direct")
    monkeypatch.setenv("REDHEART_DATA", "/a")
    settings = environment_settings()
    assert settings["memory.policy"] == "direct"
    assert "data" not in settings


def test_a_key_is_present_or_not_and_its_value_is_never_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-1234")
    present = provider_keys_present()
    assert present == {"ANTHROPIC_API_KEY": False, "OPENAI_API_KEY": True, "PERPLEXITY_API_KEY": False}


def test_data_folders_are_a_list_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDHEART_DATA", "/a:/b")
    assert data_folders() == (Path("/a"), Path("/b"))
    monkeypatch.delenv("REDHEART_DATA")
    assert data_folders() == ()


def test_the_package_tells_the_version_it_is_built_with() -> None:
    project = tomllib.loads((Path(redheart.__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert redheart.__version__ == project["project"]["version"]


def test_every_public_name_of_the_package_loads() -> None:
    assert {name: getattr(redheart, name).__name__ for name in ("InferResult", "Settings", "load_settings")}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = redheart.nothing
