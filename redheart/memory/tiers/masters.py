"""The host copies behind a device, one for each chunk: made once, copied from, never written back to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from redheart.memory.account import Account
from redheart.memory.budgets import MIB, mib
from redheart.memory.tiers.pinning import HostMemory, Pin, StagingRing, lock_nothing, page_rounded
from redheart.types.residency import Tier

_log = logging.getLogger(__name__)

SLOT_BYTES: Final = 64 * MIB
STAGING: Final = "staging"  # the line of both slots

Key = tuple[str, int]  # module, chunk
Read = Callable[[memoryview], None]


@dataclass(eq=False, slots=True)
class Master:
    """One chunk in host memory. While `users` > 0 somebody copies from it, and it stays."""

    memory: HostMemory
    last_use: int = 0
    users: int = 0
    passing: bool = False  # goes with its user: there was no room for it


class Masters:
    """All masters of one device, locked in RAM while the machine allows, within the budget of `account` (PINNED).

    Once a lock is refused no other is tried: `account` keeps what is locked, the rest of its budget goes to `pageable`
    (HOST), and what is not locked travels through `ring`. A budget too small for the ring locks nothing. A chunk for
    which there is no room keeps no master: it is read each time, into the ring if a slot holds it. One call at a time.
    """

    def __init__(self, account: Account, pin: Pin, slot_bytes: int = SLOT_BYTES) -> None:
        self.pinned, self.pageable = account, Account(Tier.HOST, 0)
        self._pin = pin
        self._kept: dict[Key, Master] = {}
        self._asked: dict[Key, int] = {}
        self._clock = 0
        self.ring = StagingRing(slot_bytes, pin)
        self._may_pin = account.room >= self.ring.nbytes
        if not self._may_pin:
            self.ring = StagingRing(slot_bytes, lock_nothing)
            self.pageable.budget = self.ring.nbytes
        self._account.set_line(STAGING, self.ring.nbytes)

    @property
    def accounts(self) -> dict[Tier, Account]:
        """Both accounts, for the ledger."""
        return {Tier.PINNED: self.pinned, Tier.HOST: self.pageable}

    @property
    def locked_bytes(self) -> int:
        """Bytes of masters that are locked, whole pages."""
        return sum(master.memory.size for master in self._kept.values() if master.memory.locked)

    @property
    def booked_bytes(self) -> int:
        """Bytes that masters occupy by the books, locked or not."""
        return self.pinned.committed + self.pageable.committed

    def take(self, module: str, chunk: int, nbytes: int, read: Read) -> Master | None:
        """The master of a chunk, made by `read` if there is none, in use until `give_back`.

        None if the ring must do. Raises what `read` raises, and then keeps nothing.
        """
        key = (module, chunk)
        self._clock += 1
        asked, self._asked[key] = self._asked.get(key, 0), self._clock
        master = self._kept.get(key)
        if master is None and self._make_room(page_rounded(nbytes), asked):
            master = self._kept[key] = self._made(nbytes, read, self._may_pin)
        if master is None and nbytes > self.ring.slot_bytes:
            master = self._made(nbytes, read, lock=False)
            master.passing = True
        if master is not None:
            master.users, master.last_use = master.users + 1, self._clock
        return master

    def give_back(self, master: Master) -> None:
        """Nobody copies from it any more, of those who took it once."""
        master.users -= 1
        if master.passing:
            self.pageable.leave(master.memory.size)

    def forget(self, module: str) -> None:
        """Drop all masters of a module that is gone for good. RuntimeError if one is in use."""
        for key in [key for key in self._kept if key[0] == module]:
            self._drop(key)
        for key in [key for key in self._asked if key[0] == module]:
            del self._asked[key]

    def close(self) -> None:
        """Unlock and drop everything. RuntimeError if a master is in use."""
        for key in list(self._kept):
            self._drop(key)
        self.ring.close()

    @property
    def _account(self) -> Account:
        return self.pinned if self._may_pin else self.pageable

    def _made(self, nbytes: int, read: Read, lock: bool) -> Master:
        memory = HostMemory(nbytes)
        read(memory.view)  # written first: locking finds the pages there
        if lock and not memory.lock(self._pin):
            self._pin_no_more(memory.size)
        account = self.pinned if memory.locked else self.pageable
        account.promise(memory.size)
        account.fill(memory.size)
        return Master(memory)

    def _make_room(self, size: int, asked: int) -> bool:
        """Least recently used masters leave until `size` fits; False, and none has left, if it cannot.

        A master leaves only for a chunk that was `asked` for since its own last use: on a cycle longer than the budget
        every newcomer would else drive out just what is wanted next.
        """
        short, leaving = size - self._account.room, []
        for key, master in sorted(self._kept.items(), key=lambda item: item[1].last_use):
            if short <= 0:
                break
            frees = self._may_pin or not master.memory.locked  # another account's bytes make no room in this one
            if master.users == 0 and frees and master.last_use < asked:
                short -= master.memory.size
                leaving.append(key)
        if short > 0:
            return False
        for key in leaving:
            self._drop(key)
        return True

    def _drop(self, key: Key) -> None:
        master = self._kept[key]
        if master.users:
            raise RuntimeError(f"chunk {key[1]} of '{key[0]}' is being copied from: its master cannot go")
        del self._kept[key]
        (self.pinned if master.memory.locked else self.pageable).leave(master.memory.size)
        master.memory.unlock()

    def _pin_no_more(self, refused: int) -> None:
        self._may_pin = False
        free = self.pinned.room
        if not self.ring.locked:
            self.pinned.set_line(STAGING, 0)
            free = self.pinned.room
            self.pageable.set_line(STAGING, self.ring.nbytes)
        self.pinned.budget -= free
        self.pageable.budget += free
        _log.warning(
            "the machine refuses to lock %s more of RAM (%s are locked): weights go to the GPU through %s staging "
            "buffers, which is slower. Raise the limit of locked memory, or lower memory.pinned_budget_mib.",
            mib(refused),
            mib(self.pinned.committed),
            "locked" if self.ring.locked else "pageable",
        )
