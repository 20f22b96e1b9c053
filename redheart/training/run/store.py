"""The checkpoints of one run, as a crossover reads them and writes its own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from redheart.nn.network.checkpoint_file import read_header, write_network
from redheart.nn.network.header import NetworkFacts
from redheart.nn.network.network import Network
from redheart.training.selection.checkpoints import (
    CrossoverFacts,
    Origin,
    Tensors,
    safetensors_opened,
)


@dataclass(frozen=True, slots=True)
class NetworkStore:
    """`network` takes the weights that are written; `facts` are those of the run, of its last step."""

    network: Network
    facts: NetworkFacts

    def origin(self, path: Path) -> Origin:
        """Raises CheckpointError for a file that is no network."""
        header = read_header(path)
        return Origin(preset=header.preset.name, run=header.facts.run)

    def opened(self, path: Path) -> AbstractContextManager[Tensors]:
        """Raises CheckpointError for a file that is no network."""
        return safetensors_opened(path)

    def write(self, path: Path, weights: Mapping[str, Tensor], facts: CrossoverFacts) -> None:
        """Whole or not at all; the network keeps these weights."""
        self.network.load_state_dict(dict(weights), strict=True)
        told = {"strategy": facts.strategy, "epoch": facts.epoch, "sources": facts.sources, "accepted": facts.accepted}
        write_network(path, self.network, self.facts.model_copy(update=told))
