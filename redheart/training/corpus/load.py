"""Data files -> the four splits as tensors, with a report of what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redheart.errors import InputError
from redheart.training.corpus.assembled import EmbeddedSample, assembled
from redheart.training.corpus.dataset import Dataset
from redheart.training.corpus.decomposed import read_shares, text_digest
from redheart.training.corpus.distribution import DataReport
from redheart.training.corpus.embedded import Vectors
from redheart.training.corpus.measured import Measured, report_of
from redheart.training.corpus.reading import ReadFile, read_file
from redheart.training.corpus.sample import SPLITS, Sample, SplitName
from redheart.training.corpus.sampling import limit_of, sampled
from redheart.training.corpus.sources import data_files, set_name
from redheart.training.corpus.split import Parted, part
from redheart.training.corpus.split_texts import sentences_of

MOST_SENTENCES: Final = 32  # of a document that is learned from
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Splits:
    """The data of a run."""

    train: Dataset
    validation: Dataset
    holdout: Dataset
    test: Dataset
    report: DataReport


@dataclass(frozen=True, slots=True)
class Corpus:
    """The samples of a run as text: `chosen` are those of `parted` that --samples leaves."""

    files: tuple[ReadFile, ...]
    parted: Parted
    chosen: dict[SplitName, list[Sample]]
    asked: int


def load_splits(paths: Sequence[Path], samples: int, vectors: Vectors, say: Say = lambda _: None) -> Splits:
    """Files or folders -> splits with at most `samples` train samples (0: all); what has no vectors yet is embedded.

    Raises InputError for a file that is refused, as `read_file` does, and whatever `vectors` raises.
    """
    corpus = read_corpus(paths, samples, say)
    embedded = _embedded(corpus, vectors)
    chosen = {name: [embedded[_key(sample)] for sample in corpus.chosen[name]] for name in SPLITS}
    splits = {name: assembled(found, vectors.dim) for name, found in chosen.items()}
    report = report_of(Measured(corpus.asked, corpus.files, corpus.parted, chosen, splits))
    return Splits(**splits, report=report)


def read_corpus(paths: Sequence[Path], samples: int, say: Say = lambda _: None) -> Corpus:
    """Files or folders -> samples in four splits, nothing embedded. Raises InputError for a file that is refused."""
    paths = data_files(paths)
    _refuse_namesakes(paths)
    files = tuple(_read(path, say) for path in paths)
    parted = part(sample for file in files for sample in file.samples)
    chosen = {name: sampled(parted.samples[name], limit_of(name, samples)) for name in SPLITS}
    say(f"{', '.join(f'{name} {len(found):,}' for name, found in chosen.items())} samples")
    return Corpus(files, parted, chosen, samples)


def _refuse_namesakes(paths: Sequence[Path]) -> None:
    seen: dict[str, Path] = {}
    for path in paths:
        other = seen.setdefault(set_name(path), path)
        if other != path:
            raise InputError(f"data files '{other}' and '{path}' are both set '{set_name(path)}'. Rename one of them.")


def _read(path: Path, say: Say) -> ReadFile:
    found = read_file(path)
    say(f"{found.name}: {found.read:,} {found.kind} read, teaching {', '.join(found.targets)}")
    return found


def _embedded(corpus: Corpus, vectors: Vectors) -> dict[tuple[str, str], EmbeddedSample]:
    """Set and id -> the sample with its vectors, file by file, in the order of its lines."""
    samples = sorted((sample for found in corpus.chosen.values() for sample in found), key=lambda sample: sample.line)
    found = {}
    for file in corpus.files:
        of_file = [sample for sample in samples if sample.set_name == file.name]
        found.update({_key(each.sample): each for each in _with_vectors(file.path, of_file, vectors)})
    return found


def _with_vectors(path: Path, samples: Sequence[Sample], vectors: Vectors) -> Iterator[EmbeddedSample]:
    # Whole documents are embedded and cut afterwards: what was embedded before training is found again.
    texts = [sentences_of(document, sample.language) for sample in samples for document in sample.taught.documents]
    found = iter(vectors.of(path, texts))
    shares = read_shares(path)
    for sample in samples:
        documents = sample.taught.documents
        whole = [next(found) for _ in documents]
        yield EmbeddedSample(
            sample,
            tuple(each[:MOST_SENTENCES] for each in whole),
            tuple(shares.get(text_digest(document.text)) for document in documents),
            tuple(max(0, len(each) - MOST_SENTENCES) for each in whole),
        )


def _key(sample: Sample) -> tuple[str, str]:
    return sample.set_name, sample.id
