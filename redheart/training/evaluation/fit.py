"""Fits thresholds and calibration on dev rows: python -m redheart.training.evaluation.fit --checkpoint DIR."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from redheart.config.environment import DATA_FOLDERS
from redheart.config.load import load_settings
from redheart.encoders.build import BUNDLED, checkpoint_folder
from redheart.errors import CheckpointError, ConfigError, InputError, RedHeartError
from redheart.training.data import find_file
from redheart.training.evaluation.checkpoint_reads import CheckpointReads
from redheart.training.evaluation.evaluate import Run, Split, logits_of, raw_of, splits_of
from redheart.training.evaluation.fits import FILE, Fits, PartFit, read_fits, write_fits
from redheart.training.evaluation.fitting import fit_part
from redheart.training.evaluation.kinds import Judge
from redheart.training.evaluation.reads import Checkpoint
from redheart.training.evaluation.task import Task
from redheart.training.evaluation.task_file import load_task, task_names
from redheart.training.evaluation.truths import Truths
from redheart.types.situation import Language

TaskFits = dict[Language, dict[str, PartFit]]


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit the tasks that are named, else all built-in ones whose sets are there; what is fitted already is kept."""
    given = _parser().parse_args(arguments)
    try:
        settings = load_settings(None, (), None, {"device": given.device})
        checkpoint = CheckpointReads(checkpoint_folder(given.checkpoint), settings)
        _fit_all(checkpoint, tuple(given.task), tuple(given.data), given.split, given.out)
    except RedHeartError as error:
        print(f"fit: {error}", file=sys.stderr)
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="redheart.training.evaluation.fit", description=__doc__)
    parser.add_argument("--checkpoint", default=BUNDLED, help="a folder; the one that travels along by default")
    parser.add_argument("--task", nargs="*", default=(), help="built-in tasks, or YAMLs; all built-in ones by default")
    parser.add_argument(
        "--data", nargs="*", type=Path, default=(), help=f"files; by default the sets in {DATA_FOLDERS}"
    )
    parser.add_argument("--split", default="dev", help="which rows of them")
    parser.add_argument("--out", type=Path, default=None, help=f"{FILE} in the checkpoint's folder by default")
    parser.add_argument("--device", default="auto", help="auto, cpu or cuda")
    return parser


def _fit_all(
    checkpoint: Checkpoint, asked: tuple[str, ...], data: tuple[Path, ...], split: str, out: Path | None
) -> None:
    if data and len(asked) != 1:
        raise ConfigError(f"--data is given for '{len(asked)}' tasks. Name one by --task.")
    fits = _kept(checkpoint)
    for given in asked or task_names():
        name, task = load_task(given)
        if not data and not task.dev:
            if asked:
                _refuse_unfitted(name, task)
            continue
        try:
            run = Run.of((name, task), checkpoint, _Lines())
            files = data or tuple(find_file(each) for each in task.dev)
        except (CheckpointError, InputError) as error:
            if asked:
                raise
            print(f"fit: task '{name}' is left out: {error}", file=sys.stderr)
            continue
        fits = fits.model_copy(update={"tasks": {**fits.tasks, name: fit_task(run, files, split)}})
        write_fits(fits, out or checkpoint.folder / FILE)
        print(f"fit: task '{name}': {', '.join(fits.tasks[name]) or 'nothing to fit'}", file=sys.stderr)


def _refuse_unfitted(name: str, task: Task) -> None:
    """Raises ConfigError for a task that names no sets, unless nothing of it is ever fitted."""
    if any(part.kind != "scores" and not (part.kind == "binary" and part.threshold == "sign") for part in task.parts):
        raise ConfigError(f"task '{name}' names no sets to fit on. Give dev rows by --data.")
    print(f"fit: task '{name}': nothing to fit", file=sys.stderr)


def _kept(checkpoint: Checkpoint) -> Fits:
    """What was fitted for these weights before; nothing of it where the weights are other ones now."""
    try:
        return read_fits(checkpoint)
    except CheckpointError as error:
        print(f"fit: {error} All tasks that are not fitted now are dropped.", file=sys.stderr)
        return Fits(weights_sha256=checkpoint.digest, tasks={})


def fit_task(run: Run, files: Sequence[Path], split: str) -> TaskFits:
    """By language: files of one language each, or rows of several. Raises InputError."""
    found: TaskFits = {}
    for file in files:
        for each in splits_of(run, file, split):
            raw = raw_of(run, each)
            for judge, truths in zip(run.judges, each.truths, strict=True):
                logits = logits_of(run, judge, raw, each, truths)
                for language, fit in _by_language(judge, each, truths, logits):
                    if judge.part.name in found.setdefault(language, {}):
                        raise InputError(f"data file '{file}' is a second one of language '{language}'. Fit on one.")
                    found[language][judge.part.name] = fit
    return found


def _by_language(judge: Judge, split: Split, truths: Truths, logits: np.ndarray) -> list[tuple[Language, PartFit]]:
    rows = [split.rows[place] for place in truths.kept]
    found: list[tuple[Language, PartFit]] = []
    for language in sorted({row.language for row in rows}):
        places = [at for at, row in enumerate(rows) if row.language == language]
        fit = fit_part(judge, logits[places], truths.values[places], [rows[at] for at in places])
        if fit is not None:
            found.append((language, fit))
    return found


class _Lines:
    """Progress as plain lines on standard error, a tenth each."""

    def __init__(self) -> None:
        self._what, self._tenth = "", 0

    def begin(self, what: str) -> None:
        """Something else is counted."""
        self._what, self._tenth = what, 0

    def tell(self, done: int, total: int) -> None:
        """Another tenth."""
        if total and done * 10 // total > self._tenth:
            self._tenth = done * 10 // total
            print(f"fit: {self._what}: {done:,} of {total:,}", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
