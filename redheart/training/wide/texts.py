"""What a table says of whole texts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from redheart.nn.ngrams import counted
from redheart.nn.wide import WideTable

_AT_ONCE = 32


def logits_of(table: WideTable, texts: Sequence[str]) -> np.ndarray:
    """(N, outputs) float32, each text as one sentence."""
    parts = [texts[at : at + _AT_ONCE] for at in range(0, len(texts), _AT_ONCE)]
    found = [table.read(counted(part), np.eye(len(part), dtype=bool)).numpy() for part in parts]
    return np.concatenate(found) if found else np.zeros((0, len(table.bias)), np.float32)
