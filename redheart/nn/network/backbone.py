"""The backbone: sentence vectors of whole documents -> one projection for each task."""

from __future__ import annotations

from collections.abc import Collection

from torch import Tensor, nn

from redheart.errors import InputError
from redheart.nn.network.attention import TransformerLayer, rotation_of
from redheart.nn.network.layers import FeedForward, Linear, Shape, Stack, learned
from redheart.nn.network.packed import Packed
from redheart.nn.network.part import TASKS, Features, Task
from redheart.nn.network.preset import SentencePreset


class Projection(nn.Module):
    """What one task makes of the states all tasks share."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.before = nn.LayerNorm(width)
        self.feed_forward = FeedForward(width, inner, width)
        self.after = nn.LayerNorm(width)

    def forward(self, states: Tensor) -> Tensor:
        """(R, d) -> (R, d)."""
        projected: Tensor = self.after(states + self.feed_forward(self.before(states)))
        return projected


class Backbone(nn.Module):
    """Trained projection of the encoder's vectors, a document token before each document, transformer layers."""

    def __init__(self, preset: SentencePreset, encoder_dim: int, tasks: Collection[Task]) -> None:
        super().__init__()
        shape = Shape(preset.width, preset.attention_heads, preset.dropout)
        self.encoder_dim = encoder_dim
        self.head_width = shape.width // shape.attention_heads
        self.input = Linear(encoder_dim, shape.width)
        self.token = learned(shape.width)
        self.normalise = nn.LayerNorm(shape.width)
        self.dropout = nn.Dropout(shape.dropout)
        self.layers = Stack(TransformerLayer(shape, preset.feed_forward, preset.layers) for _ in range(preset.layers))
        self.projections = nn.ModuleDict(
            {task: Projection(shape.width, preset.projection) for task in TASKS if task in tasks}
        )

    def forward(self, documents: Packed, tasks: Collection[Task]) -> dict[Task, Features]:
        """Sentence vectors (R, D) -> the features of each task asked for.

        Raises InputError for vectors of another width than the encoder's.
        """
        states = self._states(documents)
        return {task: self._features(states, task) for task in TASKS if task in tasks}

    def _states(self, documents: Packed) -> Packed:
        self._refuse_other_width(documents.values.shape[-1])
        sentences = self.input(documents.values.to(self.input.weight.dtype))
        headed = documents.with_values(sentences).headed_by(self.token)
        states = headed.with_values(self.dropout(self.normalise(headed.values)))
        return self.layers.through(states, rotation_of(states, self.head_width))

    def _features(self, states: Packed, task: Task) -> Features:
        projected = states.with_values(self.projections[task](states.values))
        return Features(projected, projected.first_rows())

    def _refuse_other_width(self, width: int) -> None:
        if width != self.encoder_dim:
            raise InputError(
                f"sentence vectors of '{width}' dimensions do not fit a network built for '{self.encoder_dim}'. "
                "Embed the texts with the encoder it was built for, or build a network for this one."
            )
