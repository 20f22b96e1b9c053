"""The bundled sentence encoder: multilingual-e5-small, 4-bit on disk, with branches that learned to read."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer
from torch import Tensor

from redheart.devices import Precision
from redheart.encoders.branched import BranchedEncoder
from redheart.encoders.bundled_facts import CONFIG, RESTORE, BundledFacts, read_facts
from redheart.encoders.layers import Packing
from redheart.encoders.packed_file import encoder_tensor, unpacked
from redheart.encoders.precision import forward_precision
from redheart.errors import CheckpointError, InputError
from redheart.types.encoding import Encoded, Passage
from redheart.types.weights import StoredWeights

PREFIX: Final = "query: "
WEIGHTS, TOKENIZER = "encoder.safetensors", "tokenizer.json"


class BundledEncoder:
    """multilingual-e5-small (Wang et al., arXiv 2402.05672) with a vocabulary pruned to Korean and English.

    Texts get the prefix "query: ". `pooled` is the mean over the pre-trained encoder's tokens, not normalised; `tokens`
    are those of the branches side by side, or the pre-trained ones where the folder has no branch. Window: 512 tokens.
    """

    def __init__(self, folder: Path, precision: Precision = "float32", without: frozenset[str] = frozenset()) -> None:
        """`without` names branches that are left out."""
        self.folder, self._precision = folder, precision
        self.facts: BundledFacts = read_facts(folder)
        self.name, self.revision = self.facts.name, self.facts.revision
        self.dim, self.window = self.facts.hidden_size, self.facts.max_position_embeddings
        self.branches = tuple(name for name in self.facts.branches if name not in without)
        self._tokenizer = _read_tokenizer(folder / TOKENIZER, self.facts.tokenizer_sha256)
        with torch.device("meta"):  # no bytes until the memory manager brings the weights
            self.module = BranchedEncoder(self.facts, self.branches).eval()

    def digests(self) -> dict[str, str]:
        """File name -> SHA-256 that its content is held to: the tokenizer's when built, the weights' when loaded."""
        branches = {self.facts.branches[name].file: self.facts.branches[name].sha256 for name in self.branches}
        return {WEIGHTS: self.facts.weights_sha256, TOKENIZER: self.facts.tokenizer_sha256, **branches}

    def load_state(self) -> dict[str, Tensor]:
        """Read and dequantise the weights: parameter name -> float32 tensor. Raises CheckpointError if damaged."""
        self._check_weights()
        return dict(self._tensors())

    def stored(self) -> StoredWeights:
        """The weights, dequantised one by one while they are read."""
        weights = [digest for file, digest in self.digests().items() if file != TOKENIZER]
        return StoredWeights(f"{' '.join(weights)} to float32", self._tensors, check=self._check_weights)

    def _check_weights(self) -> None:
        for file, digest in self.digests().items():
            if file != TOKENIZER:
                _refuse_other_content(self.folder / file, digest)

    def _tensors(self) -> Iterator[tuple[str, Tensor]]:
        """In the module's order: the pre-trained part, then branch by branch."""
        names = list(self.module.state_dict())
        one = partial(encoder_tensor, stem_layers=self.facts.stem_layers)
        yield from _read(self.folder / WEIGHTS, [name for name in names if not name.startswith("branches.")], one)
        for branch in self.branches:
            prefix = f"branches.{branch}."
            mine = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
            for name, tensor in _read(self.folder / self.facts.branches[branch].file, mine, unpacked):
                yield prefix + name, tensor

    def encode(self, sentences: Sequence[Passage], exact: bool = False, embed: bool = True) -> Encoded:
        """(S,) texts -> tokens (S, T, B * D), mask (S, T), pooled (S, D). Raises InputError for an empty sentence.

        A sentence is one text, or two that are read together. Without `embed`, `pooled` is (S, 0) where branches read.
        """
        for sentence in sentences:
            if not all(text.strip() for text in ((sentence,) if isinstance(sentence, str) else sentence)):
                raise InputError("an empty sentence cannot be encoded. Leave it out.")
        ids, truncated = self.token_ids(sentences)
        device = next(self.module.parameters()).device
        packing = Packing.of([len(row) for row in ids], device)
        flat = torch.tensor([piece for row in ids for piece in row], device=device)
        with torch.inference_mode(), forward_precision(device, "float32" if exact else self._precision):
            pooled, tokens = self.module(flat, packing, embed)
        return Encoded(packing.pad(tokens.float()).cpu(), packing.mask.cpu(), pooled.float().cpu(), truncated)

    def token_ids(self, sentences: Sequence[Passage]) -> tuple[list[list[int]], tuple[int, ...]]:
        """Pieces of each sentence with prefix and marks, cut to the window; and which ones were cut.

        The second of two texts follows the first one's end mark, and has one of its own.
        """
        pairs = [(sentence, None) if isinstance(sentence, str) else sentence for sentence in sentences]
        rows = [found.ids for found in self._tokenizer.encode_batch([PREFIX + first for first, _ in pairs])]
        seconds = iter(self._tokenizer.encode_batch([second for _, second in pairs if second is not None]))
        whole = [
            row if second is None else row + next(seconds).ids[1:]
            for row, (_, second) in zip(rows, pairs, strict=True)
        ]  # fmt: skip
        end = self.facts.eos_token_id
        ids = [row if len(row) <= self.window else [*row[: self.window - 1], end] for row in whole]
        return ids, tuple(i for i, row in enumerate(whole) if len(row) > self.window)

    def unknown_share(self, text: str) -> float:
        """Share of tokens that the vocabulary has no piece for, in [0, 1]."""
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        unknown: int = sum(i == self.facts.unk_token_id for i in ids)
        return unknown / max(1, len(ids))


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex. Raises CheckpointError if there is none."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise CheckpointError(f"'{path}' cannot be read ({error.strerror}). {RESTORE}") from error


def _refuse_other_content(path: Path, recorded: str) -> None:
    if (found := file_digest(path)) != recorded:
        raise CheckpointError(
            f"'{path}': SHA-256 is '{found[:12]}…', '{CONFIG}' says '{recorded[:12]}…'. Restore the file."
        )


def _read_tokenizer(path: Path, recorded: str) -> Tokenizer:
    _refuse_other_content(path, recorded)
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise CheckpointError(f"'{path}' cannot be read ({error}). Restore the file.") from error


def _read(path: Path, names: Sequence[str], one: Callable[[Any, str], Tensor]) -> Iterator[tuple[str, Tensor]]:
    """Tensors of a file by name. Raises CheckpointError if it is cut off, or lacks one."""
    try:
        with safe_open(path, framework="pt") as tensors:
            for name in names:
                yield name, one(tensors, name)
    except SafetensorError as error:
        raise CheckpointError(f"{path}: not a whole safetensors file ({error}). Restore the file.") from error
