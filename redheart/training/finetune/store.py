"""Writes a fine-tuned branch beside the pre-trained encoder, in 8 bits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from redheart.encoders.bundled import BundledEncoder, file_digest
from redheart.encoders.bundled_facts import CONFIG, Branch, read_facts
from redheart.encoders.packed_file import packed_state
from redheart.nn.network.tensor_file import save_whole
from redheart.training.whole_file import write_whole


def write_branch(folder: Path, name: str, state: Mapping[str, Tensor], branch: Branch) -> None:
    """Write `encoder.<name>.safetensors`, then name it in `encoder.json`; `branch` lacks file and digest yet."""
    path = folder / f"encoder.{name}.safetensors"
    save_whole(path, packed_state(state), {})
    facts = read_facts(folder)
    stored = branch.model_copy(update={"file": path.name, "sha256": file_digest(path)})
    changed = facts.model_copy(update={"branches": {**facts.branches, name: stored}})
    write_whole(folder / CONFIG, (json.dumps(changed.model_dump(mode="json"), indent=2) + "\n").encode())


def loaded_encoder(folder: Path, without: frozenset[str] = frozenset()) -> BundledEncoder:
    """The encoder with its weights as they are stored."""
    encoder = BundledEncoder(folder, without=without)
    encoder.module.load_state_dict(encoder.load_state(), strict=True, assign=True)
    return encoder
