"""What dev rows taught about the outputs of a checkpoint: `tasks.json` in its folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from redheart.errors import CheckpointError
from redheart.training.evaluation.reads import Checkpoint
from redheart.training.whole_file import write_record
from redheart.types.base import Frozen
from redheart.types.situation import Language

FILE: Final = "tasks.json"
COMMAND: Final = "python -m redheart.training.evaluation.fit"


class Calibration(Frozen):
    """P = sigmoid or softmax of scale * logit + offset, a pair an output or one for all of them.

    `thresholds`, an output each, are on the logit as it was read; none where the decision needs none.
    """

    scales: tuple[tuple[float, float], ...] = Field(description="(scale, offset)")
    thresholds: tuple[float, ...] = ()


class PartFit(Frozen):
    """One part of a task in one language."""

    head: str
    outputs: tuple[str, ...]
    rows: int
    rows_sha256: str = Field(description="of the rows it was fitted on, whatever their order")
    positive_share: float | None = Field(None, description="of those rows; for one logit only")
    calibration: Calibration


class Fits(Frozen):
    """Task -> language -> part -> its fit, all for the weights of one digest."""

    format: Literal["redheart-tasks-1"] = "redheart-tasks-1"
    weights_sha256: str
    tasks: dict[str, dict[Language, dict[str, PartFit]]]

    def find(self, task: str, language: Language, part: str) -> PartFit | None:
        """None where nothing was fitted."""
        return self.tasks.get(task, {}).get(language, {}).get(part)


def read_fits(checkpoint: Checkpoint) -> Fits:
    """Empty where there is no file. Raises CheckpointError for a damaged file, or one for other weights."""
    path = checkpoint.folder / FILE
    if not path.exists():
        return Fits(weights_sha256=checkpoint.digest, tasks={})
    mend = f"Fit anew: {COMMAND} --checkpoint {checkpoint.folder}."
    try:
        fits = Fits.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CheckpointError(f"'{path}' cannot be read ({error.strerror}). {mend}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CheckpointError(f"'{path}' does not hold thresholds: {where}: {first['msg']}. {mend}") from error
    except ValueError as error:
        raise CheckpointError(f"'{path}' is not JSON ({error}). {mend}") from error
    if fits.weights_sha256 != checkpoint.digest:
        raise CheckpointError(
            f"'{path}' was fitted for other weights ('{fits.weights_sha256[:12]}…', these are "
            f"'{checkpoint.digest[:12]}…'). {mend}"
        )
    return fits


def write_fits(fits: Fits, path: Path) -> None:
    """Whole or not at all."""
    write_record(path, fits)
