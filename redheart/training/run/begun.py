"""What a run was asked, in full: `--resume` alone asks for it again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from pydantic import BaseModel, Field, JsonValue

from redheart.config.schema import Settings
from redheart.training.run.asked import Asked
from redheart.types.base import Frozen

#: What of the settings a run reads.
SECTIONS: Final = ("device", "encoder", "model", "train")


class Begun(Frozen):
    """One request, with the settings of every layer that had a say in it."""

    settings: dict[str, JsonValue] = Field(description="dotted key -> value, of everything that a run reads")
    data: tuple[str, ...] = Field(description="files and folders, absolute; below the home folder as ~/…")
    sweep: bool
    update: bool
    plots: bool
    tensorboard: bool

    @classmethod
    def of(cls, asked: Asked, settings: Settings) -> Begun:
        """What is asked now."""
        whole = settings.model_copy(update={"train": asked.settings}).model_dump(mode="json", include=set(SECTIONS))
        return cls(
            settings=dict(flat(whole)),
            data=tuple(_portable(path) for path in asked.data),
            sweep=asked.sweep,
            update=asked.update,
            plots=asked.plots,
            tensorboard=asked.tensorboard,
        )

    @property
    def paths(self) -> tuple[Path, ...]:
        """Where the data lay."""
        return tuple(Path(path).expanduser() for path in self.data)


def flat(values: Mapping[str, JsonValue], prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
    """Nested values by dotted keys."""
    for key, value in values.items():
        if isinstance(value, Mapping):
            yield from flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def said(settings: BaseModel, prefix: str = "") -> dict[str, JsonValue]:
    """Dotted keys that some layer of settings named, with their values; what was left to defaults is not there."""
    found: dict[str, JsonValue] = {}
    for key in settings.model_fields_set:
        value = getattr(settings, key)
        if isinstance(value, BaseModel):
            found |= said(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return {key: value for key, value in sorted(found.items()) if prefix or key.partition(".")[0] in SECTIONS}


def _portable(path: Path) -> str:
    whole, home = path.expanduser().absolute(), Path.home()
    return f"~/{whole.relative_to(home)}" if whole.is_relative_to(home) else str(whole)
