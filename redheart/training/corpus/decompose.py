"""Decomposes the texts of one data file, chunk by chunk; what was done before is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from redheart.calculus.interventions.decomposition import Decomposition
from redheart.calculus.interventions.subset_design import SubsetSizes
from redheart.training.corpus.decomposed import DecomposedText, DecompositionFile, text_digest
from redheart.training.corpus.split_texts import SplitText

#: Texts between two writes: what is lost when the run is killed.
CHUNK: Final = 32


class Decomposer(Protocol):
    """Who decomposes: `digest` says whose utility it is, `sizes` how many subsets of so many sentences are read."""

    digest: str
    sizes: SubsetSizes

    def decompose(self, texts: Sequence[Sequence[str]]) -> list[Decomposition]:
        """Of each text, given as its sentences."""
        ...


@dataclass(frozen=True, slots=True)
class Decomposing:
    """What was done for one file: `decomposed + reused` of its `texts`; `unfit` have too few sentences, or too many.

    `still` of the former have a utility that no sentence moves: they have no shares.
    """

    texts: int
    unfit: int
    decomposed: int
    reused: int
    still: int
    seconds: float
    sidecar: Path

    @property
    def texts_per_second(self) -> float | None:
        """None where nothing had to be decomposed."""
        return self.decomposed / self.seconds if self.decomposed else None

    def in_words(self) -> str:
        """One line without the file's name."""
        rate = f" in {self.seconds:.1f} s ({self.texts_per_second:,.1f} texts/s)" if self.texts_per_second else ""
        return (
            f"{self.texts:,} texts: {self.decomposed:,} decomposed{rate}, {self.reused:,} reused, {self.still:,} of "
            f"these do not vary, {self.unfit:,} have too few sentences or too many; {self.sidecar}"
        )


@dataclass(frozen=True, slots=True)
class Watcher:
    """`say` is told where lines are kept if not beside their file; `progress` texts done, of texts to do."""

    say: Callable[[str], None] = lambda _: None
    progress: Callable[[int, int], None] = lambda _, __: None


def decompose_texts(
    source: Path, texts: Sequence[SplitText], teacher: Decomposer, limit: int | None, watcher: Watcher
) -> Decomposing:
    """Decompose the first `limit` of the texts that can be; None takes all.

    Raises ConfigError where another teacher spoke before, InputError for a damaged sidecar or a full disk.
    """
    begun = time.monotonic()
    file = DecompositionFile.beside(source, teacher.digest)
    if not file.place.is_beside:
        watcher.say(f"'{source.parent}' is not to be written in: decompositions are kept in '{file.place.write}'.")
    lines = dict(file.kept())
    fit = {text_digest(text.text): text for text in texts if teacher.sizes.rows_of(len(text.sentences))}
    wanted = list(fit)[:limit]
    missing = [digest for digest in wanted if not _is_kept(lines.get(digest), fit[digest], teacher.sizes)]
    for at in range(0, len(missing), CHUNK):
        added = _decomposed([fit[digest] for digest in missing[at : at + CHUNK]], teacher)
        file.append(added)
        lines |= {line.text: line for line in added}
        watcher.progress(at + len(added), len(missing))
    return Decomposing(
        texts=len(texts),
        unfit=sum(not teacher.sizes.rows_of(len(text.sentences)) for text in texts),
        decomposed=len(missing),
        reused=len(wanted) - len(missing),
        still=sum(lines[digest].shares is None for digest in wanted),
        seconds=time.monotonic() - begun if missing else 0.0,
        sidecar=file.place.write,
    )


def _is_kept(line: DecomposedText | None, text: SplitText, sizes: SubsetSizes) -> bool:
    """Split as it is now, and over as many subsets as are asked for now."""
    units = len(text.sentences)
    return line is not None and (line.units, line.subsets) == (units, sizes.rows_of(units))


def _decomposed(texts: Sequence[SplitText], teacher: Decomposer) -> list[DecomposedText]:
    found = teacher.decompose([text.sentences for text in texts])
    return [
        DecomposedText.of(
            text.text, len(text.sentences), teacher.sizes.rows_of(len(text.sentences)), one, teacher.digest
        )
        for text, one in zip(texts, found, strict=True)
    ]
