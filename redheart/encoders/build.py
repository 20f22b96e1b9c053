"""The sentence encoder that the settings name, and where the checkpoint that carries the bundled one lies."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from redheart.config.bundled import bundled_folder
from redheart.config.schema import EncoderSection

if TYPE_CHECKING:
    from redheart.encoders.bundled import BundledEncoder
    from redheart.encoders.hub import HubEncoder

BUNDLED = "bundled"


def checkpoint_folder(model_path: str) -> Path:
    """Where the checkpoint of `model.path` lies."""
    return bundled_folder("models") / "compact" if model_path == BUNDLED else Path(model_path)


def build_encoder(
    section: EncoderSection, folder: Path, without: frozenset[str] = frozenset()
) -> BundledEncoder | HubEncoder:
    """The encoder's structure; `folder` holds the bundled one, of which the branches `without` are left out.

    Raises CheckpointError, ConfigError.
    """
    if section.name == BUNDLED:
        from redheart.encoders.bundled import BundledEncoder

        return BundledEncoder(folder, section.precision, without)
    from redheart.encoders.hub import HubEncoder

    return HubEncoder(section)
