"""What makes two runs the same run: a resumed run must agree with what is on disk, word for word."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import PurePath

from pydantic import ValidationError

from redheart.errors import CheckpointError, ConfigError, InputError
from redheart.training.run.begun import Begun
from redheart.training.run.differences import differing, differing_data, is_free, refuse
from redheart.training.run.folder import RunFolder
from redheart.training.whole_file import write_record
from redheart.types.base import Frozen


class Identity(Frozen):
    """What was asked, and of what. `facts` are settings by dotted name, everything as text."""

    facts: dict[str, str]
    data: dict[str, str]  # file -> SHA-256
    machine: dict[str, str]  # versions and device: they may differ, and are then said
    begun: Begun | None = None  # null in a record that does not know it: it decides nothing

    @property
    def run(self) -> str:
        """Digest of what decides the figures: 16 hex digits."""
        decisive = {key: value for key, value in self.facts.items() if not is_free(key)}
        plain = json.dumps([decisive, _sets(self.data)], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(plain.encode()).hexdigest()[:16]


def begin(folder: RunFolder, identity: Identity, resume: bool) -> list[str]:
    """Make the folder this run's, or find that it already is. What of the machine has changed since, in words.

    Raises ConfigError where the folder holds a run and `resume` is false, or holds another run; InputError where it
    cannot be written; CheckpointError for a damaged record.
    """
    refuse_folder(folder, resume)
    if resume:
        return _go_on(folder, identity)
    _clear(folder)
    _make(folder, identity)
    return []


def refuse_other_run(folder: RunFolder, facts: Mapping[str, str], data: Mapping[str, str]) -> None:
    """Raises ConfigError naming every setting and file that is not the run's; CheckpointError for a damaged record."""
    stored = read_identity(folder)
    absent = dict.fromkeys(stored.facts.keys() - facts.keys(), "absent")
    refuse(folder.path, differing(stored.facts, absent | dict(facts)), differing_data(stored.data, data))


def refuse_folder(folder: RunFolder, resume: bool) -> None:
    """Raises ConfigError where the folder holds a run and `resume` is false, or none and it is true."""
    there = folder.settings.exists()
    if there and not resume and not _gives_way(folder):
        raise ConfigError(
            f"--out '{folder.path}' holds a run already. Add --resume to go on with it, or choose another folder."
        )
    if resume and not there:
        raise ConfigError(f"--resume: '{folder.path}' holds no run. Leave --resume out to begin one.")


def read_identity(folder: RunFolder) -> Identity:
    """Raises CheckpointError for a record that is missing or damaged."""
    try:
        return Identity.model_validate_json(folder.settings.read_bytes())
    except OSError as error:
        raise CheckpointError(f"'{folder.settings}' cannot be read ({error.strerror}). Check --out.") from error
    except ValidationError as error:
        raise CheckpointError(f"'{folder.settings}' is no record of a run. Choose another --out.") from error


def _gives_way(folder: RunFolder) -> bool:
    """A run that changed no weight leaves nothing that a new run would spoil."""
    return read_identity(folder).facts.get("update") == "False"


def _clear(folder: RunFolder) -> None:
    """What a run without updates left, but for its sweep. Its state too: a run that is killed before its first one
    would else find it, and take it for another's.
    """
    left = (folder.steps, folder.epochs, folder.updates, folder.state, folder.oom, folder.crossover, folder.sessions)
    for path in (*left, folder.crossover_report, *folder.checkpoints.glob("*")):
        path.unlink(missing_ok=True)


def _make(folder: RunFolder, identity: Identity) -> None:
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        folder.checkpoints.mkdir(exist_ok=True)
        write_record(folder.settings, identity)
    except OSError as error:
        raise InputError(
            f"--out '{folder.path}' cannot be written ({error.strerror}). Choose another place."
        ) from error


def _go_on(folder: RunFolder, asked: Identity) -> list[str]:
    refuse_other_run(folder, asked.facts, asked.data)
    stored = read_identity(folder)
    if asked.begun is not None and asked.begun != stored.begun:
        # The data may have moved: what --resume takes up is what was asked last.
        write_record(folder.settings, stored.model_copy(update={"begun": asked.begun}))
    return [
        f"{key} was '{stored.machine.get(key)}' when the run began, and is '{value}' now: figures may differ in their "
        "last digits"
        for key, value in asked.machine.items()
        if stored.machine.get(key) != value
    ]


def _sets(data: Mapping[str, str]) -> list[list[str]]:
    """Names with digests: the name of a file says what its rows teach, the folder it lies in says nothing."""
    return sorted([PurePath(name).name, digest] for name, digest in data.items())
