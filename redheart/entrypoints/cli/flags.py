"""The flags of one `redheart infer`, and the settings they make."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from redheart.entrypoints.cli.context import Doors

if TYPE_CHECKING:
    from redheart.config.schema import Settings


@dataclass(frozen=True, slots=True)
class InferFlags:
    """The flags of one `infer`, as given."""

    text: str | None
    file: Path | None
    stdin: bool
    memory_mode: str | None
    llm: str | None
    language: Literal["auto", "ko", "en"]
    options: tuple[str, ...]
    as_json: bool
    out: Path | None
    no_experience: bool
    monitor_memory: bool
    debug: bool
    config: Path | None
    overrides: tuple[str, ...]
    allow_degraded: tuple[str, ...]
    device: str | None

    def settings(self, doors: Doors | None = None) -> Settings:
        """The settings of this run; without `doors`, memory mode 'auto' is left open and nothing heavy is imported."""
        from redheart.config.load import load_settings

        flags: dict[str, object] = {
            "device": self.device,
            "llm.backend": self.llm,
            "experience.enabled": False if self.no_experience else None,
            "allow_degraded": self.allow_degraded or None,
        }
        early = load_settings(self.memory_mode, self.overrides, self.config, flags)
        if doors is None:
            return early
        return load_settings(
            self.memory_mode, self.overrides, self.config, flags, lambda: doors.choose_mode(early.device)
        )
