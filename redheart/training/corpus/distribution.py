"""What the data of a run hold: sets, labels, and what a constant would reach. Holds no text of any row."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from redheart.nn.network.targets import Kind
from redheart.training.corpus.sample import SplitName
from redheart.training.corpus.teaches import Licence
from redheart.types.base import Frozen

#: What `TargetSplit.baseline` is, by the kind of target.
BASELINE_IS: Final[dict[Kind, str]] = {
    "labels": "macro_f1: mean of 2p/(1+p) over the labels that occur, each said of every document (the best constant: "
    "the F1 of a constant 'no' is 0); accuracy: of each label's more frequent value in train, mean over labels",
    "classes": "accuracy, macro_f1: the class most frequent in train",
    "scores": "rmse, mae: the mean of each output in train; r of a constant is 0 by convention",
    "dimensions": "rmse, mae: the mean of each output in train; r of a constant is 0 by convention",
    "shares": "rmse, mae: the mean of each output in train; r of a constant is 0 by convention",
    "pair": "accuracy: .5, a coin",
}


class Sums(Frozen):
    """Records whose emotion shares do not sum to 1: how many, and the first few, line -> sum."""

    count: int
    first: dict[int, float]


class Chain(Frozen):
    """Samples that share groups, texts or pieces with one another, so that one split has them all."""

    samples: int
    split: SplitName


class SetReport(Frozen):
    """One data file. read = repeated + unlabelled + dropped + left out + used."""

    name: str
    file: str  # its name, without folders
    kind: str
    licence: Licence
    targets: tuple[str, ...]
    provenance: str
    notes: tuple[str, ...]
    read: int
    repeated: int  # the very same id and content again
    unlabelled: int  # nobody said anything that teaches
    dropped_by_group: int  # of train: a held-out split has its group
    dropped_by_text: int  # of train: a held-out split has a text of it, or a piece of one
    left_out: int  # beyond --samples
    splits: dict[SplitName, int]  # samples used
    languages: dict[str, int]  # of samples used
    documents: int
    sentences: int
    cut_documents: int  # longer than a document may be
    cut_sentences: int  # what was cut off them
    sums: Sums | None = None  # of a file of labelled records, unless all sums are 1
    chain: Chain | None = None  # the longest among those not bound to train, if it has two samples or more


class LabelShare(Frozen):
    """A label: of how many documents it is said (classes: of which it is the largest), and its mean share."""

    name: str
    count: int
    share: float


class Spread(Frozen):
    """A number: how often it is known, its mean and standard deviation."""

    name: str
    known: int
    mean: float
    sd: float


class TargetSplit(Frozen):
    """One target in one split. `labels` come most frequent first; `baseline` as BASELINE_IS says."""

    known: int  # documents, or pairs, of which anything is known
    entries: int  # single values known
    labels: tuple[LabelShare, ...] = ()
    spreads: tuple[Spread, ...] = ()
    baseline: dict[str, float] = Field(default_factory=dict)


class TargetReport(Frozen):
    """One target that anybody labelled."""

    name: str
    kind: Kind
    provenance: str
    masked: tuple[str, ...]  # outputs of which train says nothing
    splits: dict[SplitName, TargetSplit]


class SplitSize(Frozen):
    """One split."""

    samples: int
    documents: int
    sentences: int


class DataReport(Frozen):
    """Everything that is said of the data before training."""

    samples_asked: int  # --samples; 0 is all
    sets: tuple[SetReport, ...]
    splits: dict[SplitName, SplitSize]
    targets: tuple[TargetReport, ...]
    baseline_is: dict[Kind, str]
    warnings: tuple[str, ...]
