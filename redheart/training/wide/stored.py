"""The file of a wide part: `wide.<head>.safetensors`, written whole, read strictly."""

from __future__ import annotations

from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import load_file, save

from redheart.errors import CheckpointError
from redheart.nn.wide import WideTable
from redheart.training.whole_file import write_whole


def file_of(head: str) -> str:
    """The name of a head's file."""
    return f"wide.{head}.safetensors"


def save_table(table: WideTable, path: Path) -> None:
    """Written whole or not at all."""
    write_whole(path, save({name: value.contiguous() for name, value in table.state_dict().items()}))


def load_table(path: Path) -> WideTable:
    """Raises CheckpointError for a file that is missing, damaged, or no table."""
    try:
        tensors = load_file(path)
        table = WideTable(*tensors["weights"].shape)
        table.load_state_dict(tensors, strict=True)
    except (OSError, SafetensorError, KeyError, TypeError, RuntimeError) as error:
        raise CheckpointError(f"'{path}' is no table of n-grams ({error}). Restore the file.") from error
    return table
