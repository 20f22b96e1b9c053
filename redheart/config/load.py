"""Layers of settings -> one frozen `Settings`, each refusal naming the key, the value, the mend."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from redheart.config.bundled import bundled_folder
from redheart.config.environment import SETTINGS_PREFIX, environment_settings
from redheart.config.refusals import did_you_mean, is_section, refusal, section_field, section_refusal
from redheart.config.schema import Settings
from redheart.errors import ConfigError

AUTO = "auto"


@dataclass(frozen=True, slots=True)
class Layer:
    """Nested settings from one place; `origin` names that place in an error, empty where the user sees it anyway."""

    values: dict[str, Any]
    origin: str = ""


def load_settings(
    mode: str | None = None,
    overrides: Sequence[str] = (),
    file: Path | None = None,
    flags: Mapping[str, object] | None = None,
    resolve_auto: Callable[[], str] | None = None,
) -> Settings:
    """Merge all layers: schema < default.yaml < memory/<mode>.yaml < `file` < environment < `overrides` < `flags`.

    `overrides` are 'dotted.key=value' with YAML values; `flags` are dotted keys to values, None meaning not given;
    `mode` None leaves the mode to the layers. Mode 'auto' is settled by `resolve_auto`, and stays 'auto' without one.
    Raises ConfigError for an unknown mode, key or value.
    """
    default = _yaml_layer(bundled_folder("configs") / "default.yaml", "default.yaml")
    users = [*_file_layers(file), *_environment_layers(), *map(_override_layer, overrides), _flag_layer(flags or {})]
    chosen = mode if mode is not None else _mode_of([default, *users])
    if chosen == AUTO and resolve_auto is not None:
        chosen = resolve_auto()
    final = Layer({"memory": {"mode": chosen}})
    return _validate([default, *_mode_layers(chosen), *users, final])


def memory_modes() -> tuple[str, ...]:
    """Names a memory mode can have: 'auto', then one per YAML of configs/memory."""
    return (AUTO, *sorted(path.stem for path in (bundled_folder("configs") / "memory").glob("*.yaml")))


def _mode_layers(mode: str) -> list[Layer]:
    """The overlay of a mode; none for 'auto', which names no budgets of its own."""
    if mode not in memory_modes():
        raise ConfigError(f"unknown memory mode '{mode}'.{did_you_mean(mode, memory_modes())}")
    if mode == AUTO:
        return []
    return [_yaml_layer(bundled_folder("configs") / "memory" / f"{mode}.yaml", f"memory/{mode}.yaml")]


def _mode_of(layers: Sequence[Layer]) -> str:
    """The mode the layers name, the last one winning."""
    memory = _merged(layers).get("memory")
    return str(memory.get("mode", AUTO)) if isinstance(memory, dict) else AUTO


def _file_layers(file: Path | None) -> list[Layer]:
    return [] if file is None else [_yaml_layer(file, str(file))]


def _yaml_layer(path: Path, origin: str) -> Layer:
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"config file '{path}' cannot be read ({error.strerror}). Check the path.") from error
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"config file '{path}' is not YAML: {reason}. Mend that place.") from error
    if values is None:
        values = {}
    if not isinstance(values, dict):
        raise ConfigError(
            f"config file '{path}' holds a {type(values).__name__}, not sections. Write `section:` lines."
        )
    return Layer(values, f"'{origin}'")


def _environment_layers() -> list[Layer]:
    return [
        Layer(_nested(key, _parsed(key, raw)), SETTINGS_PREFIX + key.upper().replace(".", "__"))
        for key, raw in environment_settings().items()
    ]


def _override_layer(override: str) -> Layer:
    key, equals, raw = override.partition("=")
    if not equals or not key.strip():
        raise ConfigError(f"setting '{override}' is not key=value. Write it as in surd.max_units=6.")
    return Layer(_nested(key.strip(), _parsed(key.strip(), raw)))


def _flag_layer(flags: Mapping[str, object]) -> Layer:
    return Layer(_merged([Layer(_nested(key, value)) for key, value in flags.items() if value is not None]))


def _parsed(key: str, raw: str) -> object:
    """A value as YAML; as it stands where the schema wants a text and YAML would make 'no' or '5' of it."""
    import yaml

    try:
        value = yaml.safe_load(raw)
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(f"setting '{key}': the value '{raw}' is not YAML. Put it in quotes.") from error
    field = section_field(Settings, key.split("."))
    wants_text = field is not None and field.annotation is str
    return raw if wants_text and not isinstance(value, str) else value


def _nested(key: str, value: object) -> dict[str, Any]:
    """'a.b' and 1 -> {'a': {'b': 1}}."""
    for part in reversed(key.split(".")):
        value = {part: value}
    assert isinstance(value, dict)
    return value


def _merged(layers: Iterable[Layer]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for layer in layers:
        _merge_into(merged, _sections(layer))
    return merged


def _sections(layer: Layer) -> dict[str, Any]:
    """The layer, a section without keys left out. Raises ConfigError where a plain value stands in a section's place:
    merging would hide it under the sections of other layers.
    """
    for key, value in layer.values.items():
        if is_section(Settings, key) and not isinstance(value, dict | None):
            raise ConfigError(section_refusal(Settings, key, layer.origin))
    return {key: value for key, value in layer.values.items() if not (is_section(Settings, key) and value is None)}


def _merge_into(target: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Sections merge key by key; anything else is replaced."""
    for key, value in values.items():
        if isinstance(value, dict):
            below = target.get(key)
            # A dict of its own, so that no layer is changed by the layers after it.
            target[key] = dict(below) if isinstance(below, dict) else {}
            _merge_into(target[key], value)
        else:
            target[key] = value


def _validate(layers: Sequence[Layer]) -> Settings:
    try:
        return Settings.model_validate(_merged(layers))
    except ValidationError as error:
        refused = [refusal(Settings, item, _origin_of(item["loc"], layers)) for item in error.errors()]
        raise ConfigError(" ".join(refused)) from error


def _origin_of(place: Sequence[int | str], layers: Sequence[Layer]) -> str:
    """The place of the last layer that sets a key."""
    for layer in reversed(layers):
        value: object = layer.values
        for part in place:
            value = value.get(part, _MISSING) if isinstance(value, dict) else _MISSING
        if value is not _MISSING:
            return layer.origin
    return ""


_MISSING = object()
