"""How people write the names of metrics: files keep the plain keys, reports and pictures say macro-F1."""

from __future__ import annotations

import re
from typing import Final

_SPELLED: Final = {"macro_f1": "macro-F1", "rmse": "RMSE", "mae": "MAE"}
_KEYS: Final = re.compile(rf"\b({'|'.join(_SPELLED)})\b")


def spelled(text: str) -> str:
    """Every key of a metric in a text, as people write it: 'emotion macro_f1' -> 'emotion macro-F1'."""
    return _KEYS.sub(lambda found: _SPELLED[found[0]], text)


def parted(name: str) -> tuple[str, str]:
    """'event_emotion macro_f1' -> ('event_emotion', 'macro-F1')."""
    target, _, metric = name.partition(" ")
    return target, spelled(metric)
