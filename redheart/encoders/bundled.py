"""The bundled sentence encoder: multilingual-e5-small, 4-bit on disk, a real BERT encoder in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import BertConfig, BertModel

from redheart.devices import Precision
from redheart.encoders.blocks import dequantise
from redheart.encoders.precision import forward_precision
from redheart.errors import CheckpointError, InputError
from redheart.types.encoding import Encoded
from redheart.types.weights import StoredWeights

PREFIX = "query: "
RESTORE = "Restore the file, or point `model.path` at a checkpoint folder."
WEIGHTS, TOKENIZER, CONFIG = "encoder.safetensors", "tokenizer.json", "encoder.json"
_SIZES = (
    "vocab_size",
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "max_position_embeddings",
    "type_vocab_size",
    "layer_norm_eps",
    "pad_token_id",
)
_OTHERS = ("name", "revision", "eos_token_id", "unk_token_id", "weights_sha256", "tokenizer_sha256")


class BundledEncoder:
    """multilingual-e5-small (Wang et al., arXiv 2402.05672) with a vocabulary pruned to Korean and English.

    Texts get the prefix "query: "; `pooled` is the mean over tokens, not normalised. Window: 512 tokens.
    """

    def __init__(self, folder: Path, precision: Precision = "float32") -> None:
        self.folder, self._precision = folder, precision
        self._config = _read_config(folder)
        self.name: str = self._config["name"]
        self.revision: str = self._config["revision"]
        self.dim: int = self._config["hidden_size"]
        self.window: int = self._config["max_position_embeddings"]
        self._tokenizer = _read_tokenizer(folder / TOKENIZER, self._config["tokenizer_sha256"])
        self.module: nn.Module = _empty_bert(self._config)
        self._names = tuple(self.module.state_dict())

    def digests(self) -> dict[str, str]:
        """File name -> SHA-256 that its content is held to: the tokenizer's when built, the weights' when loaded."""
        return {WEIGHTS: self._config["weights_sha256"], TOKENIZER: self._config["tokenizer_sha256"]}

    def load_state(self) -> dict[str, Tensor]:
        """Read and dequantise the weights: parameter name -> float32 tensor. Raises CheckpointError if damaged."""
        self._check_weights()
        return dict(self._tensors())

    def stored(self) -> StoredWeights:
        """The weights, dequantised one by one while they are read."""
        identity = f"{self._config['weights_sha256']} dequantised to float32"
        return StoredWeights(identity, self._tensors, check=self._check_weights)

    def _check_weights(self) -> None:
        _refuse_other_content(self.folder / WEIGHTS, self._config["weights_sha256"])

    def _tensors(self) -> Iterator[tuple[str, Tensor]]:
        """In the module's order, then what it does not know."""
        path = self.folder / WEIGHTS
        try:
            with safe_open(path, framework="pt") as tensors:
                names = {name.removesuffix(".q4") for name in tensors.keys() if not name.endswith(".scale")}
                order = {name: index for index, name in enumerate(self._names)}
                for name in sorted(names, key=lambda name: order.get(name, len(order))):
                    yield name, _dequantised(tensors, name)
        except SafetensorError as error:
            raise CheckpointError(f"{path}: not a whole safetensors file ({error}). Restore the file.") from error

    def encode(self, sentences: Sequence[str], exact: bool = False) -> Encoded:
        """(S,) texts -> tokens (S, T, D), mask (S, T), pooled (S, D). Raises InputError for an empty sentence."""
        for sentence in sentences:
            if not sentence.strip():
                raise InputError("an empty sentence cannot be encoded. Leave it out.")
        ids, truncated = self._token_ids(sentences)
        mask = torch.nn.utils.rnn.pad_sequence([torch.ones(len(row), dtype=torch.bool) for row in ids], True)
        padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(row) for row in ids], True, self._config["pad_token_id"])
        device = next(self.module.parameters()).device
        with torch.inference_mode(), forward_precision(device, "float32" if exact else self._precision):
            hidden = self.module(input_ids=padded.to(device), attention_mask=mask.to(device)).last_hidden_state
        tokens = hidden.float().cpu()  # (S, T, D)
        weights = mask.unsqueeze(-1).float()
        return Encoded(tokens, mask, (tokens * weights).sum(1) / weights.sum(1), truncated)

    def _token_ids(self, sentences: Sequence[str]) -> tuple[list[list[int]], tuple[int, ...]]:
        encodings = self._tokenizer.encode_batch([PREFIX + sentence for sentence in sentences])
        end = self._config["eos_token_id"]
        ids = [row.ids if len(row.ids) <= self.window else [*row.ids[: self.window - 1], end] for row in encodings]
        return ids, tuple(i for i, row in enumerate(encodings) if len(row.ids) > self.window)

    def unknown_share(self, text: str) -> float:
        """Share of tokens that the vocabulary has no piece for, in [0, 1]."""
        ids = self._tokenizer.encode(text, add_special_tokens=False).ids
        unknown: int = sum(i == self._config["unk_token_id"] for i in ids)
        return unknown / max(1, len(ids))


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hex. Raises CheckpointError if there is none."""
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise CheckpointError(f"'{path}' cannot be read ({error.strerror}). {RESTORE}") from error


def _read_config(folder: Path) -> dict[str, Any]:
    path = folder / CONFIG
    try:
        config: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"'{path}' cannot be read ({error.strerror}). {RESTORE}") from error
    except ValueError as error:
        raise CheckpointError(f"'{path}' is not JSON ({error}). Restore the file.") from error
    if config.get("format") != "redheart-encoder-1":
        raise CheckpointError(
            f"'{path}' has format '{config.get('format')}', not 'redheart-encoder-1'. It is no Red Heart encoder."
        )
    if missing := [key for key in (*_SIZES, *_OTHERS) if key not in config]:
        raise CheckpointError(f"'{path}' has no '{missing[0]}'. {RESTORE}")
    return config


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


def _empty_bert(config: dict[str, Any]) -> nn.Module:
    """The architecture on the meta device: no bytes until the memory manager brings the weights."""
    with torch.device("meta"):
        bert = BertModel(BertConfig(hidden_act="gelu", **{key: config[key] for key in _SIZES}), add_pooling_layer=False)
    positions = torch.arange(config["max_position_embeddings"]).unsqueeze(0)
    bert.embeddings.register_buffer("position_ids", positions, persistent=False)
    bert.embeddings.register_buffer("token_type_ids", torch.zeros_like(positions), persistent=False)
    empty: nn.Module = bert.eval()
    return empty


def _dequantised(tensors: Any, name: str) -> Tensor:
    """One tensor of an open safetensors file, float32. Raises SafetensorError if there is none."""
    if f"{name}.q4" in tensors.keys():
        return dequantise(tensors.get_tensor(f"{name}.q4"), tensors.get_tensor(f"{name}.scale"))
    plain: Tensor = tensors.get_tensor(name)
    return plain.float()
