"""All that a run needs to go on exactly where it stood, in one safetensors file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pydantic import Field, ValidationError
from safetensors import SafetensorError, safe_open
from torch import Tensor

from redheart.errors import CheckpointError, InputError
from redheart.nn.network.tensor_file import save_whole
from redheart.training.run.epoch_sums import EpochSums
from redheart.types.base import Frozen

KEY: Final = "redheart_state"
MEND: Final = "Restore it, or delete it: --resume then learns again from the first step, and keeps what a sweep found."


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
    plain = {name: value.detach().contiguous() for name, value in tensors.items()}
    try:
        save_whole(path, plain, {KEY: position.model_dump_json()})
    except (OSError, SafetensorError) as error:
        raise InputError(
            f"'{path}' cannot be written ({error}). Make room, then go on with the same command and --resume."
        ) from error


def read_position(path: Path) -> Position:
    """Raises CheckpointError for a file that is missing, cut off, or none of ours."""
    with _opened(path) as stored:
        text = (stored.metadata() or {}).get(KEY)
    if text is None:
        raise CheckpointError(f"'{path}' is a safetensors file, but no state of a training run. {MEND}")
    try:
        return Position.model_validate(json.loads(text))
    except (ValueError, ValidationError) as error:
        raise CheckpointError(
            f"'{path}': this version of Red Heart cannot read how far its run was. Go on with the version that wrote "
            f"it. {MEND}"
        ) from error


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a state. Raises CheckpointError for a file that is missing, cut off, or cannot be read."""
    with _opened(path) as stored:
        return {name: stored.get_tensor(name) for name in stored.keys()}


def refuse_other_tensors(path: Path, found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> None:
    """Raises CheckpointError naming what is missing, extra, of another shape or number format."""
    lacks = sorted(expected.keys() - found.keys())
    extra = sorted(found.keys() - expected.keys())
    other = [
        name
        for name in sorted(expected.keys() & found.keys())
        if (found[name].shape, found[name].dtype) != (expected[name].shape, expected[name].dtype)
    ]
    said = (("lacks", lacks), ("holds, as no part of this run,", extra), ("holds in another shape or format", other))
    for what, names in said:
        if names:
            more = f" and {len(names) - 1} more" if len(names) > 1 else ""
            raise CheckpointError(f"'{path}' {what} '{names[0]}'{more}: it is the state of another network. {MEND}")


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with safe_open(path, framework="pt") as stored:
            yield stored
    except FileNotFoundError as error:
        raise CheckpointError(f"'{path}' is missing: there is no state to go on from. Leave --resume out.") from error
    except SafetensorError as error:
        raise CheckpointError(f"'{path}' is not a whole safetensors file ({error}). {MEND}") from error
    except OSError as error:
        raise CheckpointError(f"'{path}' cannot be read ({error.strerror or error}). {MEND}") from error


def section(tensors: Mapping[str, Tensor], name: str) -> dict[str, Tensor]:
    """The tensors whose names begin with `name/`, without it."""
    return {key[len(name) + 1 :]: value for key, value in tensors.items() if key.startswith(f"{name}/")}


def labelled(name: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The same tensors with `name/` before their names."""
    return {f"{name}/{key}": value for key, value in tensors.items()}
