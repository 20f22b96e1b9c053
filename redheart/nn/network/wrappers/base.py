"""What the wrappers share: latents that read a document over and over, and talk among themselves between."""

from __future__ import annotations

from torch import Tensor, nn

from redheart.nn.network.attention import CrossLayer, SelfAttention
from redheart.nn.network.layers import Readouts, Shape, Stack, questions
from redheart.nn.network.packed import Packed
from redheart.nn.network.part import Features, Part, PartOutput
from redheart.nn.network.sizes import LatentSizes


class Round(nn.Module):
    """Latents talk among themselves, then read the document's rows; one of `depth` rounds."""

    def __init__(self, shape: Shape, feed_forward: int, depth: int) -> None:
        super().__init__()
        self.normalise = nn.LayerNorm(shape.width)
        self.among = SelfAttention(shape, 3 * depth)
        self.dropout = nn.Dropout(shape.dropout)
        self.reading = CrossLayer(shape, feed_forward, depth)

    def forward(self, latents: Tensor, states: Packed) -> Tensor:
        """latents (B, Q, d) -> (B, Q, d)."""
        documents, count, _ = latents.shape
        rows = Packed(self.normalise(latents).flatten(0, 1), ((documents, count),))
        said = self.among(rows, None).view_as(latents)
        read: Tensor = self.reading(latents + self.dropout(said), states)
        return read


class Wrapper(Part):
    """Refines the reading of its task round by round. Latents start from the document token, each with a role."""

    def __init__(self, shape: Shape, sizes: LatentSizes) -> None:
        super().__init__()
        self.roles = questions(sizes.latents, shape.width)
        self.rounds = Stack(Round(shape, sizes.feed_forward, sizes.layers) for _ in range(sizes.layers))
        self.normalise = nn.LayerNorm(shape.width)
        self.readouts = Readouts(self.targets, sizes.latents * shape.width)

    def forward(self, features: Features) -> PartOutput:
        """Features of the task -> raw predictions of its targets."""
        latents: Tensor = features.document.unsqueeze(1) + self.roles  # (B, Q, d)
        refined = self.normalise(self.rounds.through(latents, features.states))
        return PartOutput(self.readouts(refined.flatten(1)))
