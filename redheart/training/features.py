"""Caches frozen-encoder token vectors of data sets on disk, in shards of 1,000 rows; a rerun adds what is missing.

python -m redheart.training.features --out runs/features
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import torch

from redheart.devices import bfloat16_is_native
from redheart.encoders.bundled import BundledEncoder
from redheart.situation.sentences import split_sentences
from redheart.training.data import Row, read_rows
from redheart.types.situation import Language

#: Rows taken of each set (train, dev), in a stable shuffled order.
ROWS: dict[str, tuple[int, int]] = {
    "kote": (12_000, 490), "nsmc": (40_000, 1_000), "emobank": (5_000, 991), "ethics_utilitarianism": (5_000, 500),
    "goemotions_ko": (15_000, 2_000), "goemotions_en": (12_000, 2_000),
    "crowd_envent": (4_000, 570), "semeval_cfd": (4_000, 800),
}  # fmt: skip
SHARD = 1_000
MAX_TOKENS = 96  # a sentence of more tokens is cut in training only
MAX_SENTENCES = 8


@dataclass(frozen=True, slots=True)
class Features:
    """Token vectors of N texts.

    Text n is sentences[text_starts[n]:text_starts[n+1]]; sentence s is tokens[starts[s]:starts[s+1]]. A pair's two
    texts follow each other.
    """

    tokens: np.ndarray  # (total tokens, D) float16
    starts: np.ndarray  # (sentences + 1,) int64
    text_starts: np.ndarray  # (N + 1,) int64
    rows: tuple[Row, ...]


def chosen_rows(name: str, split: str, limit: int | None = None) -> list[Row]:
    """The first `limit` rows of a split in an order shuffled by a hash of set and id."""
    rows = [row for row in read_rows(name) if row.split == split]
    return sorted(rows, key=lambda row: hashlib.sha256(f"{name}/{row.id}".encode()).digest())[:limit]


def texts_of(name: str, row: Row) -> tuple[str, ...]:
    """The texts of a row that are encoded: both of a pair, else the one."""
    return (row.text, row.text_b or "") if name == "ethics_utilitarianism" else (row.text,)


def cache_shard(name: str, rows: Sequence[Row], encoder: BundledEncoder, path: Path) -> None:
    """Encode some rows into one file, unless it holds just these rows by this encoder."""
    key = hashlib.sha256("\n".join([encoder.revision, *(row.id for row in rows)]).encode()).hexdigest()
    if path.exists() and str(np.load(path)["key"]) == key:
        return
    begun = time.monotonic()
    texts = [text for row in rows for text in texts_of(name, row)]
    language = cast(Language, rows[0].lang)  # a set has one language
    split = [[s.text for s in split_sentences(text, language)][:MAX_SENTENCES] or [text] for text in texts]
    tokens, lengths = encode_all(encoder, [sentence for parts in split for sentence in parts])
    temporary = path.with_suffix(".part.npz")
    np.savez(temporary, key=key, tokens=tokens, lengths=lengths, counts=np.array([len(parts) for parts in split]))
    temporary.replace(path)
    print(f"{path.name}: {len(texts)} texts, {len(tokens)} tokens, {time.monotonic() - begun:.0f} s", flush=True)


def encode_all(encoder: BundledEncoder, sentences: Sequence[str], batch: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """(S,) sentences -> token vectors (tokens, D) float16 in order, and tokens per sentence (S,)."""
    order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
    parts: list[np.ndarray] = [np.empty((0, encoder.dim), np.float16)] * len(sentences)
    for at in range(0, len(order), batch):
        chosen = order[at : at + batch]
        encoded = encoder.encode([sentences[i] for i in chosen])
        for slot, i in enumerate(chosen):
            parts[i] = encoded.tokens[slot][encoded.mask[slot]][:MAX_TOKENS].half().numpy()
    return np.concatenate(parts), np.array([len(part) for part in parts])


def shards(name: str, split: str, limit: int, folder: Path) -> list[tuple[Path, list[Row]]]:
    """File and rows of every shard of a split."""
    rows = chosen_rows(name, split, limit)
    parts = [rows[at : at + SHARD] for at in range(0, len(rows), SHARD)]
    return [(folder / f"{name}-{split}-{number:03d}.npz", part) for number, part in enumerate(parts)]


def load(name: str, split: str, folder: Path, limit: int | None = None) -> Features:
    """Read the cached shards of a split's first `limit` rows, by default those that training takes.

    Raises FileNotFoundError, naming the mend, unless all are there.
    """
    limit = dict(zip(("train", "dev"), ROWS[name], strict=True))[split] if limit is None else limit
    expected = shards(name, split, limit, folder)
    missing = [path.name for path, _ in expected if not path.exists()]
    if missing:
        raise FileNotFoundError(
            f"{folder} lacks {len(missing)} of {len(expected)} shards, first '{missing[0]}'. "
            "Make them: python -m redheart.training.features"
        )
    stored = [np.load(path) for path, _ in expected]
    lengths = np.concatenate([part["lengths"] for part in stored])
    counts = np.concatenate([part["counts"] for part in stored])
    return Features(
        tokens=np.concatenate([part["tokens"] for part in stored]),
        starts=np.concatenate([[0], np.cumsum(lengths)]),
        text_starts=np.concatenate([[0], np.cumsum(counts)]),
        rows=tuple(row for _, part in expected for row in part),
    )


def main() -> None:
    """Make or complete the cache."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("models/compact"))
    parser.add_argument("--out", type=Path, default=Path("runs/features"))
    parser.add_argument("--sets", nargs="*", default=list(ROWS))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    encoder = BundledEncoder(arguments.model)
    encoder.module.load_state_dict(encoder.load_state(), strict=True, assign=True)
    if bfloat16_is_native():
        encoder.module.to(torch.bfloat16)
    for split in ("dev", "train"):
        for name in arguments.sets:
            limit = dict(zip(("train", "dev"), ROWS[name], strict=True))[split]
            for path, rows in shards(name, split, limit, arguments.out):
                cache_shard(name, rows, encoder, path)


if __name__ == "__main__":
    main()
