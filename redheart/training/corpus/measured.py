"""Counts the data of a run: its report, with majority baselines and warnings."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from redheart.nn.network.targets import TARGETS, Target
from redheart.training.corpus.assembled import EmbeddedSample
from redheart.training.corpus.dataset import Dataset
from redheart.training.corpus.distribution import (
    BASELINE_IS,
    Chain,
    DataReport,
    LabelShare,
    SetReport,
    SplitSize,
    Spread,
    Sums,
    TargetReport,
    TargetSplit,
)
from redheart.training.corpus.doubts import doubts
from redheart.training.corpus.reading import ReadFile
from redheart.training.corpus.sample import SPLITS, SplitName
from redheart.training.corpus.split import Parted
from redheart.training.run.metrics import baseline_metrics

_NAMED_SUMS = 3  # lines of a file that are named


@dataclass(frozen=True, slots=True)
class Measured:
    """What is to be reported: files as read, samples as parted, those that were chosen, and as tensors."""

    asked: int
    files: Sequence[ReadFile]
    parted: Parted
    chosen: Mapping[SplitName, Sequence[EmbeddedSample]]
    splits: Mapping[SplitName, Dataset]


def report_of(measured: Measured) -> DataReport:
    """Everything that is said before training."""
    sets = tuple(_set(file, measured) for file in measured.files)
    targets = tuple(_target(TARGETS[name], measured.splits) for name in _labelled(measured.splits))
    return DataReport(
        samples_asked=measured.asked,
        sets=sets,
        splits={name: _size(data) for name, data in measured.splits.items()},
        targets=targets,
        baseline_is={target.kind: BASELINE_IS[target.kind] for target in targets},
        warnings=tuple(doubts(sets, targets)),
    )


def _set(file: ReadFile, measured: Measured) -> SetReport:
    chosen = {name: [each for each in measured.chosen[name] if each.sample.set_name == file.name] for name in SPLITS}
    used = [each for found in chosen.values() for each in found]
    by_group = measured.parted.dropped_by_group.get(file.name, 0)
    by_text = measured.parted.dropped_by_text.get(file.name, 0)
    decomposed = any(shares for each in used for shares in each.shares)
    return SetReport(
        name=file.name, file=file.path.name, kind=file.kind, licence=file.licence,
        targets=file.targets + (("surd",) if decomposed else ()), provenance=file.provenance, notes=file.notes,
        read=file.read, repeated=file.repeated, unlabelled=file.unlabelled,
        dropped_by_group=by_group, dropped_by_text=by_text,
        left_out=len(file.samples) - by_group - by_text - len(used),
        splits={name: len(found) for name, found in chosen.items()},
        languages=dict(sorted(Counter(each.sample.language for each in used).items())),
        documents=sum(len(each.vectors) for each in used),
        sentences=sum(len(vectors) for each in used for vectors in each.vectors),
        cut_documents=sum(cut > 0 for each in used for cut in each.cut),
        cut_sentences=sum(sum(each.cut) for each in used),
        sums=_sums(file),
        chain=_chain(file, measured.parted),
    )  # fmt: skip


def _sums(file: ReadFile) -> Sums | None:
    first = dict(itertools.islice(file.sums.items(), _NAMED_SUMS))
    return Sums(count=len(file.sums), first=first) if first else None


def _chain(file: ReadFile, parted: Parted) -> Chain | None:
    count, split = parted.longest.get(file.name, (0, "train"))
    return Chain(samples=count, split=split) if count > 1 else None


def _size(data: Dataset) -> SplitSize:
    return SplitSize(samples=len(data), documents=len(data.starts) - 1, sentences=len(data.vectors))


def _labelled(splits: Mapping[SplitName, Dataset]) -> Iterator[str]:
    """Targets of which anything is known in any split."""
    known = {name for data in splits.values() for name in data.known_in_all()}
    return (name for name in TARGETS if name in known)


def _target(target: Target, splits: Mapping[SplitName, Dataset]) -> TargetReport:
    if target.kind == "pair":
        told = {name: _pairs(data.preferred.get(target.name)) for name, data in splits.items()}
        return TargetReport(name=target.name, kind="pair", provenance=target.provenance, masked=(), splits=told)
    values = {name: _values(target, data) for name, data in splits.items()}
    taught = ~np.isnan(values["train"]).all(0)
    return TargetReport(
        name=target.name,
        kind=target.kind,
        provenance=target.provenance,
        masked=tuple(name for name, known in zip(target.outputs, taught, strict=True) if not known),
        splits={name: _documents(target, found, values["train"]) for name, found in values.items()},
    )


def _values(target: Target, data: Dataset) -> np.ndarray:
    """(documents, outputs) float64, only documents of which anything is known."""
    if target.name not in data.targets:
        return np.empty((0, len(target.outputs)))
    values = data.targets[target.name].numpy().astype(np.float64)
    found: np.ndarray = values[~np.isnan(values).all(1)]
    return found


def _pairs(which: np.ndarray | None) -> TargetSplit:
    known = 0 if which is None else int((which >= 0).sum())
    return TargetSplit(known=known, entries=known, baseline={"accuracy": 0.5} if known else {})


def _documents(target: Target, values: np.ndarray, train: np.ndarray) -> TargetSplit:
    counted = target.kind in ("labels", "classes")
    return TargetSplit(
        known=len(values),
        entries=int((~np.isnan(values)).sum()),
        labels=_labels(target, values) if counted else (),
        spreads=() if counted else _spreads(target, values),
        baseline=_baseline(target, values, train),
    )


def _labels(target: Target, values: np.ndarray) -> tuple[LabelShare, ...]:
    if not len(values):
        return ()
    said = values == 1 if target.kind == "labels" else np.arange(values.shape[1]) == values.argmax(1)[:, None]
    columns = zip(target.outputs, said.sum(0), _means(values), strict=True)
    found = [
        LabelShare(name=name, count=int(count), share=share) for name, count, share in columns if share is not None
    ]
    return tuple(sorted(found, key=lambda label: (-label.count, -label.share)))


def _spreads(target: Target, values: np.ndarray) -> tuple[Spread, ...]:
    found = []
    for name, column in zip(target.outputs, values.T, strict=True):
        known = column[~np.isnan(column)]
        if len(known):
            found.append(Spread(name=name, known=len(known), mean=float(known.mean()), sd=float(known.std())))
    return tuple(found)


def _means(values: np.ndarray) -> list[float | None]:
    """Of each column, over what is known of it."""
    known = [column[~np.isnan(column)] for column in values.T]
    return [float(column.mean()) if len(column) else None for column in known]


def _baseline(target: Target, values: np.ndarray, train: np.ndarray) -> dict[str, float]:
    """The constant that train suggests, on these values; of outputs that train knows."""
    taught = ~np.isnan(train).all(0)
    if not len(values) or not taught.any():
        return {}
    return baseline_metrics(target.name, train[:, taught], values[:, taught])
