"""A preset's modules without their weights: what they count, and what reading with them takes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import nn

from redheart.nn.model import Architecture, CompactModel
from redheart.nn.network.count import ParameterCount, parameter_counts, parameters_of, planned_deviation
from redheart.nn.network.footprint.activations import Load, documents_on, network_on_meta
from redheart.nn.network.footprint.live_bytes import LiveBytes, Undrawn
from redheart.nn.network.network import Network
from redheart.nn.network.preset import Preset, TokenPreset


@dataclass(frozen=True, slots=True)
class Skeleton:
    """What can be said of a preset without allocating it."""

    tree: ParameterCount
    counted: dict[str, int]  # module of the plan -> parameters
    deviation: dict[str, float]  # module -> relative deviation from the plan; 'total' for their sum
    reading_work: int | None  # bytes beside the weights while float32 documents are read; None: not counted

    @property
    def parameters(self) -> int:
        """Of all modules."""
        return sum(self.counted.values())


def skeleton(preset: Preset, encoder_dim: int, load: Load) -> Skeleton:
    """Build a preset on the meta device, and look at it."""
    if isinstance(preset, TokenPreset):
        return _described(preset, _compact(preset), None)
    network = network_on_meta(preset, encoder_dim, "float32")
    return _described(preset, network.named_modules_of_plan(), reading_bytes(network, load))


def reading_bytes(network: Network, load: Load) -> int:
    """The most bytes beside the weights while documents are read."""
    network.eval()
    documents = documents_on(next(network.parameters()).device, load, network.encoder_dim)
    live = LiveBytes(quick=documents.values.is_meta)
    live.expect([*network.parameters(), *network.buffers()])
    with torch.no_grad(), live:
        network.read(documents)
    return live.peak


def _described(preset: Preset, modules: dict[str, nn.Module], reading_work: int | None) -> Skeleton:
    counted = {name: parameters_of(module) for name, module in modules.items()}
    return Skeleton(parameter_counts(modules, preset.name), counted, planned_deviation(preset, modules), reading_work)


def _compact(preset: TokenPreset) -> dict[str, nn.Module]:
    architecture = Architecture(
        encoder_dim=preset.encoder_dim,
        width=preset.width,
        attention_heads=preset.attention_heads,
        layers=preset.layers,
        feed_forward=preset.feed_forward,
        dropout=preset.dropout,
    )
    with torch.device("meta"), Undrawn():
        return CompactModel(architecture, preset.heads).modules()
