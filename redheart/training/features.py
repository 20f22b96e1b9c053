"""Caches frozen-encoder token vectors of whole data sets on disk, one file a set, float16, resumable by set.

python -m redheart.training.features --out runs/features
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from redheart.encoders.bundled import BundledEncoder
from redheart.situation.sentences import split_sentences
from redheart.training.data import Row, find_file, read_rows

#: Rows taken of each set (train, dev), by the stable order of the file; None takes all.
ROWS: dict[str, tuple[int | None, int | None]] = {
    "emobank": (None, None), "kote": (None, None), "crowd_envent": (None, None),
    "goemotions_en": (None, None), "goemotions_ko": (None, None),
    "ethics_utilitarianism": (None, None), "nsmc": (36_000, None), "semeval_cfd": (8_000, None),
}  # fmt: skip
MAX_TOKENS = 96  # a sentence of more tokens is cut in training only
MAX_SENTENCES = 12


@dataclass(frozen=True, slots=True)
class Features:
    """Token vectors of N texts: text n is sentences[text_starts[n]:text_starts[n+1]], sentence s is tokens[starts[s]:starts[s+1]]."""

    tokens: np.ndarray  # (total tokens, D) float16
    starts: np.ndarray  # (sentences + 1,) int64
    text_starts: np.ndarray  # (N + 1,) int64
    rows: tuple[Row, ...]  # one a text; a pair's two texts follow each other


def chosen_rows(name: str) -> list[Row]:
    """The rows of a set that are used, train first."""
    rows = read_rows(name)
    limits = dict(zip(("train", "dev"), ROWS[name], strict=True))
    return [row for split, limit in limits.items() for row in [r for r in rows if r.split == split][:limit]]


def cache(name: str, encoder: BundledEncoder, folder: Path) -> None:
    """Encode a set into `<folder>/<name>.{npy,json}` unless a whole cache of this encoder and these rows is there."""
    rows = chosen_rows(name)
    key = {
        "encoder": encoder.revision,
        "rows": len(rows),
        "limits": list(ROWS[name]),
        "file": find_file(name).stat().st_size,
    }
    meta = folder / f"{name}.json"
    if meta.exists() and json.loads(meta.read_text(encoding="utf-8"))["key"] == key:
        print(f"{name}: cached", flush=True)
        return
    begun = time.monotonic()
    texts = [
        text for row in rows for text in ((row.text, row.text_b) if name.startswith("ethics") else (row.text,)) if text
    ]
    language = rows[0].lang
    split = [[s.text for s in split_sentences(text, language)][:MAX_SENTENCES] or [text] for text in texts]  # type: ignore[arg-type]
    sentences = [sentence for parts in split for sentence in parts]
    tokens, lengths = encode_all(encoder, sentences)
    np.save(folder / f"{name}.npy", tokens)
    np.savez(folder / f"{name}.index.npz", lengths=lengths, counts=np.array([len(parts) for parts in split]))
    meta.write_text(json.dumps({"key": key, "texts": len(texts), "sentences": len(sentences)}), encoding="utf-8")
    print(
        f"{name}: {len(texts)} texts, {len(sentences)} sentences, {len(tokens)} tokens, {time.monotonic() - begun:.0f} s",
        flush=True,
    )


def encode_all(encoder: BundledEncoder, sentences: Sequence[str], batch: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """(S,) sentences -> token vectors (tokens, D) float16 in order, and tokens per sentence (S,)."""
    order = sorted(range(len(sentences)), key=lambda i: len(sentences[i]))
    parts: list[np.ndarray] = [np.empty((0, encoder.dim), np.float16)] * len(sentences)
    for at in range(0, len(order), batch):
        chosen = order[at : at + batch]
        encoded = encoder.encode([sentences[i] for i in chosen])
        for slot, i in enumerate(chosen):
            parts[i] = encoded.tokens[slot][encoded.mask[slot]][:MAX_TOKENS].half().numpy()
    return np.concatenate(parts), np.array([len(part) for part in parts])


def load(name: str, folder: Path) -> Features:
    """Read a cached set; the token array stays on disk (memory-mapped)."""
    index = np.load(folder / f"{name}.index.npz")
    starts = np.concatenate([[0], np.cumsum(index["lengths"])])
    text_starts = np.concatenate([[0], np.cumsum(index["counts"])])
    return Features(np.load(folder / f"{name}.npy", mmap_mode="r"), starts, text_starts, tuple(chosen_rows(name)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("models/compact"))
    parser.add_argument("--out", type=Path, default=Path("runs/features"))
    parser.add_argument("--sets", nargs="*", default=list(ROWS))
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    encoder = BundledEncoder(arguments.model)
    encoder.module.load_state_dict(encoder.load_state(), strict=True, assign=True)
    encoder.module.to(torch.bfloat16)  # 1.9 x faster where the processor has it; cosine to float32 >= .9999
    for name in arguments.sets:
        cache(name, encoder, arguments.out)


if __name__ == "__main__":
    main()
