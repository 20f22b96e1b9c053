"""Outputs of the frozen lower layers, computed when first asked for and kept on disk from then on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from redheart.training.finetune.documents import Documents

Stem = Callable[[list[np.ndarray]], Tensor]  # ids of some sentences -> (their tokens together, D) float32


class StemCache:
    """(tokens, D) float16 of one data set in a sparse file, and which of its sentences are there.

    `key` names the stem's weights: a file of another key is begun anew.
    """

    def __init__(self, documents: Documents, stem: Stem, width: int, path: Path, key: str) -> None:
        self._documents, self._stem = documents, stem
        key = f"{key} {len(documents.ids)} {int(documents.ids.astype(np.int64).sum())}"
        named = path.with_suffix(".key")
        fresh = not (path.exists() and named.exists() and named.read_text(encoding="utf-8") == key)
        path.parent.mkdir(parents=True, exist_ok=True)
        shape, sentences = (len(documents.ids), width), (len(documents.starts) - 1,)
        self._tokens = np.memmap(path, np.float16, "w+" if fresh else "r+", shape=shape)
        self._known = np.memmap(path.with_suffix(".known"), np.bool_, "w+" if fresh else "r+", shape=sentences)
        named.write_text(key, encoding="utf-8")

    def read(self, sentences: Sequence[int]) -> tuple[Tensor, list[int]]:
        """Tokens (N, D) float32 of some sentences end to end, and the number of tokens of each."""
        missing = [sentence for sentence in dict.fromkeys(sentences) if not self._known[sentence]]
        if missing:
            self._compute(missing)
        parts = [self._tokens[slice(*self._span(sentence))] for sentence in sentences]
        return torch.from_numpy(np.concatenate(parts)).float(), [len(part) for part in parts]

    def _compute(self, missing: list[int]) -> None:
        ids = [self._documents.ids[slice(*self._span(sentence))] for sentence in missing]
        found = self._stem(ids).half().numpy()
        at = 0
        for sentence, each in zip(missing, ids, strict=True):
            begin, end = self._span(sentence)
            self._tokens[begin:end] = found[at : at + len(each)]
            self._known[sentence] = True
            at += len(each)

    def _span(self, sentence: int) -> tuple[int, int]:
        return int(self._documents.starts[sentence]), int(self._documents.starts[sentence + 1])
