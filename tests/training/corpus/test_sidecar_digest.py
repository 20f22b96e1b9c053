"""Targets that were made of a data file decide a run's figures as much as the file does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from redheart.config.schema import Settings
from redheart.config.train import TrainSection
from redheart.training.corpus.decomposed import DecomposedText, text_digest
from redheart.training.corpus.embedded import EmbeddedVectors
from redheart.training.report.listener import Quiet
from redheart.training.run.asked import Asked
from redheart.training.run.folder import RunFolder
from redheart.training.run.prepared import Prepared, prepare
from redheart.types.surd import SurdShares
from tests.training.corpus.hash_encoder import HashEncoder, vectors_of
from tests.training.corpus.labelled_files import lines_file, row

Begin = Callable[[], Prepared]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    own = ("train", "train", "dev")
    rows = [row(i, text=f"Row {i} rained. It fell.", split=own[i % 3]) for i in range(90)]
    return lines_file(tmp_path / "goemotions_en.jsonl", rows)


@pytest.fixture
def begin(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begin:
    """Prepares one and the same run over the file, and whatever lies beside it by then."""
    monkeypatch.setattr(EmbeddedVectors, "for_settings", lambda _, say, progress: vectors_of(HashEncoder()))
    train = TrainSection(preset="tiny")
    asked = Asked(train, (source,), RunFolder(tmp_path / "run"), plots=False)
    return lambda: prepare(asked, Settings(train=train, device="cpu"), Quiet())


def decomposed(source: Path, unique: float) -> Path:
    shares = SurdShares(synergistic=0.5 - unique, unique=unique, redundant=0.3, leak=0.2)
    line = DecomposedText(
        text=text_digest("Row 0 rained. It fell."), units=2, subsets=4, shares=shares, reason=None, teacher="t"
    )
    beside = source.with_name(source.name + ".surd.jsonl")
    beside.write_text(line.model_dump_json() + "\n")
    return beside


def test_targets_made_of_a_file_are_part_of_what_a_run_is_told_by(source: Path, begin: Begin) -> None:
    without = begin()
    decomposed(source, 0.1)
    first = begin()
    decomposed(source, 0.2)
    second = begin()
    assert without.digests.items() < first.digests.items()
    assert first.digests.keys() == second.digests.keys()
    changed = [name for name in first.digests if first.digests[name] != second.digests[name]]
    assert len(changed) == 1 and changed[0].endswith("goemotions_en.jsonl.surd.jsonl")
    assert len({each.identity().run for each in (without, first, second)}) == 3


def test_the_very_same_targets_again_are_the_same_run(source: Path, begin: Begin) -> None:
    decomposed(source, 0.1)
    first = begin()
    decomposed(source, 0.1)
    assert begin().identity().run == first.identity().run
