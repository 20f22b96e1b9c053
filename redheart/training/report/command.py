"""The command that repeats a run: what differs from the defaults, and nothing else."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import BaseModel

from redheart.config.schema import Settings
from redheart.training.run.asked import Asked

#: Keys of the section `train` that have a flag of their own; the others go by --set.
FLAGGED: Final = (
    "preset", "samples", "epochs", "batch_size", "micro_batch", "lr", "seed", "precision", "optimizer",
    "gradient_checkpointing", "compile", "label_smoothing", "r_drop", "ema", "layer_decay",
)  # fmt: skip
#: Sections that decide what a run computes.
_SECTIONS: Final = ("encoder", "model")


def command_of(asked: Asked, settings: Settings, resume: bool = False) -> str:
    """`redheart train …` with every setting that differs from its default, paths as short as they can be said.

    `resume` adds --resume. Settings that a file or a variable gave are spelled out, so the command needs neither.
    """
    words = ["redheart", "train", *_train_words(asked, settings)]
    words += [*_paths("--data", asked.data), *_switches(asked), *_paths("--out", (asked.folder.path,))]
    return " ".join([*words, "--resume"] if resume else words)


def said_path(path: Path) -> str:
    """A path as one says it aloud: below the current folder without it, below the home folder as ~/…"""
    whole = path.expanduser().absolute()
    for base, sign in ((Path.cwd(), ""), (Path.home(), "~/")):
        if whole.is_relative_to(base):
            return sign + str(whole.relative_to(base))
    return str(path)


def _train_words(asked: Asked, settings: Settings) -> Iterator[str]:
    default = type(asked.settings)()
    for key in FLAGGED:
        value = getattr(asked.settings, key)
        if value != getattr(default, key):
            yield _flag(key, value)
    if settings.device != "auto":
        yield f"--device {settings.device}"
    changed = [pair for pair in _changes("train", asked.settings, default) if pair[0].split(".")[1] not in FLAGGED]
    for name in _SECTIONS:
        section = getattr(settings, name)
        changed += _changes(name, section, type(section)())
    for key, value in changed:
        yield f"--set {shlex.quote(f'{key}={_yaml(value)}')}"


def _changes(prefix: str, section: BaseModel, default: BaseModel) -> Iterator[tuple[str, object]]:
    """Dotted keys with values that are not the default's."""
    for name in type(section).model_fields:
        value, usual = getattr(section, name), getattr(default, name)
        if isinstance(value, BaseModel) and isinstance(usual, BaseModel):
            yield from _changes(f"{prefix}.{name}", value, usual)
        elif value != usual:
            yield f"{prefix}.{name}", value


def _flag(key: str, value: object) -> str:
    name = f"--{key.replace('_', '-')}"
    return name if value is True else f"{name} {shlex.quote(str(value))}"


def _yaml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _switches(asked: Asked) -> Iterator[str]:
    given = {
        "--lr-sweep": asked.sweep,
        "--no-param-update": not asked.update,
        "--no-plots": not asked.plots,
        "--tensorboard": asked.tensorboard,
    }
    return (name for name, wanted in given.items() if wanted)


def _paths(option: str, paths: tuple[Path, ...]) -> Iterator[str]:
    """The option once, then every path: `--data A B C`. A home sign must stay outside of quotes."""
    for place, path in enumerate(paths):
        said = said_path(path)
        quoted = f"~/{shlex.quote(said[2:])}" if said.startswith("~/") else shlex.quote(said)
        yield f"{option} {quoted}" if place == 0 else quoted
