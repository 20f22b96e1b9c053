from collections.abc import Callable
from pathlib import Path

import pytest

from redheart.config.bundled import bundled_folder
from redheart.config.load import load_settings, memory_modes
from redheart.config.schema import Settings
from redheart.errors import ConfigError


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str], Path]:
    def write(content: str) -> Path:
        path = tmp_path / "own.yaml"
        path.write_text(content, encoding="utf-8")
        return path

    return write


def test_without_a_word_from_the_user_only_the_memory_mode_differs_from_the_schema(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("REDHEART__EXPERIENCE__PATH")
    settings = load_settings()
    assert settings.memory.mode == "auto"
    assert settings.model_copy(update={"memory": Settings().memory}) == Settings()


def test_each_layer_wins_over_the_one_before_it(own: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    file = own("memory: {host_budget_mib: 1, device_budget_mib: 1, keep_warm: true}\nsurd: {max_units: 3}\n")
    assert load_settings("light").memory.keep_warm is False
    assert load_settings("light", file=file).memory.keep_warm is True
    monkeypatch.setenv("REDHEART__SURD__MAX_UNITS", "4")
    assert load_settings(file=file).surd.max_units == 4
    assert load_settings(overrides=["surd.max_units=5"], file=file).surd.max_units == 5
    assert load_settings(None, ["surd.max_units=5"], file, {"surd.max_units": 6}).surd.max_units == 6
    assert load_settings("light", file=file).memory.host_budget_mib == 1


def test_a_flag_that_was_not_given_changes_nothing() -> None:
    assert load_settings(flags={"llm.backend": None}, overrides=["llm.backend=scripted"]).llm.backend == "scripted"


@pytest.mark.parametrize("mode", ["light", "medium", "heavy", "ultra"])
def test_every_memory_mode_loads_under_its_own_name(mode: str) -> None:
    assert load_settings(mode).memory.mode == mode
    assert mode in memory_modes()


def test_the_mode_may_come_from_any_layer_and_brings_its_overlay(own: Callable[[str], Path]) -> None:
    assert load_settings(file=own("memory: {mode: light}")).memory == load_settings("light").memory
    assert load_settings("ultra", ["memory.mode=light"]).memory.mode == "ultra"


def test_auto_is_settled_by_the_given_function_and_only_then() -> None:
    assert load_settings("auto", resolve_auto=lambda: "heavy").memory == load_settings("heavy").memory
    assert load_settings("light", resolve_auto=lambda: pytest.fail("asked")).memory.mode == "light"


def test_values_are_yaml_but_a_text_stays_as_it_was_written() -> None:
    settings = load_settings(overrides=["llm.model=no", "experience.enabled=no", "allow_degraded=[llm]"])
    assert (settings.llm.model, settings.experience.enabled) == ("no", False)
    assert settings.allow_degraded == ("llm",)


def test_an_empty_section_and_a_bom_are_accepted(own: Callable[[str], Path]) -> None:
    assert load_settings(file=own("\ufeffmemory:\nsurd:\n  max_units: 5\n")).surd.max_units == 5


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("memory.polcy=x", "setting 'memory.polcy': unknown key. Did you mean 'policy'?"),
        ("memory.host_budget_mib=-2", "setting 'memory.host_budget_mib': Input should be greater than 0 (got '-2')."),
        ("device=gpu", "setting 'device': Input should be 'auto', 'cpu' or 'cuda' (got 'gpu')."),
        ("memory=3", "setting 'memory' is a section, not a value. Set one of its keys: mode, policy,"),
        ("surd.max_units", "setting 'surd.max_units' is not key=value. Write it as in surd.max_units=6."),
        ("memory.mode=heavi", "unknown memory mode 'heavi'. Did you mean 'heavy'? Choose one of: auto, heavy, light,"),
        ("zzz=1", "setting 'zzz': unknown key. Choose one of: device, memory,"),
        ("llm.model=[", "setting 'llm.model': the value '[' is not YAML. Put it in quotes."),
    ],
)
def test_a_refused_setting_is_named_with_its_value_and_the_mend(override: str, said: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load_settings(overrides=[override])
    assert str(refused.value).startswith(said)
    assert "\n" not in str(refused.value)


def test_a_refused_setting_of_a_file_or_variable_names_where_it_stands(
    own: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match=r"setting 'memory.polcy' in '.*own.yaml': unknown key"):
        load_settings(file=own("memory: {polcy: x}"))
    monkeypatch.setenv("REDHEART__SURD__MAX_UNITS", "99")
    with pytest.raises(ConfigError, match=r"in REDHEART__SURD__MAX_UNITS: .* less than or equal to 12"):
        load_settings()


@pytest.mark.parametrize("content", ["memory: [", "- memory", "\x00"])
def test_a_file_that_is_no_yaml_of_sections_is_refused_by_name(own: Callable[[str], Path], content: str) -> None:
    with pytest.raises(ConfigError, match=r"config file '.*own.yaml'"):
        load_settings(file=own(content))


def test_a_missing_file_is_refused_by_name() -> None:
    with pytest.raises(ConfigError, match=r"config file 'nowhere.yaml' cannot be read"):
        load_settings(file=Path("nowhere.yaml"))


def test_bundled_folders_are_found_from_any_current_folder() -> None:
    assert (bundled_folder("configs") / "default.yaml").is_file()
    assert (bundled_folder("models") / "compact").is_dir()
