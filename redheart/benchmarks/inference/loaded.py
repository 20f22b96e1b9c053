"""The weights of one checkpoint as anybody can use them: the encoder's tensors, and trunk and heads, filled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from redheart.assembly import LoadedModel, load_model
from redheart.config.schema import Settings
from redheart.encoders.bundled import BundledEncoder
from redheart.errors import ConfigError
from redheart.nn.checkpoint import CheckpointConfig, state_reader
from redheart.nn.model import CompactModel


@dataclass(frozen=True, slots=True)
class LoadedWeights:
    """`state`: the encoder's float32 tensors under the names of its module. `encoder` itself is not filled."""

    encoder: BundledEncoder
    state: Mapping[str, Tensor]
    model: CompactModel
    config: CheckpointConfig


def structure(settings: Settings) -> tuple[LoadedModel, BundledEncoder]:
    """The checkpoint without weights. Raises CheckpointError, ConfigError; that for another encoder too."""
    loaded = load_model(settings)
    if not isinstance(loaded.encoder, BundledEncoder):
        raise ConfigError(f"encoder.name '{settings.encoder.name}' has no counterpart here. Use 'bundled'.")
    return loaded, loaded.encoder


def loaded_weights(settings: Settings) -> LoadedWeights:
    """Everything read and checked. Raises CheckpointError, ConfigError."""
    loaded, encoder = structure(settings)
    for name, module in loaded.model.modules().items():
        module.load_state_dict(state_reader(loaded.folder, loaded.config, name)(), strict=True, assign=True)
        module.eval().requires_grad_(False)
    return LoadedWeights(encoder, encoder.load_state(), loaded.model, loaded.config)
