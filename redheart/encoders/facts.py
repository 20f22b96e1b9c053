"""What is known of an encoder before any of it is built: name, revision, dimension, whose weights they are."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redheart.config.schema import EncoderSection
from redheart.encoders.build import BUNDLED, build_encoder
from redheart.errors import CheckpointError

CONFIG: Final = "encoder.json"
_BESIDE_WEIGHTS: Final = ("config.json", "tokenizer.json", "tokenizer_config.json", "1_Pooling/config.json")


@dataclass(frozen=True, slots=True)
class EncoderFacts:
    """`weights` is one SHA-256 over the digests of its files; `dim` is D; `prefix` is put before every sentence."""

    name: str
    revision: str
    dim: int
    weights: str
    prefix: str


def encoder_facts(section: EncoderSection, folder: Path) -> EncoderFacts:
    """Of the bundled encoder, in `folder`, without importing torch; of any other by building its structure.

    Raises CheckpointError, ConfigError.
    """
    if section.name == BUNDLED:
        return _bundled(folder / CONFIG)
    encoder = build_encoder(section, folder)
    digests = encoder.digests() | _beside_weights(Path(section.name))
    return EncoderFacts(encoder.name, encoder.revision, encoder.dim, _one(digests), section.prefix)


def _beside_weights(folder: Path) -> dict[str, str]:
    """What else a local folder's vectors depend on; a downloaded model is a snapshot of one revision."""
    from redheart.encoders.bundled import file_digest

    return {name: file_digest(folder / name) for name in _BESIDE_WEIGHTS if (folder / name).is_file()}


def _bundled(path: Path) -> EncoderFacts:
    mend = "Restore the file, or point `model.path` at a checkpoint folder."
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
        digests = {file: str(config[f"{file}_sha256"]) for file in ("weights", "tokenizer")}
        return EncoderFacts(str(config["name"]), str(config["revision"]), int(config["hidden_size"]), _one(digests), "")
    except OSError as error:
        raise CheckpointError(f"'{path}' cannot be read ({error.strerror}). {mend}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointError(f"'{path}' describes no Red Heart encoder ({error!r}). {mend}") from error


def _one(digests: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(dict(digests), sort_keys=True).encode()).hexdigest()
