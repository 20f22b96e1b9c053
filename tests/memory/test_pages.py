"""Blocks of host memory, and the pages that go from one into the next."""

import pytest
import torch
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from redheart.errors import OutOfMemoryError
from redheart.memory.tiers.pages import SMALL, BlockInUseError, Pages
from redheart.memory.tiers.system_memory import GRANULE, PlainMemory, system_memory

MOVES = system_memory().moves
moving = pytest.mark.skipif(not MOVES, reason="memory does not move on this system")


class FailingMoves:
    """The system's memory; the move after `allowed` ones is refused."""

    moves = True

    def __init__(self, allowed: int) -> None:
        self._system, self.allowed = system_memory(), allowed

    def __getattr__(self, name):
        return getattr(self._system, name)

    def move(self, *where):
        if self.allowed == 0:
            raise OSError(12, "Cannot allocate memory")
        self.allowed -= 1
        self._system.move(*where)


def test_block_occupies_whole_pages_or_whole_granules():
    pages = Pages()
    assert [pages.block_bytes(n) for n in (1, 4096, 4097)] == [4096, 4096, 8192]
    assert pages.block_bytes(SMALL + 1) == SMALL + GRANULE
    assert pages.allocate(SMALL + 1).tensor.shape == (SMALL + 1,)


@moving
def test_pages_of_two_blocks_become_one_block_without_a_fresh_page():
    pages = Pages()
    blocks = [pages.allocate(SMALL) for _ in range(2)]
    for number, block in enumerate(blocks, 1):
        block.tensor.fill_(number)
        pages.free(block)
    fresh = pages.fresh_bytes
    joined = pages.allocate(2 * SMALL)
    assert pages.fresh_bytes == fresh
    assert sorted(joined.tensor[::SMALL].tolist()) == [1, 2]  # moved with what was in them


@moving
def test_part_of_a_pooled_block_is_used_and_the_rest_stays_warm():
    pages = Pages()
    pages.free(pages.allocate(4 * SMALL))
    small = pages.allocate(SMALL)
    small.tensor.fill_(7)
    assert (pages.blocks_bytes, pages.pooled_bytes, pages.fresh_bytes) == (SMALL, 3 * SMALL, 4 * SMALL)


@moving
def test_warm_pages_that_fit_are_used_before_others_are_given_up():
    pages = Pages()
    small = [pages.allocate(size) for size in (SMALL - 4096, 12288)]
    pages.free(pages.allocate(SMALL + GRANULE))
    kept = pages.allocate(SMALL)  # one granule stays in the pool
    for block in small:
        pages.free(block)
    fresh = pages.fresh_bytes
    pages.allocate(SMALL + GRANULE)
    assert pages.fresh_bytes - fresh == SMALL
    assert pages.blocks_bytes == kept.size + SMALL + GRANULE


@pytest.mark.parametrize("system", [system_memory, PlainMemory])
def test_block_of_the_same_size_is_the_same_memory_again(system):
    pages = Pages(system=system())
    for size in (5000, SMALL):
        first = pages.allocate(size)
        address = first.tensor.data_ptr()
        pages.free(first)
        del first
        assert pages.allocate(size).tensor.data_ptr() == address


class Histories(RuleBasedStateMachine):
    """Blocks come and go; what is written in one stays there."""

    def __init__(self) -> None:
        super().__init__()
        self.pages, self.blocks, self.peak, self.count = Pages(), [], 0, 0

    @rule(size=st.sampled_from([100, 5000, SMALL - 1, SMALL, SMALL + GRANULE, 3 * SMALL]))
    def take(self, size):
        self.count += 1
        block = self.pages.allocate(size)
        block.tensor[:: max(1, size // 50)] = self.count % 251
        self.blocks.append((block, self.count % 251))
        self.peak = max(self.peak, sum(block.size for block, _ in self.blocks))

    @precondition(lambda self: self.blocks)
    @rule(data=st.data())
    def give_back(self, data):
        block, _ = self.blocks.pop(data.draw(st.integers(0, len(self.blocks) - 1)))
        self.pages.free(block)

    @rule()
    def release(self):
        assert self.pages.release_cached() >= 0
        assert self.pages.pooled_bytes == 0

    @invariant()
    def blocks_keep_what_was_written(self):
        for block, value in self.blocks:
            assert torch.all(block.tensor[:: max(1, block.nbytes // 50)] == value)

    @invariant()
    def never_more_than_the_blocks_at_their_peak(self):
        assert self.pages.blocks_bytes == sum(block.size for block, _ in self.blocks)
        assert self.pages.mapped_bytes <= self.peak


class PlainHistories(Histories):
    """The same where memory cannot move."""

    def __init__(self) -> None:
        super().__init__()
        self.pages = Pages(system=PlainMemory())


TestHistories = Histories.TestCase
TestPlainHistories = PlainHistories.TestCase
TestHistories.settings = TestPlainHistories.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)


@pytest.mark.parametrize("look", [lambda block: block.tensor[3:9], lambda block: block.view()[3:9]])
def test_memory_that_somebody_still_looks_at_is_not_reused(look):
    pages = Pages()
    block = pages.allocate(SMALL)
    held = look(block)
    with pytest.raises(BlockInUseError, match=r"8\.0 MiB is given back while a tensor or view"):
        pages.free(block)
    assert pages.allocate(SMALL).tensor.data_ptr() != block.address
    assert pages.blocks_bytes == 2 * SMALL
    del held
    assert pages.allocate(SMALL).tensor.data_ptr() == block.address


def test_view_that_only_a_cycle_holds_is_no_hindrance():
    pages = Pages()
    block = pages.allocate(100)
    cycle = [block.tensor[3:9]]
    cycle.append(cycle)
    del cycle
    pages.free(block)
    assert pages.blocks_bytes == 0


def test_limit_gives_up_warm_pages_before_it_refuses():
    pages = Pages(limit=SMALL + 4096)
    pages.free(pages.allocate(4096))
    large = pages.allocate(SMALL)
    assert pages.mapped_bytes <= SMALL + 4096
    pages.allocate(4000)
    with pytest.raises(OutOfMemoryError, match=r"0\.0 MiB of host memory were asked for: 8\.0 MiB of the 8\.0 MiB"):
        pages.allocate(1)
    pages.free(large)


@pytest.mark.parametrize("system", [system_memory, PlainMemory])
def test_refusal_of_the_system_is_told_with_the_bytes_and_the_mend(system):
    pages = Pages(system=system())
    with pytest.raises(OutOfMemoryError, match=r"refuses 1099511627776\.0 MiB .* lower `memory\.host_budget_mib`"):
        pages.allocate(2**60)
    assert pages.mapped_bytes == 0


@moving
def test_pages_that_would_not_move_stay_in_the_pool():
    pages = Pages(system=FailingMoves(1))
    for block in [pages.allocate(SMALL) for _ in range(3)]:
        pages.free(block)
    with pytest.raises(OutOfMemoryError, match="Cannot allocate memory"):
        pages.allocate(3 * SMALL)
    assert (pages.blocks_bytes, pages.pooled_bytes) == (0, 3 * SMALL)
    pages.system.allowed = 9
    pages.allocate(3 * SMALL).tensor.fill_(1)
    assert pages.fresh_bytes == 3 * SMALL


@moving
def test_released_pages_leave_the_process():
    pages = Pages()
    block = pages.allocate(16 * SMALL)
    block.tensor.fill_(1)
    before = _resident_bytes()
    pages.free(block)
    assert pages.release_cached() == 16 * SMALL
    assert _resident_bytes() < before - 8 * SMALL


def _resident_bytes():
    import psutil

    return psutil.Process().memory_info().rss
