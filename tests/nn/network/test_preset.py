"""Presets: what is bundled loads, what is wrong is refused by name."""

from pathlib import Path

import pytest
import yaml

from redheart.config.bundled import bundled_folder
from redheart.errors import ConfigError
from redheart.nn.checkpoint import read_config
from redheart.nn.network.network import PARTS, Network
from redheart.nn.network.preset import TokenPreset, load_preset, preset_from, preset_names
from tests.nn.network.documents import preset


def plain(name: str = "tiny") -> dict[str, object]:
    """The values of a bundled YAML."""
    text = (bundled_folder("configs") / "presets" / f"{name}.yaml").read_text(encoding="utf-8")
    values: dict[str, object] = yaml.safe_load(text)
    return values


def test_four_presets_are_bundled() -> None:
    assert preset_names() == ("base", "compact", "full", "tiny")


@pytest.mark.parametrize("name", preset_names())
def test_a_bundled_preset_loads_under_the_name_it_bears(name: str) -> None:
    assert load_preset(name).name == name


def test_only_full_has_wrappers() -> None:
    assert list(preset("full").sizes()) == list(PARTS)
    assert list(preset("base").sizes()) == list(preset("tiny").sizes()) == [p for p in PARTS if "wrapper" not in p]


def test_every_module_of_a_preset_is_planned_and_no_other() -> None:
    for name in ("tiny", "base", "full"):
        assert set(preset(name).planned) == {"backbone", *preset(name).sizes()}


def test_an_unknown_preset_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ConfigError, match=r"unknown preset 'bsae'\. Did you mean 'base'\?"):
        load_preset("bsae")


def test_a_file_of_the_users_own_is_a_preset(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump({**plain(), "name": "mine", "layers": 3}), encoding="utf-8")
    assert (load_preset(str(path)).name, load_preset(str(path)).layers) == ("mine", 3)


def test_a_preset_survives_the_way_through_plain_values() -> None:
    tiny = preset()
    assert preset_from(tiny.model_dump(mode="json"), "here") == tiny


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"layres": 2}, "setting 'layres' in 'here'"),
        ({"layers": 0}, "setting 'layers' in 'here'"),
        ({"family": "sentence"}, "Did you mean 'sentences'"),
        ({"attention_heads": 3}, "width '128' is no even multiple of '3' attention heads"),
        ({"head": {"emotion": {"experts": 4, "chosen": 1, "feed_forward": 8}}}, "head.emotion.chosen"),
    ],
)
def test_a_wrong_value_is_refused_by_its_key(change: dict[str, object], words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        preset_from({**plain(), **change}, "'here'")
    assert words in str(refused.value)


def test_more_experts_chosen_than_there_are_is_refused() -> None:
    heads = {**preset().head.model_dump(), "emotion": {"experts": 2, "chosen": 3, "feed_forward": 8}}
    with pytest.raises(ConfigError, match="'3' experts cannot be chosen of '2'"):
        preset_from({**plain(), "head": heads}, "'here'")


@pytest.mark.parametrize(("text", "words"), [("a: [", "is not YAML"), ("- a\n", "holds a list")])
def test_a_file_without_settings_is_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=words):
        load_preset(str(path))


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_preset(str(tmp_path / "none.yaml"))


def test_compact_is_what_is_shipped() -> None:
    compact, shipped = load_preset("compact"), read_config(bundled_folder("models") / "compact")
    assert isinstance(compact, TokenPreset)
    assert {key: getattr(compact, key) for key in shipped.architecture} == shipped.architecture
    assert compact.heads == shipped.heads


def test_the_network_refuses_compact_and_says_what_makes_it() -> None:
    with pytest.raises(ConfigError, match=r"'compact' is of the family 'tokens'.*redheart train --preset compact"):
        Network(load_preset("compact"), 384)
