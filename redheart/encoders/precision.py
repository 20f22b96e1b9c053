"""The number format of an encoder's forward pass; its weights stay float32."""

from contextlib import AbstractContextManager, nullcontext

import torch

from redheart.devices import Precision, resolve_dtype


def forward_precision(device: torch.device, precision: Precision) -> AbstractContextManager[None]:
    """Autocast of matrix products to a reduced precision; nothing at all for float32."""
    if precision == "float32":
        return nullcontext()
    cast: AbstractContextManager[None] = torch.autocast(device.type, dtype=resolve_dtype(precision))
    return cast
