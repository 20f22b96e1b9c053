"""What is asked of a run otherwise than it was begun: each thing in words, by the flag that says it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePath
from typing import Final

from redheart.errors import ConfigError
from redheart.training.report.command import FLAGGED
from redheart.training.run.begun import flat

#: Settings that follow the machine, so that a resumed run may change them. Smaller micro-batches draw dropout anew, and
#: less disk leaves a crossover fewer epochs; nothing else follows from them.
FREE: Final = frozenset({"state_every", "disk_budget_mib", "device_budget_mib", "micro_batch"})
_FLAGS: Final = {
    "sweep": "--lr-sweep", "update": "--no-param-update", "encoder.name": "--encoder", "device": "--device",
    **{f"train.{key}": f"--{key.replace('_', '-')}" for key in FLAGGED},
}  # fmt: skip


def is_free(key: str) -> bool:
    """True for a fact that a resumed run may change."""
    return key.rpartition(".")[2] in FREE


def differing(stored: Mapping[str, str], asked: Mapping[str, str]) -> list[str]:
    """Facts of `asked` that the run has otherwise, but for those that are free."""
    found = [
        _one(key, stored.get(key, "absent"), value)
        for key, value in sorted(asked.items())
        if key != "preset" and not is_free(key) and stored.get(key, "absent") != value
    ]
    if stored.get("train.preset") == asked.get("train.preset"):
        found += _of_presets(stored.get("preset"), asked.get("preset"))
    return found


def differing_data(stored: Mapping[str, str], asked: Mapping[str, str]) -> list[str]:
    """Files (name -> SHA-256) that are not those of the run: a name says what its rows teach, its folder nothing."""
    gone, new = _files(stored) - _files(asked), _files(asked) - _files(stored)
    before, now = dict(gone.keys()), dict(new.keys())
    changed = [
        f"data file '{name}' has the SHA-256 '{now[name][:12]}…', the run has '{before[name][:12]}…'"
        for name in sorted(before.keys() & now.keys())
    ]
    added = [f"data file '{name}' is asked, the run has none such" for name in sorted(now.keys() - before.keys())]
    absent = [f"data file '{name}' is not asked, the run has it" for name in sorted(before.keys() - now.keys())]
    return [*changed, *added, *absent]


def refuse(folder: Path, settings: Iterable[str], data: Iterable[str] = ()) -> None:
    """Raises ConfigError that names every difference, if there is one."""
    settings, data = list(settings), list(data)
    if not (settings or data):
        return
    mends = ["Leave those settings out: --resume takes them from the run."] if settings else []
    mends += ["Give the files that it was begun with."] if data else []
    raise ConfigError(
        f"--resume: '{folder}' was begun otherwise: {'; '.join([*settings, *data])}. {' '.join(mends)} "
        "Or begin anew in another --out."
    )


def _one(key: str, before: str, now: str) -> str:
    return f"{_FLAGS.get(key, key)} is asked as '{now}', the run has '{before}'"


def _of_presets(stored: str | None, asked: str | None) -> list[str]:
    """A preset of the same name whose numbers are others now."""
    if stored is None or asked is None:
        return []
    before, now = dict(flat(json.loads(stored))), dict(flat(json.loads(asked)))
    return [
        _one(f"the YAML of the preset was changed: {key}", str(before.get(key, "absent")), str(now.get(key, "absent")))
        for key in sorted(before.keys() | now.keys())
        if before.get(key) != now.get(key)
    ]


def _files(data: Mapping[str, str]) -> Counter[tuple[str, str]]:
    return Counter((PurePath(name).name, digest) for name, digest in data.items())
