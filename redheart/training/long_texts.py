"""Texts of 33 to 53 sentences put together from data sets, each with its decomposition over sampled subsets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from redheart.calculus.interventions.sampled_decomposition import decompose_sample
from redheart.calculus.interventions.subset_design import sampled_design
from redheart.nn.model import CompactModel
from redheart.nn.surd import FLOAT32_RESOLUTION
from redheart.situation.sentences import split_sentences
from redheart.training.data import shuffled_rows
from redheart.training.model_reads import ModelReads
from redheart.types.situation import Language

#: Sets whose sentences make up a language's texts; none of them lacks a plain licence.
SETS: Final[dict[Language, tuple[str, ...]]] = {
    "ko": ("kote", "nsmc"),
    "en": ("goemotions_en", "ethics_utilitarianism"),
}
#: Units, and the subsets that settle every pair of them.
LENGTHS: Final = ((33, 39, 4096), (40, 53, 8192))
#: Rows taken of each set.
ROWS_OF_A_SET: Final = {"train": 1000, "dev": 490}
#: Texts decomposed between two saves.
_SAVED: Final = 50


@dataclass(frozen=True, slots=True)
class LongTexts:
    """N texts. gathered (N, q * d): what the backbone gathers of each for the queries of utility; korean (N,) bool;
    units (N,); shares (N, 4): synergistic, unique, redundant, leak.
    """

    gathered: np.ndarray
    korean: np.ndarray
    units: np.ndarray
    shares: np.ndarray

    def __len__(self) -> int:
        return len(self.units)


class SentencePool:
    """Sentences of one split and language, pooled for the queries of utility; utilities of each alone, in order."""

    def __init__(self, reads: ModelReads, split: str, language: Language) -> None:
        passages = [sentence for name in SETS[language] for sentence in sentences_of(name, split, language)]
        self.model, self.sentences = reads.model, reads.pooled(passages, ("utility",))
        self.by_utility = self.utilities(self.sentences[:, None]).argsort()

    def utilities(self, documents: Tensor) -> np.ndarray:
        """documents (B, S, q, d) -> (B,)."""
        present = torch.ones(documents.shape[:2], dtype=torch.bool)
        gathered = self.model.trunk.backbone(documents, present)
        values: np.ndarray = self.model.head("utility")(gathered)[:, 0].double().numpy()
        return values

    def drawn(self, random: np.random.Generator, units: int) -> Tensor:
        """(units, q, d) of different sentences in one of four moods: any, alike, high and low, few strong ones."""
        mood, order = random.integers(4), self.by_utility
        if mood == 0:
            chosen = random.choice(order, units, replace=False)
        elif mood == 1:
            width = random.integers(2 * units, len(order))
            start = random.integers(len(order) - width + 1)
            chosen = random.choice(order[start : start + width], units, replace=False)
        elif mood == 2:
            low = int(random.integers(1, units))
            sad, glad = order[: len(order) // 4], order[-len(order) // 4 :]
            chosen = np.concatenate([random.choice(sad, low, False), random.choice(glad, units - low, False)])
        else:
            strong = int(random.integers(1, 6))
            ends = np.concatenate([order[:60], order[-60:]])
            middle = order[len(order) // 3 : -len(order) // 3]
            chosen = np.concatenate([random.choice(ends, strong, False), random.choice(middle, units - strong, False)])
        return self.sentences[torch.from_numpy(random.permutation(chosen))]


def long_texts(reads: ModelReads, split: str, number: int, out: Path, seed: int) -> LongTexts:
    """Make `number` texts, Korean and English in turn, and decompose each; a rerun goes on after the last save.

    Sentences of one split never meet those of the other. About a second a text.
    """
    pools = [SentencePool(reads, split, language) for language in SETS]
    path = out / f"long-{split}-{seed}.npz"
    rows = list(np.load(path)["rows"]) if path.exists() else []
    for at in range(len(rows), number):
        rows.append(_row(pools[at % 2], np.random.default_rng([seed, at]), korean=at % 2 == 0))
        if len(rows) % _SAVED == 0 or len(rows) == number:
            _save(path, rows)
            print(f"{split}: {len(rows)} of {number} texts", flush=True)
    table = np.array(rows[:number])
    return LongTexts(table[:, 6:], table[:, 0] > 0, table[:, 1].astype(int), table[:, 2:6])


@torch.inference_mode()
def _row(pool: SentencePool, random: np.random.Generator, korean: bool) -> np.ndarray:
    least, most, subsets = LENGTHS[int(random.random() < 0.4)]
    units = int(random.integers(least, most + 1))
    sentences = pool.drawn(random, units)
    design = sampled_design(units, subsets, seed=int(random.integers(2**31)))
    values = utilities_over(pool.model, sentences, design.rows)
    shares = decompose_sample(design, values, resolution=FLOAT32_RESOLUTION * float(np.abs(values).max())).shares
    if shares is None:
        raise ValueError(f"a text of '{units}' sentences whose utility does not vary; take other sentences")
    whole = pool.model.trunk.backbone(sentences[None], torch.ones(1, units, dtype=torch.bool))
    parts = [shares.synergistic, shares.unique, shares.redundant, shares.leak]
    return np.concatenate([[float(korean), units, *parts], whole.flatten().double().numpy()])


@torch.inference_mode()
def utilities_over(model: CompactModel, sentences: Tensor, rows: np.ndarray, step: int = 512) -> np.ndarray:
    """sentences (S, q, d), rows (M, S) bool -> utility of every subset (M,), in float64."""
    backbone, head = model.trunk.backbone, model.head("utility")
    parts = [torch.from_numpy(rows[at : at + step]) for at in range(0, len(rows), step)]
    read = torch.cat([head(backbone.over_subsets(sentences, part))[:, 0] for part in parts])
    values: np.ndarray = read.double().numpy()
    return values


def sentences_of(name: str, split: str, language: Language) -> list[str]:
    """The sentences of a set's first rows in their shuffled order."""
    texts = [text for row in shuffled_rows(name, split, ROWS_OF_A_SET[split]) for text in row.texts()]
    return [sentence.text for text in texts for sentence in split_sentences(text, language)]


def _save(path: Path, rows: Sequence[np.ndarray]) -> None:
    temporary = path.with_suffix(".part.npz")
    np.savez(temporary, rows=np.array(rows))
    temporary.replace(path)
