"""The files of a local language model: where they lie, how many bytes their weights take in memory."""

import importlib.util
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from redheart.errors import CheckpointError, ConfigError
from redheart.stored_weights import has_safetensors, safetensors_files

FLOAT32_BYTES: Final = 4


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A folder that transformers can load from; `gguf` is the file's name in it, None for safetensors."""

    folder: Path
    gguf: str | None

    @property
    def name(self) -> str:
        """How results call the model."""
        return self.gguf or self.folder.name


def locate(model: str) -> ModelFiles:
    """A .gguf file, a folder, or a hub model that was downloaded before; nothing is downloaded. Raises ConfigError."""
    if not model:
        raise ConfigError(
            "LLM backend 'local' needs a model, and llm.model is ''. "
            "Name a folder, a .gguf file or a downloaded hub model: --set llm.model=PATH."
        )
    path = Path(model).expanduser()
    if path.suffix == ".gguf":
        return _located_gguf(path)
    folder = path if path.is_dir() else _cached(model)
    if not has_safetensors(folder):
        raise ConfigError(
            f"llm.model '{model}' has no safetensors weights. Pickled weights are refused, for they can run code: "
            "convert the model to safetensors, or name a .gguf file."
        )
    return ModelFiles(folder, None)


def float32_bytes(files: ModelFiles) -> int:
    """Bytes of all weights as float32, from the files' tensor tables. Raises CheckpointError for a damaged file."""
    if files.gguf is not None:
        return _gguf_elements(files.folder / files.gguf) * FLOAT32_BYTES
    return sum(map(_safetensors_elements, safetensors_files(files.folder))) * FLOAT32_BYTES


def _located_gguf(path: Path) -> ModelFiles:
    if not path.is_file():
        raise ConfigError(f"llm.model '{path}' does not exist. Check the path.")
    missing = [package for package in ("gguf", "accelerate") if importlib.util.find_spec(package) is None]
    if missing:
        raise ConfigError(
            f"llm.model '{path.name}' is a GGUF file, and {', '.join(missing)} is not installed. "
            "Install both: pip install 'redheart[gguf]'."
        )
    return ModelFiles(path.parent, path.name)


def _cached(model: str) -> Path:
    """The snapshot folder of a hub model on this disk."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(model, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise ConfigError(
            f"llm.model '{model}' is neither a folder, a .gguf file nor a downloaded hub model. "
            "Check the name, or download it first; nothing is downloaded here."
        ) from error


def _safetensors_elements(path: Path) -> int:
    """Elements by the header: 8 bytes of length, little-endian, then JSON with a shape for each tensor."""
    try:
        with path.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            if length > path.stat().st_size:
                raise ValueError("its header is longer than the file")
            header: dict[str, Any] = json.loads(stream.read(length))
        return sum(math.prod(entry["shape"]) for name, entry in header.items() if name != "__metadata__")
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise CheckpointError(f"'{path}' is no whole safetensors file ({error}). Restore the file.") from error


def _gguf_elements(path: Path) -> int:
    from gguf import GGUFReader

    try:
        return sum(int(tensor.n_elements) for tensor in GGUFReader(path).tensors)
    except (OSError, ValueError, KeyError, IndexError) as error:
        raise CheckpointError(f"'{path}' is no whole GGUF file ({error}). Restore the file.") from error
