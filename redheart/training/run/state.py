"""All that a run needs to go on exactly where it stood, in one safetensors file."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from redheart.errors import CheckpointError, InputError
from redheart.training.run.epoch_sums import EpochSums
from redheart.types.base import Frozen

KEY = "redheart_state"


class Position(Frozen):
    """How far a run is. The order of samples and all draws follow from seed and step, so this is the data position."""

    run: str = Field(description="digest of what the run was asked")
    step: int  # steps done
    epoch: int  # epochs done and judged
    micro_batch: int  # samples computed at once, after refused allocations
    sums: EpochSums  # of the epoch that is not done


def write_state(path: Path, position: Position, tensors: Mapping[str, Tensor]) -> None:
    """Write weights, optimizer and average as they are now; whole or not at all.

    Raises InputError if the disk refuses; the state before is then still there.
    """
    temporary = path.with_name(f".{path.name}.part")
    plain = {name: value.detach().contiguous() for name, value in tensors.items()}
    try:
        save_file(plain, temporary, metadata={KEY: position.model_dump_json()})
        with temporary.open("rb") as stream:
            os.fsync(stream.fileno())
        temporary.replace(path)
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"'{path}' cannot be written ({error}). Make room, then go on with the same command and --resume."
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def read_position(path: Path) -> Position:
    """Raises CheckpointError for a file that is missing, cut off, or none of ours."""
    mend = "Begin anew in another --out."
    try:
        with safe_open(path, framework="pt") as stored:
            return Position.model_validate(json.loads((stored.metadata() or {})[KEY]))
    except FileNotFoundError as error:
        raise CheckpointError(f"'{path}' is missing: there is no run to go on with. Leave --resume out.") from error
    except SafetensorError as error:
        raise CheckpointError(f"'{path}' is not a whole safetensors file ({error}). {mend}") from error
    except (KeyError, ValueError, ValidationError) as error:
        raise CheckpointError(f"'{path}' is no state of a training run. {mend}") from error


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a state whose position was read."""
    with safe_open(path, framework="pt") as stored:
        return {name: stored.get_tensor(name) for name in stored.keys()}


def section(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The tensors whose names begin with `name/`, without it."""
    return {key[len(name) + 1 :]: value for key, value in tensors.items() if key.startswith(f"{name}/")}


def labelled(name: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors with `name/` before their names."""
    return {f"{name}/{key}": value for key, value in tensors.items()}
