"""Which engine moves weights on a device."""

from __future__ import annotations

from typing import TYPE_CHECKING

from redheart.memory.account import Account
from redheart.memory.transfer import Transfer

if TYPE_CHECKING:
    import torch


def transfer_for(device: torch.device, pinned_bytes: int) -> tuple[Transfer, tuple[Account, ...]]:
    """The engine of the working tier, and the accounts of the tiers behind it.

    Off a GPU, one heap serves all threads of the process from then on.
    """
    if device.type == "cuda":
        from redheart.memory.tiers.cuda import cuda_transfer

        engine = cuda_transfer(device, pinned_bytes)
        return engine, tuple(engine.masters.accounts.values())
    from redheart.memory.tiers.host import HostTransfer
    from redheart.memory.tiers.system_memory import share_one_heap

    share_one_heap()
    return HostTransfer(), ()
