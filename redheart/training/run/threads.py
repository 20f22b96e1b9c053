"""How many processor threads a run learns with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import torch

#: Parameters below which an operation is too small to be divided: a second thread costs what it saves, and far more
#: where threads that wait go to sleep (OMP_WAIT_POLICY=passive).
SMALL: Final = 20_000_000


@contextmanager
def learning_threads(parameters: int, device: torch.device, asked: int) -> Iterator[None]:
    """Inside, a small network learns on one thread, unless `asked` (model.threads) names a number or a GPU computes."""
    before = torch.get_num_threads()
    if device.type == "cpu" and asked == 0 and parameters < SMALL:
        torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
