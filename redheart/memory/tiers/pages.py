"""Blocks of host memory whose pages stay warm: what one block gives back goes into the next without a copy."""

from __future__ import annotations

import ctypes
import gc
import mmap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from weakref import ref

from redheart.errors import OutOfMemoryError
from redheart.memory.budgets import mib
from redheart.memory.tiers.system_memory import GRANULE, SystemMemory, system_memory

if TYPE_CHECKING:
    from torch import Tensor

#: Blocks below this many bytes get pages of their own: rounding them to granules would waste too much.
SMALL: Final = 4 * GRANULE
Extent = tuple[int, int]  # address, bytes; each lies in one mapping, as mremap demands


class BlockInUseError(RuntimeError):
    """Memory was given back that somebody still looks at."""


@dataclass(eq=False)
class HostBlock:
    """`tensor` is its memory, (nbytes,) uint8, and None once it is given back; `size` bytes it really occupies."""

    nbytes: int
    size: int
    tensor: Any
    extents: list[Extent]
    memory: ref[Any]  # dead when neither a tensor nor a memoryview of it is left

    @property
    def address(self) -> int:
        """Where it begins."""
        return self.extents[0][0]

    def view(self) -> memoryview:
        """Its bytes, writable."""
        return memoryview(self.tensor.numpy())


@dataclass(eq=False)
class _Region:
    """Contiguous warm memory that no block uses."""

    extents: list[Extent]

    @property
    def nbytes(self) -> int:
        return sum(nbytes for _, nbytes in self.extents)

    @property
    def granular(self) -> bool:
        """True for whole granules: every range begins at one."""
        return self.nbytes % GRANULE == 0

    def cut(self, nbytes: int) -> Extent:
        """Take at most `nbytes` from the end; what is left stays contiguous."""
        address, size = self.extents.pop()
        if size > nbytes:
            self.extents.append((address, size - nbytes))
            return address + size - nbytes, nbytes
        return address, size


@dataclass
class Pages:
    """Blocks and the pool of what they gave back, together never more than blocks alone had at their peak.

    `limit`: most bytes of both; None where only the system sets one. Not for several threads at once.
    """

    limit: int | None = None
    system: SystemMemory = field(default_factory=system_memory)
    blocks_bytes: int = 0
    fresh_bytes: int = 0  # ever taken from the system
    _peak: int = 0
    _pool: list[_Region] = field(default_factory=list)
    _held: list[HostBlock] = field(default_factory=list)  # given back, and still looked at

    @property
    def pooled_bytes(self) -> int:
        """Bytes kept warm for later blocks."""
        return sum(region.nbytes for region in self._pool)

    @property
    def mapped_bytes(self) -> int:
        """Bytes of blocks and pool."""
        return self.blocks_bytes + self.pooled_bytes

    def block_bytes(self, nbytes: int) -> int:
        """What a block of `nbytes` really occupies: whole granules, or whole pages if it is small."""
        unit = mmap.PAGESIZE if nbytes < SMALL else GRANULE
        return max(1, -(-nbytes // unit)) * unit

    def allocate(self, nbytes: int) -> HostBlock:
        """Memory with anything in it. Raises OutOfMemoryError naming the bytes."""
        self._sweep()
        size = self.block_bytes(nbytes)
        if self.limit is not None and self.blocks_bytes + size > self.limit:
            raise OutOfMemoryError(
                f"{mib(size)} of host memory were asked for: {mib(self.blocks_bytes)} of the {mib(self.limit)} "
                "that blocks may fill are in use. Raise the limit, or free something first."
            )
        extents = self._exact(size) or self._assembled(size)
        self.blocks_bytes += size
        self._peak = max(self._peak, self.blocks_bytes)
        return _block(nbytes, size, extents)

    def free(self, block: HostBlock) -> None:
        """Keep a block's pages for the next. Raises BlockInUseError while somebody holds a tensor or view of it.

        Such a block counts as in use until nobody does.
        """
        block.tensor = None
        if block.memory() is not None:
            gc.collect()  # a cycle may be all that holds it
        if block.memory() is not None:
            self._held.append(block)
            raise BlockInUseError(
                f"a block of {mib(block.nbytes)} is given back while a tensor or view of its memory is still held "
                "elsewhere. Its pages are not reused before that is gone: keep no weights beyond the hold."
            )
        self._recycle(block)

    def release_cached(self) -> int:
        """Give the pool back to the system; bytes of it."""
        self._sweep()
        nbytes = self.pooled_bytes
        self._drop(nbytes)
        self.system.trim()
        return nbytes

    def keep_within(self, nbytes: int) -> None:
        """Give back of the pool what, with the blocks, exceeds `nbytes`, and what the C library keeps for itself."""
        self._sweep()
        self._drop(self.mapped_bytes - nbytes)
        self.system.trim()

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _exact(self, size: int) -> list[Extent] | None:
        """A pooled region of just this size, as it lies."""
        for index, region in enumerate(self._pool):
            if region.nbytes == size:
                return self._pool.pop(index).extents
        return None

    def _assembled(self, size: int) -> list[Extent]:
        """A new range: pooled pages moved there, fresh ones behind them."""
        warm = self._warm(size) if self.system.moves and size >= SMALL else 0
        self._make_way(size, size - warm)
        placed: list[Extent] = []
        try:
            start = self.system.reserve(size)
            try:
                self._take(warm, start, placed)
                if warm < size:
                    placed.append((self.system.back(start + warm, size - warm), size - warm))
            except OSError:
                self._undo(start, size, placed)
                raise
        except OSError as error:
            raise OutOfMemoryError(
                f"the system refuses {mib(size)} of host memory ({error.strerror}). "
                "Close what else fills it, or lower `memory.host_budget_mib`."
            ) from error
        self.fresh_bytes += size - warm
        return placed

    def _warm(self, size: int) -> int:
        """Bytes of the pool that can become part of a block of `size`: whole granules."""
        return min(size, sum(region.nbytes for region in self._pool if region.granular))

    def _take(self, nbytes: int, target: int, placed: list[Extent]) -> None:
        """Move pooled granules to `target`, the best fitting region's first; what has moved is added to `placed`."""
        while nbytes:
            region = self._best(nbytes)
            source, size = region.cut(nbytes)
            try:
                self.system.move(source, size, target)
            except OSError:
                region.extents.append((source, size))
                raise
            finally:
                self._pool = [region for region in self._pool if region.extents]
            placed.append((target, size))
            target, nbytes = target + size, nbytes - size

    def _best(self, nbytes: int) -> _Region:
        """The smallest region that suffices, else the largest there is."""
        granular = [region for region in self._pool if region.granular]
        enough = [region for region in granular if region.nbytes >= nbytes]
        return min(enough, key=lambda region: region.nbytes) if enough else max(granular, key=lambda r: r.nbytes)

    def _undo(self, start: int, size: int, placed: list[Extent]) -> None:
        """The range could not be filled: what is warm goes back to the pool, the rest of the space to the system."""
        done = sum(nbytes for _, nbytes in placed)
        if placed:
            self._pool.append(_Region(placed))
        self.system.unmap(start + done, size - done)

    def _make_way(self, size: int, fresh: int) -> None:
        """Drop of the pool what would, with `fresh` new bytes, exceed the peak of the blocks or the limit."""
        allowed = max(self._peak, self.blocks_bytes + size)
        if self.limit is not None:
            allowed = min(allowed, self.limit)
        # A block of granules is about to use the granules of the pool: they go last.
        self._pool.sort(key=lambda region: (region.granular == (size >= SMALL), region.nbytes), reverse=True)
        self._drop(self.mapped_bytes + fresh - allowed)

    def _drop(self, nbytes: int) -> None:
        """Give back at least `nbytes` of the pool, or all of it, the last regions first."""
        while nbytes > 0 and self._pool:
            region = self._pool[-1]
            unit = GRANULE if region.granular else mmap.PAGESIZE
            address, size = region.cut(-(-nbytes // unit) * unit if self.system.moves else region.nbytes)
            self.system.unmap(address, size)
            nbytes -= size
            if not region.extents:
                self._pool.pop()

    def _recycle(self, block: HostBlock) -> None:
        self.blocks_bytes -= block.size
        self._pool.append(_Region(block.extents))

    def _sweep(self) -> None:
        """Recycle blocks that were held beyond their time, and are not any more."""
        for block in [block for block in self._held if block.memory() is None]:
            self._held.remove(block)
            self._recycle(block)


def _block(nbytes: int, size: int, extents: list[Extent]) -> HostBlock:
    import torch

    memory = (ctypes.c_ubyte * max(1, nbytes)).from_address(extents[0][0])
    tensor: Tensor = torch.frombuffer(memory, dtype=torch.uint8)  # its storage keeps `memory` alive
    return HostBlock(nbytes, size, tensor, extents, ref(memory))
