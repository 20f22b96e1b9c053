"""The structure of a causal language model: everything but its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from redheart.errors import CheckpointError, ConfigError
from redheart.llm.model_files import ModelFiles

#: What transformers raises for files that it cannot make sense of.
REFUSALS: Final = (OSError, ValueError, KeyError, RuntimeError, ImportError)
#: Nothing is downloaded, no code of a model is run.
SAFE: Final[dict[str, Any]] = {"local_files_only": True, "trust_remote_code": False}


def read_config(files: ModelFiles) -> tuple[Any, dict[str, Any]]:
    """The model's config, and for GGUF what the file says of it, by the names of transformers, else {}.

    Raises CheckpointError, or ConfigError for weights that are quantised in a way that only their own kernels read.
    """
    from transformers import CONFIG_MAPPING, AutoConfig, PreTrainedConfig

    try:
        if files.gguf is None:
            config = AutoConfig.from_pretrained(files.folder, **SAFE)
            told: dict[str, Any] = {}
        else:
            told, _ = PreTrainedConfig.get_config_dict(files.folder, gguf_file=files.gguf, local_files_only=True)
            config = CONFIG_MAPPING[told["model_type"]].from_dict(dict(told))
    except REFUSALS as error:
        raise unloadable(files, error) from error
    if getattr(config, "quantization_config", None) is not None:
        raise ConfigError(
            f"llm.model '{files.name}' has quantised weights that need kernels of their own. "
            "Name the model as it was before, or a .gguf file of it."
        )
    return config, told


def empty_model(files: ModelFiles, config: Any) -> Any:
    """A transformers model in eval mode: weights are meta tensors, constants such as rotary frequencies are real.

    Raises CheckpointError.
    """
    from transformers import AutoModelForCausalLM

    try:
        with _EmptyWeights():
            model = AutoModelForCausalLM.from_config(config, trust_remote_code=False, dtype=torch.float32)
    except REFUSALS as error:
        raise unloadable(files, error) from error
    _empty_the_rest(model)
    if lost := [name for name, buffer in _constants(model) if buffer.is_meta]:
        raise CheckpointError(
            f"llm.model '{files.name}' cannot be built without its weights: '{lost[0]}' is stored in no file. "
            "Use another model."
        )
    if files.gguf is None:
        model.generation_config = _generation_config(files, config)
    return model.eval().requires_grad_(False)


def read_tokenizer(files: ModelFiles) -> Any:
    """The model's tokenizer. Raises CheckpointError."""
    from transformers import AutoTokenizer

    source = {"gguf_file": files.gguf} if files.gguf else {}
    try:
        return AutoTokenizer.from_pretrained(files.folder, **SAFE, **source)
    except REFUSALS as error:
        raise unloadable(files, error) from error


def unloadable(files: ModelFiles, error: Exception) -> CheckpointError:
    """What the user is told of a model that transformers refuses."""
    reason = " ".join(str(error).split())[:300]
    return CheckpointError(f"llm.model '{files.name}' cannot be loaded ({reason}). Use another.")


class _EmptyWeights(TorchFunctionMode):
    """Inside, what will be weights takes no bytes; constants are computed as ever."""

    def __torch_function__(
        self, func: Callable[..., Any], types: object, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        on_meta = {"device": "meta"} if func is torch.empty else {}
        return func(*args, **{**(kwargs or {}), **on_meta})


def _generation_config(files: ModelFiles, config: Any) -> Any:
    """Where the folder says nothing of writing, what the model's config says."""
    from transformers import GenerationConfig

    try:
        return GenerationConfig.from_pretrained(files.folder, local_files_only=True)
    except OSError:
        return GenerationConfig.from_model_config(config)


def _empty_the_rest(model: nn.Module) -> None:
    """Weights that were made of ones or zeros become meta tensors too; tied ones stay tied."""
    emptied: dict[int, nn.Parameter] = {}
    for owner in model.modules():
        for name, parameter in list(owner._parameters.items()):
            if parameter is not None and not parameter.is_meta:
                empty = emptied.setdefault(id(parameter), nn.Parameter(parameter.detach().to("meta"), False))
                setattr(owner, name, empty)
        for name, buffer in list(owner._buffers.items()):
            if buffer is not None and name not in owner._non_persistent_buffers_set:
                owner._buffers[name] = buffer.to("meta")


def _constants(model: nn.Module) -> list[tuple[str, torch.Tensor]]:
    """Buffers that no file stores."""
    return [
        (f"{place}.{name}", buffer)
        for place, owner in model.named_modules()
        for name, buffer in owner._buffers.items()
        if buffer is not None and name in owner._non_persistent_buffers_set
    ]
