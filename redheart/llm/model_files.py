"""The files of a local language model: where they lie."""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from redheart.errors import ConfigError
from redheart.stored_weights import has_safetensors, safetensors_files


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """A folder that transformers can load from; `gguf` is the file's name in it, None for safetensors."""

    folder: Path
    gguf: str | None

    @property
    def name(self) -> str:
        """How results call the model."""
        return self.gguf or self.folder.name

    def weights(self) -> list[Path]:
        """The files that hold weights. Raises CheckpointError for a damaged index of safetensors."""
        return [self.folder / self.gguf] if self.gguf else safetensors_files(self.folder)


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
