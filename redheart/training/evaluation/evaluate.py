"""Files of labelled rows and a task -> results, a split each."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from redheart.errors import ConfigError, InputError
from redheart.training.evaluation.answering import judges_of
from redheart.training.evaluation.documents import documents_of
from redheart.training.evaluation.fits import Calibration, Fits, PartFit, read_fits
from redheart.training.evaluation.fitting import Applied, apply_fit, find_fit
from redheart.training.evaluation.judging import PartFigures, judge_part
from redheart.training.evaluation.kinds import Judge
from redheart.training.evaluation.reading import read_documents
from redheart.training.evaluation.reads import Checkpoint
from redheart.training.evaluation.result import Judged, SplitResult
from redheart.training.evaluation.rows import FileRow, chosen_splits, read_file
from redheart.training.evaluation.task import BinaryPart, Task
from redheart.training.evaluation.truths import Truths, truths_of
from redheart.types.situation import Language

OfLanguages = dict[Language, PartFit | None]


class Watch(Protocol):
    """Who is told how far it is."""

    def begin(self, what: str) -> None:
        """Something else is counted from now on."""
        ...

    def tell(self, done: int, total: int) -> None:
        """So many are done, of so many."""
        ...


@dataclass(frozen=True, slots=True)
class Run:
    """One task on one checkpoint, with a judge a part."""

    name: str
    task: Task
    judges: tuple[Judge, ...]
    checkpoint: Checkpoint
    watch: Watch

    @classmethod
    def of(cls, named: tuple[str, Task], checkpoint: Checkpoint, watch: Watch) -> Run:
        """Raises CheckpointError naming a head that is not there, ConfigError for an output that is not."""
        return cls(*named, judges_of(named[1], checkpoint), checkpoint, watch)


@dataclass(frozen=True, slots=True)
class Split:
    """Rows of one split of a file, with what each part holds to be true of them."""

    path: Path
    name: str
    rows: list[FileRow]
    truths: tuple[Truths, ...]


def evaluate(run: Run, files: Sequence[Path], split: str | None) -> list[Judged]:
    """Every chosen split of every file. All that can be refused is refused before anything is read.

    Raises InputError, ConfigError, CheckpointError.
    """
    fits = read_fits(run.checkpoint)
    splits = [found for file in files for found in splits_of(run, file, split)]
    found = [[_fits_of(run, judge, fits, each) for judge in run.judges] for each in splits]
    return [_judged(run, each, of_parts) for each, of_parts in zip(splits, found, strict=True)]


def splits_of(run: Run, path: Path, asked: str | None) -> list[Split]:
    """The chosen splits of a file, checked. Raises InputError."""
    by_name, fields = read_file(path, run.task), run.task.fields
    return [
        Split(path, name, by_name[name], tuple(truths_of(judge, by_name[name], fields, path) for judge in run.judges))
        for name in chosen_splits(path, list(by_name), asked)
    ]


def raw_of(run: Run, split: Split) -> dict[str, np.ndarray]:
    """Head -> (rows, documents a row, outputs)."""
    run.watch.begin(f"reading {split.path.name}, {split.name}")
    try:
        documents = documents_of(split.rows, run.task.read)
    except InputError as error:
        raise InputError(f"data file '{split.path}', split '{split.name}': {error}") from error
    heads = sorted({judge.reading.head for judge in run.judges})
    raw = read_documents(run.checkpoint, documents, heads, run.watch.tell)
    return {head: values.reshape(len(split.rows), -1, values.shape[1]) for head, values in raw.items()}


def logits_of(run: Run, judge: Judge, raw: dict[str, np.ndarray], split: Split, truths: Truths) -> np.ndarray:
    """Of the rows that the part keeps, in the shape of its kind; centred where it asks for that. Raises ConfigError."""
    reading, neutral = judge.reading, run.checkpoint.neutral_utility
    logits = judge.logits(raw[reading.head][:, :, list(reading.columns)][truths.kept])
    if not reading.centred:
        return logits
    languages = [split.rows[place].language for place in truths.kept]
    if missing := {*languages} - {*neutral}:
        raise ConfigError(f"the checkpoint has no neutral utility of language '{min(missing)}'. Give rows of another.")
    centred: np.ndarray = logits - np.array([neutral[language] for language in languages])
    return centred


def _fits_of(run: Run, judge: Judge, fits: Fits, split: Split) -> OfLanguages:
    """The part's fits in the languages of the rows. Raises CheckpointError where one decides and is missing."""
    languages = sorted({row.language for row in split.rows})
    if isinstance(judge.part, BinaryPart) and judge.part.calibrated_by is not None:
        return {language: _borrowed(judge.part.calibrated_by, fits, language) for language in languages}
    return {language: find_fit(judge, fits, (run.name, language), run.checkpoint) for language in languages}


def _borrowed(task: str, fits: Fits, language: Language) -> PartFit | None:
    """The slope of another task of one part, without an offset."""
    parts = list(fits.tasks.get(task, {}).get(language, {}).values())
    if len(parts) != 1:
        return None
    scale = parts[0].calibration.scales[0][0]
    return parts[0].model_copy(update={"calibration": Calibration(scales=((scale, 0.0),))})


def _judged(run: Run, split: Split, fits: Sequence[OfLanguages]) -> Judged:
    # Weights and segmenters load at the first text, which must not count as reading it.
    read_documents(run.checkpoint, documents_of(split.rows[:1], run.task.read), [run.judges[0].reading.head], _nobody)
    begun = time.perf_counter()
    raw = raw_of(run, split)
    seconds = time.perf_counter() - begun
    figures: dict[str, PartFigures] = {}
    for judge, truths, by_language in zip(run.judges, split.truths, fits, strict=True):
        if len(truths.kept):
            logits = logits_of(run, judge, raw, split, truths)
            applied = _applied(judge, by_language, logits, truths, split)
            figures[judge.part.name] = judge_part(judge, logits, truths, applied, len(split.rows))
    return Judged(
        _result(split, figures, len(split.rows) / seconds),
        {
            judge.part.name: (judge, figures[judge.part.name].answers)
            for judge in run.judges
            if judge.part.name in figures
        },
    )


def _nobody(done: int, total: int) -> None:
    """Is told."""


def _applied(judge: Judge, fits: OfLanguages, logits: np.ndarray, truths: Truths, split: Split) -> Applied:
    """Language by language."""
    rows = [split.rows[place] for place in truths.kept]
    parts: list[tuple[np.ndarray, Applied]] = []
    for language, fit in fits.items():
        places = np.array([place for place, row in enumerate(rows) if row.language == language], dtype=np.intp)
        if len(places):
            of_language = [rows[place] for place in places]
            parts.append((places, apply_fit(judge, fit, logits[places], truths.values[places], of_language)))
    order = np.concatenate([places for places, _ in parts]).argsort()
    calibrated = [each.calibrated for _, each in parts]
    return Applied(
        None if any(each is None for each in calibrated) else np.concatenate(calibrated)[order],  # type: ignore[arg-type]
        np.concatenate([each.guess for _, each in parts])[order],
        parts[0][1].fitted,
    )


def _result(split: Split, figures: dict[str, PartFigures], rate: float) -> SplitResult:
    every = list(figures.values())
    notes = [note for each in every for note in each.notes]
    if not every:
        notes.append("no row has an answer: nothing is measured")
    fitted = sorted({each.part.fitted for each in every if each.part.fitted})
    return SplitResult(
        split=split.name,
        n=max((each.part.n for each in every), default=0),
        metrics={name: value for each in every for name, value in each.metrics.items()},
        baseline={name: value for each in every for name, value in each.baseline.items()},
        ci95={name: value for each in every for name, value in each.ci95.items()},
        rows_per_second=round(rate, 2),
        file=str(split.path),
        languages=tuple(sorted({row.language for row in split.rows})),
        fitted="; ".join(fitted) or None,
        notes=tuple(dict.fromkeys(notes)),
        parts={name: each.part for name, each in figures.items()},
    )
