"""What `redheart train --preset compact` asks for, and all that it refuses before anything is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from redheart.config.environment import DATA_FOLDERS, data_folders
from redheart.errors import ConfigError, InputError

if TYPE_CHECKING:
    from redheart.entrypoints.train_request import TrainFlags

PRESET: Final = "compact"
#: Parts of a run's folder, each the work of one stage.
PARTS: Final = ("reading", "own", "outside", "checkpoint", "research")


@dataclass(frozen=True, slots=True)
class CompactRequest:
    """`recipe` is a YAML as configs/train/compact.yaml, or None for that one.

    `research_heads`: a second checkpoint, OUT/research, has heads from sets for research only.
    """

    out: Path
    recipe: Path | None
    resume: bool
    as_json: bool
    research_heads: bool = False


def compact_request(flags: TrainFlags) -> CompactRequest:
    """Raises ConfigError for a flag that the recipe decides, InputError for a folder in use or missing data."""
    said = [key for key, value in flags.values.items() if value is not None and key != "train.preset"]
    said += list(flags.overrides)
    said += [name for name in ("lr_sweep", "no_param_update", "tensorboard", "dry_run") if getattr(flags, name)]
    if said or flags.data:
        name = said[0] if said else "--data"
        mend = (
            f"Name the folders in {DATA_FOLDERS}." if flags.data and not said else "Change a copy, give it by --config."
        )
        raise ConfigError(f"--preset compact: '{name}' is decided by its recipe, configs/train/compact.yaml. {mend}")
    if not data_folders():
        raise InputError(f"--preset compact needs its data sets. Set {DATA_FOLDERS} to the folders that hold them.")
    out = flags.out
    if out is None:
        raise ConfigError("--preset compact needs --out, a folder for the checkpoint and what leads to it.")
    _refuse_folder(out, flags.resume)
    return CompactRequest(out, flags.config, flags.resume, flags.as_json, flags.research_heads)


def _refuse_folder(out: Path, resume: bool) -> None:
    if out.exists() and not out.is_dir():
        raise InputError(f"--out '{out}' is a file. Name a folder.")
    begun = [part for part in PARTS if (out / part).exists()]
    if begun and not resume:
        raise InputError(f"--out '{out}' holds a run already ('{begun[0]}'). Add --resume to go on, or name another.")
    if resume and not begun:
        raise InputError(f"--resume: '{out}' holds no run. Leave --resume out to begin one.")
