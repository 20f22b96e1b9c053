"""Epoch checkpoints deleted within the disk's budget, each with a record of why."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from redheart.training.report.json_lines import JsonLines, read_records
from redheart.training.run.figures import EpochFigures
from redheart.training.run.folder import RunFolder
from redheart.training.selection.retention import keep
from redheart.training.selection.sweet_spot import DroppedEpoch


def epoch_files(folder: RunFolder) -> dict[int, Path]:
    """Epoch -> its checkpoint, of those on disk, ascending."""
    found = {int(path.stem.removeprefix("epoch_")): path for path in folder.checkpoints.glob("epoch_*.safetensors")}
    return dict(sorted(found.items()))


def prune(folder: RunFolder, figures: Sequence[EpochFigures], budget_bytes: int) -> tuple[DroppedEpoch, ...]:
    """Delete what `keep` drops, once the newest epoch is written: until then the disk holds one file more."""
    files = epoch_files(folder)
    largest = max((path.stat().st_size for path in files.values()), default=0)
    dropped = keep(figures, files, largest, budget_bytes).dropped
    _record(folder, dropped)
    for one in dropped:
        files[one.epoch].unlink()
    return dropped


def dropped_epochs(folder: RunFolder) -> tuple[DroppedEpoch, ...]:
    """The latest record of every epoch that is gone, ascending."""
    path = _records(folder)
    latest = {one.epoch: one for one in (read_records(path, DroppedEpoch) if path.exists() else ())}
    there = epoch_files(folder)
    return tuple(one for epoch, one in sorted(latest.items()) if epoch not in there)


def _record(folder: RunFolder, dropped: Sequence[DroppedEpoch]) -> None:
    """On disk before anything is deleted: a killed run leaves a record too many, never one too few."""
    if dropped:
        with JsonLines(_records(folder), DroppedEpoch) as file:
            for one in dropped:
                file.append(one)


def _records(folder: RunFolder) -> Path:
    return folder.checkpoints / "dropped.jsonl"
