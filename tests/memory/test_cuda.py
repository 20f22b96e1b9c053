"""Weights on their way to a GPU: in order, whole, out of memory that nobody touches meanwhile."""

import threading

import pytest
import torch
from deferred_engine import KIB, DeferredEngine, Locks, Stored, transfer
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.errors import OutOfMemoryError
from redheart.memory.tiers.cuda import DEPTH, cuda_transfer
from redheart.memory.tiers.pages import BlockInUseError
from redheart.memory.tiers.pinning import page_rounded
from redheart.memory.transfer import Fill
from redheart.types.residency import Tier

SLOT = 16 * KIB
RING = 2 * SLOT
MIB = 1024 * KIB
GIB = 1024**3

# -- on any machine: the device is a stand-in that copies as late as it may -------------------------------------------


@pytest.mark.parametrize(
    ("budget", "refuse_from"),
    [(RING + 512 * KIB, 99), (RING, 99), (RING + 512 * KIB, 2), (RING + 512 * KIB, 0), (0, 99)],
    ids=["locked masters", "ring alone", "plain masters by a ring", "no lock at all", "no budget"],
)
def test_weights_arrive_bit_for_bit_by_every_way(budget: int, refuse_from: int) -> None:
    moved, stored = transfer(budget, SLOT, Locks(refuse_from)), Stored(SLOT, 5000, SLOT - 1, 3 * SLOT + 7, SLOT)
    if refuse_from == 2:
        assert moved.masters.ring.locked  # the two locks that are granted
    for _ in range(3):
        fills = [stored.fill(moved, chunk) for chunk in range(5)]
        moved.fill(fills)
        assert all(stored.is_in(fill) for fill in fills)


def test_a_second_fill_reads_nothing_from_disk() -> None:
    moved, stored = transfer(RING + 512 * KIB), Stored(9000, SLOT)
    for _ in range(3):
        moved.fill([stored.fill(moved, 0), stored.fill(moved, 1)])
    assert stored.reads == [1, 1]


def test_a_locked_master_is_copied_in_one_piece_whatever_its_size() -> None:
    moved, stored = transfer(RING + 512 * KIB), Stored(5 * SLOT)
    moved.fill([stored.fill(moved, 0)])
    assert len(moved.engine.copies) == 1


def test_two_copies_are_under_way_at_once_and_never_more() -> None:
    moved, stored = transfer(RING + 512 * KIB), Stored(*[SLOT] * 6)
    moved.fill([stored.fill(moved, chunk) for chunk in range(6)])
    assert moved.engine.most_under_way == DEPTH
    assert moved.engine.reused == 6


def test_chunks_are_told_of_in_order_and_when_they_are_there() -> None:
    moved, stored = transfer(RING), Stored(*[SLOT] * 4)
    told: list[tuple[int, bool]] = []
    fills = [stored.fill(moved, chunk) for chunk in range(4)]
    moved.fill(fills, arrived=lambda fill: told.append((fill.chunk, stored.is_in(fill))))
    assert told == [(0, True), (1, True), (2, True), (3, True)]


def test_the_first_chunks_are_told_of_before_the_last_are_read() -> None:
    moved, stored = transfer(RING), Stored(*[SLOT] * 4)
    reads_when_told: list[int] = []
    moved.fill(
        [stored.fill(moved, chunk) for chunk in range(4)],
        arrived=lambda fill: reads_when_told.append(sum(stored.reads)),
    )
    assert reads_when_told[0] < 4


@pytest.mark.parametrize("budget", [RING, RING + 512 * KIB], ids=["ring", "masters"])
def test_a_read_that_fails_is_raised_with_nothing_under_way_and_can_be_tried_again(budget: int) -> None:
    moved, stored = transfer(budget), Stored(*[SLOT] * 3)
    stored.broken.add(2)
    fills = [stored.fill(moved, chunk) for chunk in range(3)]
    with pytest.raises(OSError, match="the disk is gone"):
        moved.fill(fills)
    assert moved.engine.done == len(moved.engine.copies)
    stored.broken.clear()
    moved.fill(fills)
    assert all(stored.is_in(fill) for fill in fills)
    moved.close()  # no master is still in use


def test_a_copy_that_fails_gives_its_master_back(monkeypatch: pytest.MonkeyPatch) -> None:
    moved, stored = transfer(RING + 512 * KIB), Stored(SLOT)

    def fail(*_: object) -> None:
        raise RuntimeError("CUDA error: unspecified launch failure")

    monkeypatch.setattr(moved.engine, "copy", fail)
    with pytest.raises(RuntimeError, match="CUDA error"):
        moved.fill([stored.fill(moved, 0)])
    moved.forget("m")


def test_refused_memory_is_a_typed_error_with_bytes_and_a_mend() -> None:
    moved = transfer(RING, room=SLOT)
    with pytest.raises(OutOfMemoryError, match=r"refuses 1\.0 MiB .* lower memory\.device_budget_mib"):
        moved.allocate(1024 * KIB)


@pytest.fixture
def placed():
    """A transfer whose blocks all lie in the same place, and a block of module 'm' there that was filled."""
    moved, stored = transfer(RING + 512 * KIB), Stored(SLOT, SLOT)
    moved.engine.place = bytearray(SLOT)
    first = stored.fill(moved, 0)
    moved.fill([first])
    return moved, stored, first.block


def test_what_comes_into_room_that_kernels_may_still_read_waits_for_them(placed) -> None:
    moved, stored, block = placed
    moved.free(block)
    moved.fill([stored.fill(moved, 1, "n")])
    assert moved.engine.waited == [(), (moved.engine.marks[-1],)]


def test_room_whose_kernels_have_ended_is_not_waited_for(placed) -> None:
    moved, _, block = placed
    moved.free(block)
    moved.engine.marks[-1].passed = True
    assert moved.allocate(SLOT).after == ()


def test_other_room_is_not_waited_for(placed) -> None:
    moved, _, block = placed
    kept = moved.engine.place
    moved.free(block)
    moved.engine.place = bytearray(SLOT)
    assert moved.allocate(SLOT).after == () and len(kept) == SLOT


def test_a_rested_modules_room_waits_for_its_own_last_kernels_alone(placed) -> None:
    moved, _, block = placed
    moved.rest("m")
    rested = moved.engine.marks[-1]
    moved.engine.computed()  # another module computes by now
    moved.free(block)
    assert moved.allocate(SLOT).after == (rested,)


def test_a_block_that_was_never_filled_hands_on_what_it_had_to_wait_for(placed) -> None:
    moved, _, block = placed
    moved.free(block)
    second = moved.allocate(SLOT)
    waits = second.after
    moved.free(second)
    assert waits and moved.allocate(SLOT).after == waits
    assert len(moved.engine.marks) == 1


def test_a_block_that_somebody_still_looks_at_is_told_of(placed) -> None:
    moved, _, block = placed
    kept = block.tensor[:100].view(torch.bfloat16)
    with pytest.raises(BlockInUseError, match="still held elsewhere"):
        moved.free(block)
    assert kept.numel() == 50


def test_large_blocks_occupy_whole_pages_of_the_gpu_and_small_ones_their_alignment() -> None:
    moved = transfer(RING)
    assert [moved.block_bytes(size) for size in (1, 512, 5 * MIB, 10 * MIB + 1)] == [512, 512, 5 * MIB, 12 * MIB]
    assert moved.allocate(1000).tensor.shape == (1000,)


def test_a_block_of_another_transfer_is_refused() -> None:
    with pytest.raises(TypeError, match="another transfer"):
        transfer(RING).free(object())


def test_released_memory_is_counted() -> None:
    moved = transfer(RING)
    moved.engine.cached = 5000
    assert (moved.release_cached(), moved.measured()) == (5000, 0)


def test_the_context_is_what_the_driver_counts_beside_the_allocator() -> None:
    moved = transfer(RING)
    moved.engine.cached, moved.engine.driver_says = 700, 1000
    assert moved.context_bytes() == 300
    moved.engine.driver_says = None
    assert moved.context_bytes() is None


def test_a_time_is_expected_only_after_a_first_fill_and_grows_with_the_bytes() -> None:
    moved, stored = transfer(RING + 512 * KIB), Stored(SLOT)
    assert moved.expected_s(1000) is None
    moved.fill([])
    assert moved.expected_s(1000) is None
    moved.fill([stored.fill(moved, 0)])
    assert moved.expected_s(2000) == pytest.approx(2 * moved.expected_s(1000)) and moved.expected_s(1000) > 0


def test_forgetting_a_module_drops_its_masters() -> None:
    moved, stored = transfer(RING + 512 * KIB), Stored(SLOT)
    moved.fill([stored.fill(moved, 0)])
    moved.forget("m")
    assert moved.masters.booked_bytes == 0
    moved.fill([stored.fill(moved, 0)])
    assert stored.reads == [2]


def test_the_limit_reaches_the_device() -> None:
    moved = transfer(RING)
    moved.cap(8 * GIB)
    assert moved.engine.limit == 8 * GIB


sizes = st.lists(st.integers(1, 3 * SLOT), min_size=1, max_size=6)


@settings(deadline=None)
@given(sizes=sizes, data=st.data(), room=st.integers(0, 12), refuse_from=st.integers(0, 8))
def test_any_order_of_fills_under_any_budget_brings_the_right_bits(sizes, data, room, refuse_from) -> None:
    moved, stored = transfer(RING + room * 8 * KIB, SLOT, Locks(refuse_from)), Stored(*sizes)
    for _ in range(4):
        order = data.draw(st.lists(st.integers(0, len(sizes) - 1), unique=True))
        stored.broken = set(data.draw(st.lists(st.integers(0, len(sizes) - 1), max_size=1)))
        fills = [stored.fill(moved, chunk) for chunk in order]
        told: list[Fill] = []
        try:
            moved.fill(fills, told.append)
        except OSError:
            assert stored.broken
        else:
            assert told == fills
        assert all(stored.is_in(fill) for fill in told)
    moved.close()


# -- on a GPU ----------------------------------------------------------------------------------------------------------

cuda = pytest.mark.cuda


@pytest.fixture
def gpu():
    """A transfer to the GPU with 1 GiB behind it; afterwards the allocator is empty, and free of any limit."""
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    moved = cuda_transfer(torch.device("cuda"), GIB)
    yield moved
    moved.close()
    torch.cuda.synchronize()
    torch.cuda.set_per_process_memory_fraction(1.0)
    torch.cuda.empty_cache()


def bring(gpu, stored: Stored, chunks) -> list[Fill]:
    fills = [stored.fill(gpu, chunk) for chunk in chunks]
    gpu.fill(fills)
    return fills


@cuda
def test_gpu_weights_are_bit_identical_after_parts_left_and_came_back(gpu) -> None:
    stored = Stored(*[8 * MIB] * 6)
    fills = bring(gpu, stored, range(6))
    for leaving in ([5, 4], [0, 2], [1, 3, 5]):
        for chunk in leaving:
            gpu.free(fills[chunk].block)
        for fill in bring(gpu, stored, leaving):
            fills[fill.chunk] = fill
        assert all(stored.is_in(fill) for fill in fills)
    assert stored.reads == [1] * 6


@cuda
def test_gpu_200_cycles_grow_nothing(gpu) -> None:
    stored = Stored(*[8 * MIB] * 4)
    seen = []
    for cycle in range(200):
        fills = bring(gpu, stored, range(4))
        if cycle % 7 == 3:
            spike = torch.empty(64 * MIB, dtype=torch.uint8, device="cuda")
            del spike
        for fill in fills:
            gpu.free(fill.block)
        seen.append((gpu.measured(), gpu.masters.locked_bytes))
    assert seen[20] == seen[-1] and len(gpu.engine._spare) <= DEPTH


@cuda
def test_gpu_out_of_memory_is_mapped_and_leaves_the_device_usable(gpu) -> None:
    gpu.cap(GIB)
    with pytest.raises(OutOfMemoryError, match=r"device_budget_mib"):
        gpu.allocate(2 * GIB)
    stored = Stored(8 * MIB)
    assert stored.is_in(bring(gpu, stored, [0])[0])


@cuda
def test_gpu_memory_that_a_spike_holds_is_refused_and_comes_back_after_it(gpu) -> None:
    gpu.cap(GIB)
    spike = torch.empty(900 * MIB, dtype=torch.uint8, device="cuda")
    with pytest.raises(OutOfMemoryError):
        gpu.allocate(256 * MIB)
    del spike
    gpu.release_cached()
    assert gpu.allocate(256 * MIB).nbytes == 256 * MIB


@cuda
def test_gpu_room_of_idle_weights_serves_computing_without_being_asked_for(gpu) -> None:
    gpu.cap(GIB)
    blocks = [gpu.allocate(64 * MIB) for _ in range(12)]
    for block in blocks:
        gpu.free(block)
    assert torch.empty(700 * MIB, dtype=torch.uint8, device="cuda").numel() == 700 * MIB


@cuda
def test_gpu_limit_of_8_gb_is_honoured(gpu) -> None:
    limit = 8 * GIB
    if torch.cuda.get_device_properties(0).total_memory < 10 * GIB:
        pytest.skip("the GPU itself is smaller")
    gpu.cap(limit)
    taken = []
    with pytest.raises(OutOfMemoryError):
        while True:
            taken.append(gpu.allocate(512 * MIB))
    assert 7 * GIB < gpu.measured() <= limit


@cuda
def test_gpu_masters_lock_no_more_than_they_book(gpu) -> None:
    sizes = [33 * MIB + 100, 5 * MIB + 1, 17 * MIB]
    bring(gpu, Stored(*sizes), range(3))
    assert sum(map(page_rounded, sizes)) == gpu.masters.locked_bytes == gpu.masters.booked_bytes
    assert gpu.masters.locked_bytes <= 1.02 * sum(sizes)
    assert all(master.memory.tensor.is_pinned() for master in gpu.masters._kept.values())


@cuda
def test_gpu_a_lock_that_is_refused_breaks_no_later_kernel(gpu) -> None:
    from redheart.memory.tiers.pinning import HostMemory, cuda_pin

    memory = HostMemory(8 * MIB)
    memory.tensor.zero_()
    assert memory.lock(cuda_pin)
    assert cuda_pin(memory.tensor.data_ptr(), memory.size) is None  # locked already
    assert float(torch.ones(4, device="cuda").sum()) == 4.0
    memory.unlock()


@cuda
def test_gpu_computing_sees_whole_weights_while_chunks_come_from_another_thread(gpu) -> None:
    stored = Stored(*[32 * MIB] * 8)
    there = [threading.Event() for _ in range(8)]
    fills = [stored.fill(gpu, chunk) for chunk in range(8)]
    thread = threading.Thread(target=gpu.fill, args=(fills, lambda fill: there[fill.chunk].set()))
    thread.start()
    sums = []
    for fill, event in zip(fills, there, strict=True):
        assert event.wait(30)
        sums.append(fill.block.tensor.to(torch.int64).sum())
    thread.join()
    assert [int(total) for total in sums] == [int(chunk.to(torch.int64).sum()) for chunk in stored.chunks]


@cuda
def test_gpu_kernels_that_still_run_read_what_was_there_before_the_room_was_given_away(gpu) -> None:
    stored = Stored(32 * MIB, 32 * MIB)
    old = bring(gpu, stored, [0])[0]
    busy = torch.randn(4096, 4096, device="cuda")
    for _ in range(200):  # the queue is long: the sum below has not begun when the room changes hands
        busy = (busy @ busy).clamp_(-1, 1)
    total = old.block.tensor.to(torch.int64).sum()
    gpu.free(old.block)
    new = bring(gpu, stored, [1])[0]
    assert int(total) == int(stored.chunks[0].to(torch.int64).sum())
    assert stored.is_in(new)


@cuda
def test_gpu_says_what_it_is_and_what_its_context_takes(gpu) -> None:
    assert gpu.tier is Tier.DEVICE
    context = gpu.context_bytes()
    assert context is None or context > 50 * MIB


def test_the_stand_in_shows_a_copy_source_that_is_touched_too_early() -> None:
    engine = DeferredEngine()
    source, target = torch.ones(4, dtype=torch.uint8), engine.empty(4)
    point = engine.copy(target, source, ())
    source.zero_()
    point.synchronize()
    assert target.tolist() == [0, 0, 0, 0]
