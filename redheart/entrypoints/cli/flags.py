"""The flags of one `redheart infer`, and the settings they make."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from redheart.entrypoints.cli.context import Doors
from redheart.errors import ConfigError

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
    memory_timeline: Path | None
    surd_plot: Path | None
    debug: bool
    config: Path | None
    overrides: tuple[str, ...]
    allow_degraded: tuple[str, ...]
    device: str | None

    def settings(self, doors: Doors | None = None) -> Settings:
        """The settings of this run; without `doors`, memory mode 'auto' is left open and nothing heavy is imported.

        Raises ConfigError, for an unknown LLM too.
        """
        from redheart.config.load import load_settings
        from redheart.llm import check_llm_name

        flags: dict[str, object] = {
            "device": self.device,
            "llm.backend": self.llm,
            "experience.enabled": False if self.no_experience else None,
            "allow_degraded": self._parts_that_may_be_skipped() or None,
        }
        early = load_settings(self.memory_mode, self.overrides, self.config, flags)
        check_llm_name(early.llm.backend)
        if doors is None:
            return early
        return load_settings(
            self.memory_mode, self.overrides, self.config, flags, lambda: doors.choose_mode(early.device)
        )

    def _parts_that_may_be_skipped(self) -> tuple[str, ...]:
        from redheart.config.refusals import did_you_mean
        from redheart.config.schema import DEGRADABLE

        for part in self.allow_degraded:
            if part not in DEGRADABLE:
                raise ConfigError(f"--allow-degraded '{part}': no such part.{did_you_mean(part, DEGRADABLE)}")
        return self.allow_degraded
