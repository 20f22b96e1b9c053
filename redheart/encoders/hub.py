"""Any transformers sentence encoder by name: a local folder, or a hub model that is already downloaded."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from redheart.config.schema import EncoderSection
from redheart.encoders.precision import forward_precision
from redheart.errors import ConfigError, InputError
from redheart.types.encoding import Encoded


class HubEncoder:
    """Examples: jhgan/ko-sroberta-multitask (768), nlpai-lab/KURE-v1 (1024). Nothing is downloaded, no code is trusted.

    Pooling is the mean over tokens, or the first token where the model's own pooling config says so.
    """

    def __init__(self, settings: EncoderSection) -> None:
        self.name, self.revision, self._prefix = settings.name, settings.revision, settings.prefix
        self._precision = settings.precision
        self._folder = _local_folder(settings)
        from transformers import AutoConfig, AutoModel, AutoTokenizer

        config = AutoConfig.from_pretrained(self._folder, trust_remote_code=False, local_files_only=True)
        self._tokenizer: Any = AutoTokenizer.from_pretrained(
            self._folder, trust_remote_code=False, local_files_only=True
        )
        self.dim = int(config.hidden_size)
        self.module: nn.Module = AutoModel.from_config(config, trust_remote_code=False).eval()
        self._first_token = _pools_first_token(self._folder)

    def load_state(self) -> dict[str, Tensor]:
        """Read the weights from safetensors files; pickled ones are refused."""
        from transformers import AutoModel

        model: nn.Module = AutoModel.from_pretrained(
            self._folder, trust_remote_code=False, local_files_only=True, use_safetensors=True, dtype=torch.float32
        )
        return model.state_dict()

    def encode(self, sentences: Sequence[str], exact: bool = False) -> Encoded:
        """(S,) texts -> tokens (S, T, D), mask (S, T), pooled (S, D). Raises InputError for an empty sentence."""
        if any(not sentence.strip() for sentence in sentences):
            raise InputError("an empty sentence cannot be encoded. Leave it out.")
        texts = [self._prefix + sentence for sentence in sentences]
        window = min(512, int(self._tokenizer.model_max_length))
        whole = self._tokenizer(texts, add_special_tokens=True)["input_ids"]
        batch = self._tokenizer(texts, padding=True, truncation=True, max_length=window, return_tensors="pt")
        device = next(self.module.parameters()).device
        with torch.inference_mode(), forward_precision(device, "float32" if exact else self._precision):
            tokens: Tensor = self.module(**batch.to(device)).last_hidden_state.float().cpu()
        mask = batch["attention_mask"].bool().cpu()
        weights = mask.unsqueeze(-1).float()
        pooled = tokens[:, 0] if self._first_token else (tokens * weights).sum(1) / weights.sum(1)
        return Encoded(tokens, mask, pooled, tuple(i for i, row in enumerate(whole) if len(row) > window))


def _local_folder(settings: EncoderSection) -> Path:
    if Path(settings.name).is_dir():
        return Path(settings.name)
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(settings.name, revision=settings.revision, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        raise ConfigError(
            f"encoder '{settings.name}' (revision '{settings.revision}') is neither a folder nor a downloaded model. "
            "Download it first, or set `encoder.name` to 'bundled'."
        ) from error


def _pools_first_token(folder: Path) -> bool:
    """What a sentence-transformers folder says of its pooling; False where it says nothing."""
    path = folder / "1_Pooling" / "config.json"
    return path.exists() and bool(json.loads(path.read_text(encoding="utf-8")).get("pooling_mode_cls_token", False))
