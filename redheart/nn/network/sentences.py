"""Sentences of packed documents apart from their document tokens."""

from __future__ import annotations

import torch
from torch import Tensor

from redheart.nn.network.packed import Packed


def sentences_of(states: Packed) -> Packed:
    """Documents headed by a token -> the same without it; a document may be left without rows."""
    rows = [view[:, 1:].flatten(0, 1) for view in states.views()]
    return Packed(torch.cat(rows), tuple((count, rows - 1) for count, rows in states.groups))


def last_rows(states: Packed) -> Tensor:
    """(B, d): the last row of every document, in order. Every document must have one."""
    return torch.cat([view[:, -1] for view in states.views()])
