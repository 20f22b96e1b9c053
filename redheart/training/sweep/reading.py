"""A sweep that came to its end, read again."""

from __future__ import annotations

from pydantic import ValidationError

from redheart.errors import InputError
from redheart.training.run.folder import RunFolder
from redheart.training.sweep.result import SweepResult


def read_sweep(folder: RunFolder) -> SweepResult:
    """`hierarchical_lr_sweep.json`. Raises InputError if it is damaged."""
    path = folder.sweep_report
    try:
        return SweepResult.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise InputError(
            f"'{path}' cannot be read as a sweep. Restore the file, or begin anew in another --out."
        ) from error
