"""A checkpoint folder's encoder and model with their weights, ready to read."""

from __future__ import annotations

from pathlib import Path

from redheart.nn.checkpoint import CheckpointConfig, build_model, read_config, state_reader
from redheart.nn.model import CompactModel
from redheart.training.finetune.store import loaded_encoder
from redheart.training.model_reads import ModelReads


def loaded_model(folder: Path, config: CheckpointConfig) -> CompactModel:
    """Raises CheckpointError if a file is missing or changed."""
    model = build_model(config)
    for name, module in model.modules().items():
        module.load_state_dict(state_reader(folder, config, name)(), strict=True, assign=True)
        module.eval().requires_grad_(False)
    return model


def loaded_reads(folder: Path) -> ModelReads:
    """Raises CheckpointError if a file is missing or changed."""
    return ModelReads(loaded_encoder(folder), loaded_model(folder, read_config(folder)))
