"""Checkpoints: safetensors files, one config with its own hash, and a probe that must reproduce. Loading is strict."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from redheart.errors import CheckpointError
from redheart.nn.heads import HEADS
from redheart.nn.model import Architecture, CompactModel
from redheart.nn.track import TrackCalibration
from redheart.types.base import Frozen
from redheart.types.readings import FactorEvidence
from redheart.types.weights import StoredWeights

CONFIG_FILE = "model.json"
FORMAT: Literal["redheart-compact-1"] = "redheart-compact-1"
PROBE_TOLERANCE = 1e-3


class Probe(Frozen):
    """Texts with the raw outputs they gave in float32 when the checkpoint was written."""

    texts: tuple[str, ...]
    outputs: dict[str, tuple[tuple[float, ...], ...]]


class CheckpointConfig(Frozen):
    """Everything of a checkpoint but its tensors."""

    format: Literal["redheart-compact-1"] = FORMAT
    architecture: dict[str, float | int]
    heads: tuple[str, ...]
    branches: tuple[str, ...] | None = Field(
        default=None, description="the encoder's branches that the heads ask, side by side; null: the encoder itself"
    )
    wide: dict[str, int] | None = Field(
        default=None, description="head -> n-grams of its wide part; null: none has one"
    )
    branch_files: dict[str, str] | None = Field(default=None, description="file name of a branch -> SHA-256")
    encoder: str
    encoder_revision: str
    encoder_sha256: str
    files: dict[str, str] = Field(default_factory=dict, description="file name -> SHA-256")
    platt: dict[str, tuple[float, float]]
    base_rates: dict[str, tuple[float, ...]]
    conformal: dict[str, float] = Field(description="dimension -> half width of its interval")
    conformal_coverage: dict[str, float] = Field(description="dimension -> share of dev rows inside, cross-fitted")
    neutral_utility: dict[str, tuple[float, ...]]
    embedding_mean: tuple[float, ...]
    appraisal_errors: dict[str, float] | None = Field(
        default=None, description="appraisal -> RMSE on dev; null in a checkpoint without that head or measurement"
    )
    factor_evidence: dict[str, FactorEvidence] | None = Field(
        default=None, description="'<factor>/<route>' -> its agreement with dev labels; null where nothing was measured"
    )
    surd_errors: dict[str, dict[str, float]] | None = Field(
        default=None,
        description="language -> share -> mean absolute error of the SURD head on dev; null without that head",
    )
    trajectory: TrackCalibration | None = Field(
        default=None, description="calibration of the smoothed trajectory; null where it was never fitted"
    )
    probe: Probe
    config_sha256: str = ""

    def digest(self) -> str:
        """SHA-256 of the config without its own hash; a section that it lacks does not enter."""
        plain = self.model_dump(mode="json", exclude={"config_sha256"}, exclude_none=True)
        return hashlib.sha256(json.dumps(plain, sort_keys=True, ensure_ascii=False).encode()).hexdigest()

    def mean_digest(self) -> str:
        """First 8 hex digits of SHA-256 of `embedding_mean`: vectors centred on another mean are not comparable."""
        return _digest_of(self.embedding_mean)


@lru_cache(maxsize=8)
def _digest_of(mean: tuple[float, ...]) -> str:
    return hashlib.sha256(json.dumps(mean).encode()).hexdigest()[:8]


def file_of(module: str) -> str:
    """The file a module is stored in: trunk and plainly licensed heads a file each, by name."""
    return f"{module}.safetensors"


def save_checkpoint(model: CompactModel, config: CheckpointConfig, folder: Path) -> None:
    """Write one safetensors file a module, then the config with their hashes."""
    files: dict[str, str] = {}
    for name, module in model.modules().items():
        files |= record_module(name, module, folder)
    write_config(config.model_copy(update={"files": files}), folder)


def record_module(name: str, module: nn.Module, folder: Path) -> dict[str, str]:
    """Write one module's file, whole or not at all; its name and SHA-256, for the config."""
    path = folder / file_of(name)
    temporary = path.with_name(f".{path.name}")
    save_file({key: value.detach().contiguous() for key, value in module.state_dict().items()}, temporary)
    temporary.chmod(0o644)
    temporary.replace(path)
    return {path.name: _digest(path)}


def write_config(config: CheckpointConfig, folder: Path) -> None:
    """Write the config with its hash; the weights stay as they are."""
    whole = config.model_copy(update={"config_sha256": config.digest()})
    text = json.dumps(whole.model_dump(mode="json"), ensure_ascii=False, indent=None)
    (folder / CONFIG_FILE).write_text(text + "\n", encoding="utf-8")


def read_config(folder: Path) -> CheckpointConfig:
    """Read and check the config. Raises CheckpointError: missing, no JSON, foreign, or changed since it was written."""
    path = folder / CONFIG_FILE
    mend = "Restore the folder, or point `model.path` at a whole checkpoint."
    try:
        config = CheckpointConfig.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise CheckpointError(f"'{path}' cannot be read ({error.strerror}). {mend}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise CheckpointError(f"'{path}' is no Red Heart checkpoint: {where}: {first['msg']}. {mend}") from error
    except ValueError as error:
        raise CheckpointError(f"'{path}' is not JSON ({error}). {mend}") from error
    if config.digest() != config.config_sha256:
        raise CheckpointError(
            f"'{path}' was changed after it was written: its hash is '{config.digest()[:12]}…'. {mend}"
        )
    return config


def build_model(config: CheckpointConfig, without: frozenset[str] = frozenset()) -> CompactModel:
    """The modules of a checkpoint, weights not yet read; heads named in `without` are left out."""
    architecture = Architecture(**config.architecture)  # type: ignore[arg-type]
    heads = [head for head in config.heads if head not in without]
    asked = {HEADS[head].branch for head in heads}
    branches = [branch for branch in config.branches or () if branch in asked]
    return CompactModel(
        architecture, heads, branches, {head: n for head, n in (config.wide or {}).items() if head in heads}
    )


def state_reader(folder: Path, config: CheckpointConfig, module: str) -> Callable[[], dict[str, Tensor]]:
    """A function that reads one module's tensors. It raises CheckpointError for a missing or damaged file."""
    path = folder / file_of(module)

    def read() -> dict[str, Tensor]:
        _refuse_other_file(path, config, module)
        return dict(_tensors(path))

    return read


def stored(folder: Path, config: CheckpointConfig, module: str) -> StoredWeights:
    """Where one module's tensors lie, as they are used. Raises CheckpointError if the checkpoint has no such module."""
    path = folder / file_of(module)
    return StoredWeights(
        identity=_recorded(path, config, module),
        read=lambda: _tensors(path),
        files=(path,),
        check=lambda: _refuse_other_file(path, config, module),
    )


def _recorded(path: Path, config: CheckpointConfig, module: str) -> str:
    if path.name not in config.files:
        raise CheckpointError(f"checkpoint '{path.parent}' holds no '{module}'. It has: {', '.join(config.files)}.")
    return config.files[path.name]


def _refuse_other_file(path: Path, config: CheckpointConfig, module: str) -> None:
    recorded = _recorded(path, config, module)
    if not path.exists():
        raise CheckpointError(f"'{path}' is missing. Restore the file.")
    if (found := _digest(path)) != recorded:
        raise CheckpointError(
            f"'{path}': SHA-256 is '{found[:12]}…', the config says '{recorded[:12]}…'. Restore the file."
        )


def _tensors(path: Path) -> Iterator[tuple[str, Tensor]]:
    try:
        with safe_open(path, framework="pt") as tensors:
            for name in tensors.keys():
                yield name, tensors.get_tensor(name)
    except SafetensorError as error:
        raise CheckpointError(f"'{path}' is not a whole safetensors file ({error}). Restore the file.") from error


def check_probe(expected: dict[str, tuple[tuple[float, ...], ...]], got: dict[str, np.ndarray]) -> None:
    """Raises CheckpointError naming the head and the deviation if any output is off by more than 1e-3."""
    for head, rows in expected.items():
        if head not in got:
            continue  # left out by the user's setting
        deviation = float(np.abs(got[head] - np.array(rows)).max())
        if not deviation <= PROBE_TOLERANCE:  # NaN fails too
            raise CheckpointError(
                f"head '{head}' does not reproduce its probe: off by {deviation:.2g}, allowed {PROBE_TOLERANCE:g}. "
                "The checkpoint is damaged, or this build of torch computes differently."
            )


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
