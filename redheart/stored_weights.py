"""What stored weights must be before a model takes them."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Final

from redheart.errors import CheckpointError

INDEX: Final = "model.safetensors.index.json"
SINGLE: Final = "model.safetensors"


def has_safetensors(folder: Path) -> bool:
    """True if the folder holds safetensors weights, in one file or in shards."""
    return (folder / INDEX).exists() or (folder / SINGLE).exists()


def safetensors_files(folder: Path) -> list[Path]:
    """The one file, or the shards that the index names, sorted. Raises CheckpointError for a damaged index."""
    index = folder / INDEX
    if not index.exists():
        return [folder / SINGLE]
    try:
        return sorted({folder / name for name in json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()})
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise CheckpointError(f"'{index}' is no index of safetensors ({error!r}). Restore the file.") from error


def refuse_other_names(owner: str, expected: Collection[str], found: Collection[str], mend: str) -> None:
    """Raises CheckpointError naming what of `expected` is missing and what is there beyond it."""
    missing, unexpected = set(expected) - set(found), set(found) - set(expected)
    if missing or unexpected:
        raise CheckpointError(f"{owner}: missing {some(missing)}; unexpected {some(unexpected)}. {mend}")


def some(names: Collection[str], limit: int = 4) -> str:
    """The first few names in quotes, and how many more."""
    shown = ", ".join(f"'{name}'" for name in sorted(names)[:limit])
    return (shown + (f" and {len(names) - limit} more" if len(names) > limit else "")) or "none"
