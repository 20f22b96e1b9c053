"""Which model files lie in a folder, and whether each is the one its config recorded. Builds no model."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from redheart.config.bundled import bundled_folder
from redheart.config.schema import Settings
from redheart.errors import CheckpointError

Hash = Literal["ok", "differs", "missing", "not recorded"]


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file: bytes on disk, 0 when missing; `hash` compares it with the SHA-256 its config records."""

    name: str
    bytes: int
    hash: Hash


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """One folder of model files. `why_not` says what lacks for it to be whole, empty if nothing does."""

    name: str
    path: str
    files: tuple[ModelFile, ...]
    why_not: str = ""


def model_folders(settings: Settings) -> tuple[ModelFolder, ...]:
    """The folders bundled with the package, then the one of `model.path` if it is another."""
    bundled = sorted(folder for folder in bundled_folder("models").iterdir() if folder.is_dir())
    chosen = [] if settings.model.path == "bundled" else [Path(settings.model.path)]
    return tuple(read_folder(folder) for folder in [*bundled, *chosen])


def read_folder(folder: Path) -> ModelFolder:
    """Every file of a folder, read once for its hash. Raises CheckpointError if there is no such folder."""
    if not folder.is_dir():
        raise CheckpointError(f"'{folder}' is no folder. Set model.path to a checkpoint folder, or to 'bundled'.")
    recorded = _recorded(folder)
    present = {path.name for path in folder.iterdir() if path.is_file()}
    files = tuple(_file(folder / name, recorded.get(name)) for name in sorted(present | recorded.keys()))
    return ModelFolder(folder.name, str(folder), files, _why_not(files))


def _why_not(files: tuple[ModelFile, ...]) -> str:
    wrong = [f"{file.name} {file.hash}" for file in files if file.hash in ("differs", "missing")]
    if not any(file.name == "model.json" for file in files):
        wrong.append("model.json missing")
    return ", ".join(wrong)


def _file(path: Path, recorded: str | None) -> ModelFile:
    if not path.is_file():
        return ModelFile(path.name, 0, "missing")
    size = path.stat().st_size
    if recorded is None:
        return ModelFile(path.name, size, "not recorded")
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    return ModelFile(path.name, size, "ok" if found == recorded else "differs")


def _recorded(folder: Path) -> dict[str, str]:
    """File name -> SHA-256, as model.json and encoder.json say."""
    recorded: dict[str, str] = dict(_json(folder / "model.json").get("files", {}))
    encoder = _json(folder / "encoder.json")
    for key, name in (("weights_sha256", "encoder.safetensors"), ("tokenizer_sha256", "tokenizer.json")):
        if key in encoder:
            recorded[name] = encoder[key]
    return recorded


def _json(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"'{path}' is not JSON ({error}). Restore the file.") from error
    return content if isinstance(content, dict) else {}
