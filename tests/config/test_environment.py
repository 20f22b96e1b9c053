import tomllib
from pathlib import Path

import pytest

import redheart
from redheart.config.environment import data_folders, environment_settings, force_cpu, provider_keys_present
from redheart.errors import ConfigError


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


@pytest.mark.parametrize(("value", "forced"), [("1", True), (" 1 ", True), ("0", False), ("", False), (None, False)])
def test_everything_stays_on_the_cpu_where_force_cpu_init_is_1(
    value: str | None, forced: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FORCE_CPU_INIT", raising=False)
    if value is not None:
        monkeypatch.setenv("FORCE_CPU_INIT", value)
    assert force_cpu() is forced


@pytest.mark.parametrize("value", ["yes", "2", "true"])
def test_another_value_of_force_cpu_init_is_refused_with_the_mend(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_CPU_INIT", value)
    with pytest.raises(ConfigError, match=f"FORCE_CPU_INIT is '{value}'. Set it to 1"):
        force_cpu()


def test_the_package_tells_the_version_it_is_built_with() -> None:
    project = tomllib.loads((Path(redheart.__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))
    assert redheart.__version__ == project["project"]["version"]


def test_every_public_name_of_the_package_loads() -> None:
    assert {name: getattr(redheart, name).__name__ for name in ("InferResult", "Settings", "load_settings")}
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = redheart.nothing
