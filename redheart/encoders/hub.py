"""Any transformers sentence encoder by name: a local folder, or a hub model that is already downloaded."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from redheart.config.schema import EncoderSection
from redheart.encoders.bundled import file_digest
from redheart.encoders.precision import forward_precision
from redheart.errors import CheckpointError, ConfigError, InputError
from redheart.stored_weights import has_safetensors, refuse_other_names, safetensors_files
from redheart.types.encoding import Encoded
from redheart.types.weights import StoredWeights

#: Number formats of safetensors that become float32 while they are read.
OTHER_FLOATS = {"F64", "F16", "BF16", "F8_E4M3", "F8_E5M2"}


class HubEncoder:
    """Examples: jhgan/ko-sroberta-multitask (768), nlpai-lab/KURE-v1 (1024). Nothing is downloaded, no code is trusted.

    Pooling is the mean over tokens, or the first token where the model's own pooling config says so.
    No weights are read before `load_state`, or what `stored` tells of.
    """

    branches: tuple[str, ...] = ()

    def __init__(self, settings: EncoderSection) -> None:
        self.name, self.revision, self._prefix = settings.name, settings.revision, settings.prefix
        self._precision = settings.precision
        self._folder = _local_folder(settings)
        config, self._tokenizer = _described(self._folder)
        self.dim = int(config.hidden_size)
        self.module = _empty_model(config)
        self._names = tuple(self.module.state_dict())
        self._constants = {name for name, _ in self.module.named_buffers()} - set(self._names)
        self._first_token = _pools_first_token(self._folder)

    def digests(self) -> dict[str, str]:
        """Weight file -> SHA-256. Raises CheckpointError if there is none."""
        return {path.name: file_digest(path) for path in _weight_files(self._folder)}

    def load_state(self) -> dict[str, Tensor]:
        """Read the weights: name -> float32 tensor, exactly those of the model. Pickled files are not read.

        Raises CheckpointError naming tensors that are missing or unexpected.
        """
        self._check_names()
        return dict(self._tensors())

    def stored(self) -> StoredWeights:
        """The weights: the files themselves where they hold float32, else converted to it one by one.

        Raises CheckpointError for a folder without whole safetensors.
        """
        files = tuple(path.resolve() for path in _weight_files(self._folder))
        dtypes = {tensors.get_slice(name).get_dtype() for tensors, name in self._entries()}
        direct = dtypes.isdisjoint(OTHER_FLOATS)
        identity = "; ".join(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)
        return StoredWeights(
            f"{identity}; float32", self._tensors, files=files if direct else (), check=self._check_names
        )

    def _check_names(self) -> None:
        names = {name for _, name in self._entries()}
        mend = "Save it with transformers' AutoModel, or set `encoder.name` to 'bundled'."
        refuse_other_names(f"encoder '{self.name}'", self._names, names, mend)

    def _tensors(self) -> Iterator[tuple[str, Tensor]]:
        for tensors, name in self._entries():
            tensor: Tensor = tensors.get_tensor(name)
            yield name, tensor.float() if tensor.is_floating_point() else tensor

    def _entries(self) -> Iterator[tuple[Any, str]]:
        """(open file, name in it) of every tensor but constants, file by file in the model's order."""
        order = {name: index for index, name in enumerate(self._names)}
        for path in _weight_files(self._folder):
            try:
                with safe_open(path, framework="pt") as tensors:
                    names = set(tensors.keys()) - self._constants
                    for name in sorted(names, key=lambda name: order.get(name, len(order))):
                        yield tensors, name
            except (SafetensorError, FileNotFoundError) as error:
                raise CheckpointError(f"'{path}' is no whole safetensors file ({error}). Restore the file.") from error

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


class _EmptyWeights(TorchFunctionMode):
    """Inside, what will be weights takes no bytes; constants such as position ids are computed as ever."""

    def __torch_function__(
        self, func: Callable[..., Any], types: object, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        on_meta = {"device": "meta"} if func is torch.empty else {}
        return func(*args, **{**(kwargs or {}), **on_meta})


def _empty_model(config: Any) -> nn.Module:
    """The architecture on the meta device: no bytes until the memory manager brings the weights."""
    from transformers import AutoModel

    with _EmptyWeights():
        model: nn.Module = AutoModel.from_config(config, trust_remote_code=False, dtype=torch.float32).eval()
    for owner in model.modules():
        for attribute, parameter in list(owner._parameters.items()):
            if parameter is not None and not parameter.is_meta:  # one that was made of ones or zeros
                setattr(owner, attribute, nn.Parameter(parameter.to("meta"), False))
    return model


def _described(folder: Path) -> tuple[Any, Any]:
    """The config and the tokenizer of a folder. Raises ConfigError."""
    from transformers import AutoConfig, AutoTokenizer

    safe: dict[str, Any] = {"trust_remote_code": False, "local_files_only": True}
    try:
        return AutoConfig.from_pretrained(folder, **safe), AutoTokenizer.from_pretrained(folder, **safe)
    except (OSError, ValueError, KeyError, ImportError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ConfigError(
            f"encoder '{folder}' is no transformers encoder ({reason}). "
            "Name another, or set `encoder.name` to 'bundled'."
        ) from error


def _weight_files(folder: Path) -> list[Path]:
    """The safetensors files of a folder. Raises CheckpointError if it has none."""
    if not has_safetensors(folder):
        raise CheckpointError(
            f"encoder '{folder}' has no safetensors weights. Pickled weights are refused, for they can run code: "
            "convert the model to safetensors."
        )
    return safetensors_files(folder)


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
