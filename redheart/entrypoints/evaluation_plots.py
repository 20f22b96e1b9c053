"""The pictures of an evaluation: which there are of each part, and what their files are called."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from redheart.entrypoints.evaluation_confusion import draw_confusion
from redheart.entrypoints.evaluation_labels import draw_labels
from redheart.entrypoints.evaluation_reliability import draw_reliability
from redheart.training.corpus.sources import SUFFIXES

if TYPE_CHECKING:
    from redheart.training.evaluation.result import Judged


def draw_evaluation(task: str, found: Sequence[Judged], folder: Path) -> list[Path]:
    """`<file>-<split>[-<part>]-{confusion,reliability,labels}.png`, as far as a part has them.

    Raises InputError if the disk refuses.
    """
    drawn: list[Path] = []
    names = _names(found)
    for name, judged in zip(names, found, strict=True):
        several = len(judged.answers) > 1
        for part, (judge, answers) in judged.answers.items():
            stem = f"{name}-{judged.result.split}{f'-{part}' if several else ''}"
            shown = f"{f'{part}: ' if several else ''}{name}, {judged.result.split}"
            title = shown if name.startswith(task) else f"{task}: {shown}"
            pictures = {
                "confusion": draw_confusion(judge, answers, title, folder / f"{stem}-confusion.png"),
                "reliability": draw_reliability(judge, answers, title, folder / f"{stem}-reliability.png"),
                "labels": draw_labels(judge, judged.result.parts[part], title, folder / f"{stem}-labels.png"),
            }
            drawn.extend(folder / f"{stem}-{kind}.png" for kind, there in pictures.items() if there)
    return drawn


def _names(found: Sequence[Judged]) -> list[str]:
    """Of the files; with a number where two in different folders are called alike."""
    files = list(dict.fromkeys(judged.result.file for judged in found))
    stems = {file: _stem(Path(file).name) for file in files}
    called = list(stems.values())
    return [
        stem if called.count(stem) == 1 else f"{stem}-{files.index(judged.result.file) + 1}"
        for judged in found
        for stem in (stems[judged.result.file],)
    ]


def _stem(name: str) -> str:
    return next((name.removesuffix(ending) for ending in SUFFIXES if name.endswith(ending)), Path(name).stem)
