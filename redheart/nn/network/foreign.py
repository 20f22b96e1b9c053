"""Files that are no network of ours, told apart by name, so that none of them is half loaded."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from redheart.errors import CheckpointError

_ROOTS: Final = frozenset({"backbone", "head", "analyzer", "auxiliary", "wrapper"})
_START: Final = 9  # bytes: eight of a safetensors file's header length, then the brace of its header
_PICKLE_PROTOCOLS: Final = frozenset(range(2, 6))


def refuse_no_file(path: Path) -> None:
    """Raises CheckpointError for a folder and for what is not there."""
    if path.is_dir():
        raise CheckpointError(
            f"'{path}' is a folder, a network is one file. A folder with a model.json is verified by "
            "`redheart models verify --set model.path=FOLDER`, without --checkpoint."
        )
    if not path.exists():
        raise CheckpointError(f"'{path}' is missing. Name a file that `redheart train` wrote.")


def refuse_pickle(path: Path) -> None:
    """Raises CheckpointError for what torch.save or pickle wrote, without reading it: loading it could run code."""
    with path.open("rb") as stream:
        start = stream.read(_START)
    if start[8:] == b"{":
        return
    if start.startswith(b"PK\x03\x04") or (start[:1] == b"\x80" and start[1:2] and start[1] in _PICKLE_PROTOCOLS):
        raise CheckpointError(
            f"'{path}' is a pickle, as torch.save writes it: pickles are refused, they can run any program. "
            "Name a .safetensors file that `redheart train` wrote."
        )


def refuse_nested(path: Path, names: Collection[str]) -> None:
    """Raises CheckpointError naming the prefix under which the tensors of a network lie."""
    for name in sorted(names):
        words = name.split(".")
        depth = next((place for place, word in enumerate(words) if word in _ROOTS), 0)
        if depth:
            prefix = ".".join(words[:depth])
            raise CheckpointError(
                f"'{path}' is a nested checkpoint: its tensors lie under '{prefix}.', as in '{name}'. Nothing of it "
                "would be loaded under the names of a network. Name a file that `redheart train` wrote."
            )


def no_header(path: Path, names: Collection[str]) -> CheckpointError:
    """The refusal of a safetensors file of somebody else."""
    first = f", its first '{min(names)}'" if names else ""
    tensors = f"{len(names)} tensor{'s' * (len(names) != 1)}"
    return CheckpointError(
        f"'{path}' is a safetensors file without a header of Red Heart ({tensors}{first}). "
        "Name a file that `redheart train` wrote."
    )
