"""What `redheart train --resume` takes up of the run in --out: all that was asked of it, where nothing is said now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from redheart.errors import ConfigError, InputError

if TYPE_CHECKING:
    from redheart.config.schema import Settings
    from redheart.training.run.begun import Begun
    from redheart.training.run.folder import RunFolder

#: Of what is no setting of training itself, what decides figures; a device or a number of threads may change.
_DECISIVE: Final = frozenset({"encoder.name", "encoder.revision", "encoder.prefix", "encoder.precision"})


def begun_in(folder: RunFolder, complete: bool) -> Begun | None:
    """What its run was asked. None where the record does not hold it and the flags are `complete` without.

    Raises ConfigError where they are not, CheckpointError for a damaged record.
    """
    from redheart.training.run.identity import read_identity

    begun = read_identity(folder).begun
    if begun is None and not complete:
        raise ConfigError(
            f"--resume: '{folder.settings}' does not hold settings and data paths to take up, as records of other "
            "versions do not. Give --data and every flag that the run was begun with."
        )
    return begun


def taken_up(now: Settings, begun: Begun, folder: Path, switches: Mapping[str, bool]) -> Settings:
    """`now`, with what the run was begun with in place of all that no flag, file or variable names.

    `switches` are 'sweep' and 'update' as far as they were given. Raises ConfigError naming all that is said otherwise.
    """
    from redheart.training.run.begun import said
    from redheart.training.run.differences import differing, is_free, refuse

    given = said(now)
    decisive = {key: value for key, value in given.items() if key.startswith("train.") or key in _DECISIVE}
    before = {key: str(value) for key, value in begun.settings.items()}
    before |= {"sweep": str(begun.sweep), "update": str(begun.update)}
    asked = {key: str(value) for key, value in {**decisive, **switches}.items()}
    refuse(folder, differing(before, asked))
    free = {key: value for key, value in given.items() if key not in decisive or is_free(key)}
    return _settings(now, begun.settings | free, folder)


def data_of(begun: Begun, folder: Path) -> tuple[Path, ...]:
    """Where the data of the run lie. Raises InputError for a path that is no longer there."""
    for path in begun.paths:
        if not path.exists():
            raise InputError(
                f"--resume: '{path}', data of the run in '{folder}', does not exist any more. Name with --data where "
                "the data lie now."
            )
    return begun.paths


def _settings(now: Settings, values: Mapping[str, object], folder: Path) -> Settings:
    from pydantic import ValidationError

    from redheart.config.schema import Settings

    whole = now.model_dump()
    for key, value in values.items():
        _put(whole, key, value)
    try:
        return Settings.model_validate(whole)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ConfigError(
            f"--resume: this version does not know the setting '{place}' of the run in '{folder}', or not its value. "
            "Go on with the version that began it, or begin anew in another --out."
        ) from error


def _put(nested: dict[str, Any], key: str, value: object) -> None:
    *sections, last = key.split(".")
    for section in sections:
        nested = nested.setdefault(section, {})
    nested[last] = value
