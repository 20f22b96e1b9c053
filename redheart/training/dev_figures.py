"""Every built-in task on its dev rows, as `redheart evaluate --split dev` judges them, in one file of the checkpoint.

    REDHEART_DATA=<folders> python -m redheart.training.dev_figures --checkpoint models/compact [--out FILE]

What thresholds and calibration need is fitted first where it is not yet: redheart.training.evaluation.fit.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import Field

from redheart.config.load import load_settings
from redheart.encoders.build import BUNDLED, checkpoint_folder
from redheart.errors import RedHeartError
from redheart.training.data import find_file
from redheart.training.evaluation.checkpoint_reads import CheckpointReads
from redheart.training.evaluation.evaluate import Run, evaluate
from redheart.training.evaluation.result import SplitResult
from redheart.training.evaluation.task_file import load_task, task_names
from redheart.training.whole_file import write_record
from redheart.types.base import Frozen

FILE: Final = "dev_figures.json"


class DevFigures(Frozen):
    """By task and data set, both joined by a slash; `lacking` names the tasks for which the checkpoint has no head."""

    checkpoint_sha256: str
    results: dict[str, SplitResult] = Field(default_factory=dict)
    lacking: tuple[str, ...] = ()


class Said:
    """One line a file, on standard error."""

    def begin(self, what: str) -> None:
        """Another file."""
        print(f"dev: {what}", file=sys.stderr, flush=True)

    def tell(self, done: int, total: int) -> None:
        """Nothing: a file takes a minute at most."""


def dev_figures(checkpoint: CheckpointReads) -> DevFigures:
    """Judge every task that has dev rows and a head. Raises what `evaluate` raises."""
    results: dict[str, SplitResult] = {}
    lacking: list[str] = []
    for name in task_names():
        loaded = load_task(name)
        if not {part.head for part in loaded[1].parts} <= set(checkpoint.heads):
            lacking.append(name)
            continue
        run = Run.of(loaded, checkpoint, Said())
        for data in loaded[1].dev:
            (judged,) = evaluate(run, [find_file(data)], "dev")
            results[f"{name}/{data}"] = judged.result.model_copy(update={"file": data})
    return DevFigures(checkpoint_sha256=checkpoint.digest, results=results, lacking=tuple(lacking))


def known_figures(checkpoint: CheckpointReads) -> DevFigures:
    """Those that lie beside the checkpoint, if they are of just these weights; else they are measured."""
    path = checkpoint.folder / FILE
    if path.exists():
        found = DevFigures.model_validate_json(path.read_text(encoding="utf-8"))
        if found.checkpoint_sha256 == checkpoint.digest:
            return found
    return dev_figures(checkpoint)


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code; 2 for what the user can mend."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--checkpoint", default=BUNDLED)
    parser.add_argument("--out", type=Path, help=f"{FILE} in the checkpoint's folder by default")
    given = parser.parse_args(arguments)
    try:
        folder = checkpoint_folder(given.checkpoint)
        found = dev_figures(CheckpointReads(folder, load_settings(None, (), None, {})))
        write_record(given.out or folder / FILE, found)
    except RedHeartError as error:
        print(f"dev figures: {error}", file=sys.stderr)
        return error.exit_code
    for name, result in found.results.items():
        print(name, {metric: round(value, 4) for metric, value in result.metrics.items() if value is not None})
    return 0


if __name__ == "__main__":
    sys.exit(main())
