"""Presets: the sizes of a model and the parameters planned for each of its modules, read from YAML."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from redheart.config.bundled import bundled_folder
from redheart.config.refusals import did_you_mean, refusal
from redheart.errors import ConfigError
from redheart.nn.network.sizes import GROUPS, AnalyzerSizes, AuxiliarySizes, HeadSizes, WrapperSizes
from redheart.types.base import Frozen

Family = Literal["sentences", "tokens"]


class Preset(Frozen):
    """What presets of both families say. `tokens` reads a sentence's tokens, `sentences` its vector."""

    name: str = Field(min_length=1)
    family: Family
    width: int = Field(ge=2, description="d, of the states")
    layers: int = Field(ge=1, le=200, description="layers of the backbone")
    attention_heads: int = Field(ge=1)
    feed_forward: int = Field(ge=1, description="inner width of the backbone's feed-forward blocks")
    dropout: float = Field(ge=0, lt=1, description="in training only")
    planned: dict[str, int] = Field(description="module -> planned parameters, the encoder's dimension being 384")
    tolerance: float = Field(0.02, ge=0, lt=1, description="largest relative deviation of a module from its plan")
    total_tolerance: float = Field(0.02, ge=0, lt=1, description="the same of the sum of all modules")

    @model_validator(mode="after")
    def _heads_fit(self) -> Self:
        # Rotary position turns the entries of a head two by two.
        if self.width % (2 * self.attention_heads):
            raise ValueError(f"width '{self.width}' is no even multiple of '{self.attention_heads}' attention heads")
        return self


class TokenPreset(Preset):
    """A preset of the compact family, by the fields of its architecture."""

    family: Literal["tokens"]
    encoder_dim: int = Field(ge=1)
    heads: tuple[str, ...]


class SentencePreset(Preset):
    """A preset of the network."""

    family: Literal["sentences"]
    projection: int = Field(ge=1, description="inner width of the projection of each task")
    head: HeadSizes
    analyzer: AnalyzerSizes
    auxiliary: AuxiliarySizes
    wrapper: WrapperSizes | None = None

    @model_validator(mode="after")
    def _experts_suffice(self) -> Self:
        mixture = self.head.emotion
        if mixture.chosen > mixture.experts:
            raise ValueError(f"'{mixture.chosen}' experts cannot be chosen of '{mixture.experts}'")
        return self

    def sizes(self) -> dict[str, Frozen]:
        """Part -> its sizes, in the order in which parts are built."""
        groups: dict[str, Frozen | None] = {group: getattr(self, group) for group in GROUPS}
        return {
            f"{group}.{name}": getattr(sizes, name)
            for group, sizes in groups.items()
            if sizes is not None
            for name in type(sizes).model_fields
        }


_FAMILIES: dict[str, type[SentencePreset] | type[TokenPreset]] = {"sentences": SentencePreset, "tokens": TokenPreset}


def preset_names() -> tuple[str, ...]:
    """One a YAML of configs/presets."""
    return tuple(sorted(path.stem for path in _folder().glob("*.yaml")))


def load_preset(name_or_path: str) -> Preset:
    """A bundled preset by name, or one of the user's by the path of its YAML.

    Raises ConfigError: unknown name, unreadable file, unknown key, size out of range.
    """
    if name_or_path.endswith((".yaml", ".yml")) or "/" in name_or_path:
        return preset_from(_yaml(Path(name_or_path)), f"'{name_or_path}'")
    if name_or_path not in preset_names():
        raise ConfigError(f"unknown preset '{name_or_path}'.{did_you_mean(name_or_path, preset_names())}")
    return preset_from(_yaml(_folder() / f"{name_or_path}.yaml"), f"'presets/{name_or_path}.yaml'")


def preset_from(values: Mapping[str, Any], origin: str) -> Preset:
    """Plain values -> a preset; `origin` names their place in a refusal. Raises ConfigError as `load_preset` does."""
    family = str(values.get("family"))
    if family not in _FAMILIES:
        raise ConfigError(f"setting 'family' in {origin}: unknown family '{family}'.{did_you_mean(family, _FAMILIES)}")
    kind = _FAMILIES[family]
    try:
        return kind.model_validate(dict(values))
    except ValidationError as error:
        raise ConfigError(" ".join(_refusal(kind, item, origin) for item in error.errors())) from error


def _refusal(kind: type[Preset], error: Any, origin: str) -> str:
    if error["loc"]:
        return refusal(kind, error, origin)
    return f"preset {origin}: {error['msg'].removeprefix('Value error, ')}."


def _folder() -> Path:
    return bundled_folder("configs") / "presets"


def _yaml(path: Path) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"preset file '{path}' cannot be read ({error.strerror}). Check the path.") from error
    except (yaml.YAMLError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise ConfigError(f"preset file '{path}' is not YAML: {reason}. Mend that place.") from error
    if not isinstance(values, dict):
        kind = type(values).__name__
        raise ConfigError(f"preset file '{path}' holds a {kind}, not settings. Write `key: value` lines.")
    return values
