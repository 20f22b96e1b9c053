"""Documents and networks for the tests of the network."""

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from redheart.nn.network.network import Network
from redheart.nn.network.packed import Packed, groups_of
from redheart.nn.network.preset import SentencePreset, load_preset

DIM = 32


def preset(name: str = "tiny") -> SentencePreset:
    """A bundled preset of the network."""
    loaded = load_preset(name)
    assert isinstance(loaded, SentencePreset)
    return loaded


def tiny(parts: Collection[str] | None = None, dim: int = DIM) -> Network:
    """The smallest network, its weights drawn from seed 0, dropout off."""
    torch.manual_seed(0)
    network = Network(preset(), dim, parts)
    network.eval()
    return network


def texts(lengths: Sequence[int], dim: int = DIM, seed: int = 1) -> list[Tensor]:
    """One (sentences, dim) tensor a document."""
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(length, dim, generator=generator) for length in lengths]


def packed(documents: Sequence[Tensor]) -> Packed:
    """Documents in ascending order of their sentences."""
    return Packed(torch.cat(list(documents)), groups_of([len(document) for document in documents]))
