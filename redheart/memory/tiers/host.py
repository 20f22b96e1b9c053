"""The engine of machines without a GPU: weights are read from disk straight into the memory they are used in."""

from __future__ import annotations

import time
import traceback
from collections.abc import Sequence

from redheart.memory.tiers.pages import HostBlock, Pages
from redheart.memory.transfer import Block, Fill
from redheart.types.residency import Tier

#: How much the latest transfer counts in the running estimate of bytes per second.
LATEST_SHARE = 0.3


class HostTransfer:
    """A `Transfer` into RAM. `limit`: most bytes of blocks and of what is kept warm for later ones; None sets none."""

    tier = Tier.HOST
    measures_work = False

    def __init__(self, limit: int | None = None) -> None:
        self.pages = Pages(limit)
        self._bytes_per_s: float | None = None

    def block_bytes(self, nbytes: int) -> int:
        """What a block of `nbytes` really occupies."""
        return self.pages.block_bytes(nbytes)

    def allocate(self, nbytes: int) -> HostBlock:
        """A block of `nbytes`. Raises OutOfMemoryError."""
        return self.pages.allocate(nbytes)

    def fill(self, fills: Sequence[Fill]) -> None:
        """Let each chunk's reader write into its block, in order. Raises what a reader raises."""
        started = time.perf_counter()
        for fill in fills:
            _fill(fill)
        self._learn(sum(fill.block.nbytes for fill in fills), time.perf_counter() - started)

    def free(self, block: Block) -> None:
        """Keep a block's pages for the next one. Raises BlockInUseError while somebody still looks at it."""
        assert isinstance(block, HostBlock), "a block of another engine"
        self.pages.free(block)

    def forget(self, module: str) -> None:
        """Nothing is kept behind RAM but the files."""

    def release_cached(self) -> int:
        """Give memory that no block uses back to the system; bytes."""
        return self.pages.release_cached()

    def trim(self, nbytes: int) -> None:
        """Keep no more than `nbytes` of blocks and warm memory; the C library gives back what it keeps, too."""
        self.pages.keep_within(nbytes)

    def measured(self) -> int:
        """Bytes of blocks and of what is kept warm."""
        return self.pages.mapped_bytes

    def expected_s(self, nbytes: int) -> float | None:
        """Seconds by a running estimate; None before the first transfer."""
        return None if self._bytes_per_s is None else nbytes / self._bytes_per_s

    def _learn(self, nbytes: int, seconds: float) -> None:
        if not nbytes or seconds <= 0:
            return
        now, before = nbytes / seconds, self._bytes_per_s
        self._bytes_per_s = now if before is None else (1 - LATEST_SHARE) * before + LATEST_SHARE * now


def _fill(fill: Fill) -> None:
    assert isinstance(fill.block, HostBlock), "a block of another engine"
    view = fill.block.view()
    try:
        fill.read(view)
    except BaseException as error:
        _let_go(error)
        raise
    finally:
        del view


def _let_go(error: BaseException | None) -> None:
    """Whoever keeps the error would keep the views in its frames, and so the block from being given back."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
