"""What `encoder.json` says of the bundled encoder: sizes, digests, and the branches that lie beside it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, ValidationError

from redheart.errors import CheckpointError
from redheart.types.base import Frozen

CONFIG: Final = "encoder.json"
RESTORE: Final = "Restore the file, or point `model.path` at a checkpoint folder."


class Branch(Frozen):
    """Layers of its own above `trunk_layers` layers of another branch, or above the stem where `grows_from` is null."""

    file: str
    sha256: str
    layers: int = Field(ge=1)
    grows_from: str | None = None
    trunk_layers: int = Field(0, ge=0)


class BundledFacts(Frozen):
    """Sizes under their BERT names. The first `stem_layers` of the layers are shared with the branches."""

    format: Literal["redheart-encoder-1"]
    name: str
    revision: str
    hidden_size: int
    num_hidden_layers: int
    num_attention_heads: int
    intermediate_size: int
    vocab_size: int
    max_position_embeddings: int
    type_vocab_size: int
    layer_norm_eps: float
    pad_token_id: int
    eos_token_id: int
    unk_token_id: int
    tokenizer_sha256: str
    weights_sha256: str
    stem_layers: int = 6
    branches: dict[str, Branch] = Field(default_factory=dict)


def read_facts(folder: Path) -> BundledFacts:
    """Raises CheckpointError: missing, no JSON, foreign, or incomplete."""
    path = folder / CONFIG
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(f"'{path}' cannot be read ({error.strerror}). {RESTORE}") from error
    except ValueError as error:
        raise CheckpointError(f"'{path}' is not JSON ({error}). Restore the file.") from error
    if not isinstance(fields, dict) or fields.get("format") != "redheart-encoder-1":
        found = fields.get("format") if isinstance(fields, dict) else fields
        raise CheckpointError(f"'{path}' has format '{found}', not 'redheart-encoder-1'. It is no Red Heart encoder.")
    try:
        return BundledFacts.model_validate(fields)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        said = f"has no '{where}'" if first["type"] == "missing" else f"'{where}': {first['msg']}"
        raise CheckpointError(f"'{path}' {said}. {RESTORE}") from error
