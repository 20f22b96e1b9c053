"""The simulated device and its modules: what they give, refuse, count; what goes wrong when told to."""

import threading

import pytest

from redheart.errors import CheckpointError, OutOfMemoryError
from redheart.memory.budgets import MIB
from redheart.memory.tiers.simulated import OPERATIONS, Gate, SimulatedDevice, SimulatedModule
from redheart.memory.transfer import Transfer
from redheart.types.residency import Streamable, Swappable


@pytest.fixture
def device():
    return SimulatedDevice(100, bandwidth=10.0, latency_s=1.0)


@pytest.fixture
def module(device):
    return SimulatedModule(device, "m", (10, 20, 30))


def bring(module, *chunks):
    module.allocate(chunks)
    module.load(chunks)


def holed(device, *sizes, freed):
    blocks = [device.allocate(size) for size in sizes]
    for index in freed:
        device.free(blocks[index])


# -- the device ------------------------------------------------------------------------------------------------------


def test_device_and_module_are_what_the_manager_expects(device, module):
    transfer: Transfer = device
    assert transfer.measured() == 0
    assert isinstance(module, Swappable)
    assert isinstance(module, Streamable)


def test_device_gives_what_it_has_and_no_byte_more(device):
    block = device.allocate(60)
    with pytest.raises(OutOfMemoryError, match="cannot be had"):
        device.allocate(41)
    device.allocate(40)
    device.free(block)
    assert (device.truth(), device.free_bytes, device.peak) == (40, 60, 100)


def test_memory_in_pieces_is_refused_until_the_cache_is_released():
    device = SimulatedDevice(100, fragmentation=True)
    holed(device, 30, 30, 40, freed=(0, 2))
    with pytest.raises(OutOfMemoryError):
        device.allocate(70)
    assert device.release_cached() == 30
    assert device.allocate(70).nbytes == 70


def test_first_hole_that_is_large_enough_is_taken():
    device = SimulatedDevice(100, fragmentation=True)
    holed(device, 10, 10, 30, 10, 40, freed=(0, 2, 4))
    assert [device.allocate(20).offset, device.allocate(10).offset, device.allocate(40).offset] == [20, 0, 60]


def test_without_fragmentation_only_the_sum_counts_and_nothing_is_cached(device):
    holed(device, 30, 30, 40, freed=(0, 2))
    assert device.release_cached() == 0
    assert device.allocate(70).nbytes == 70


def test_what_somebody_else_takes_cannot_be_had_until_he_is_gone(device):
    device.allocate(60)
    device.spike(70)
    assert device.free_bytes == -30
    with pytest.raises(OutOfMemoryError):
        device.allocate(1)
    device.spike(0)
    assert device.allocate(40).nbytes == 40


def test_copies_take_virtual_time_by_latency_and_bandwidth(device, module):
    bring(module, 0, 1)
    assert device.clock.now == device.copying_s == pytest.approx((1 + 1) + (1 + 2))
    assert device.expected_s(30) == pytest.approx(4)


def test_bytes_are_counted_each_way(device):
    block = device.allocate(20)
    device.copy_out(block)
    device.free(block)
    assert (device.bytes_in, device.bytes_out, device.bytes_freed) == (0, 20, 20)


def test_forgotten_modules_are_noted(device):
    device.forget("m")
    assert device.forgotten == ["m"]


@pytest.mark.parametrize("action", ["free", "copy_out"])
def test_block_that_is_not_allocated_is_refused_and_the_misuse_kept(device, action):
    block = device.allocate(10)
    device.free(block)
    with pytest.raises(RuntimeError, match="misused"):
        getattr(device, action)(block)
    assert len(device.misuses) == 1


def test_two_calls_at_once_are_a_misuse(device, module):
    module.gates[0] = gate = Gate()
    module.allocate((0,))
    loading = threading.Thread(target=device.fill, args=([stopped_fill(module, gate)],))
    loading.start()
    gate.reached.wait(10)
    with pytest.raises(RuntimeError, match="while another call was going on"):
        device.allocate(1)
    gate.open()
    loading.join(10)
    assert device.allocate(1).nbytes == 1


def stopped_fill(module, gate):
    from redheart.memory.transfer import Fill

    return Fill("m", 0, module._blocks[0], lambda into: gate.stop())


# -- faults ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("operation", "kind"),
    [("allocate", OutOfMemoryError), ("read", CheckpointError), ("copy", RuntimeError), ("free", RuntimeError)],
)
def test_nth_call_fails_once(device, module, operation, kind):
    device.faults.fail(operation, 1)
    with pytest.raises(kind, match=f"fault of {operation} 1"):
        bring(module, 0, 1, 2)
        module.unload((0, 1, 2))
    assert device.faults.struck[operation] == 1
    other = SimulatedModule(device, "other", (5, 5))
    bring(other, 0, 1)
    other.unload((0, 1))


def test_calls_fail_from_the_nth_on_until_the_script_is_cleared(device):
    device.faults.fail("allocate", 1, always=True)
    device.allocate(1)
    for _ in range(3):
        with pytest.raises(OutOfMemoryError):
            device.allocate(1)
    device.faults.clear()
    device.allocate(1)
    assert (device.faults.calls["allocate"], device.faults.struck["allocate"]) == (5, 3)


def test_next_call_fails_with_the_error_that_was_given(device):
    device.allocate(1)
    device.faults.fail_next("allocate", ValueError("mine"))
    with pytest.raises(ValueError, match="mine"):
        device.allocate(1)


def test_every_operation_is_counted(device, module):
    bring(module, 0, 1)
    module.unload((0, 1))
    assert {operation: device.faults.calls[operation] for operation in OPERATIONS} == dict.fromkeys(OPERATIONS, 2)


def test_memory_that_could_not_be_given_back_stays_taken_and_empty(device, module):
    bring(module, 0, 1, 2)
    device.faults.fail_next("free")
    with pytest.raises(RuntimeError, match="fault of free"):
        module.unload((0, 1, 2))
    assert (device.truth(), device.contents(), module.allocated) == (10, {}, frozenset())


# -- modules ---------------------------------------------------------------------------------------------------------


def test_loaded_chunks_hold_their_master_and_no_two_are_alike(device, module):
    bring(module, 0, 1, 2)
    bring(other := SimulatedModule(device, "other", (10,)), 0)
    assert device.contents()["m", 1] == module.master(1)
    assert len(set(device.contents().values())) == 4
    assert (module.damaged(), other.damaged()) == ([], [])


def test_another_seed_is_another_master(device, module):
    assert SimulatedModule(device, "m", (10,), seed=1).master(0) != module.master(0)


def test_damage_is_seen(module):
    bring(module, 0, 1)
    module._blocks[1].tensor[0] ^= 1
    assert module.damaged() == [1]


def test_chunks_are_allocated_all_or_none(device, module):
    device.allocate(50)
    with pytest.raises(OutOfMemoryError):
        module.allocate((0, 1, 2))
    assert (module.allocated, device.truth()) == (frozenset(), 50)


def test_failed_load_leaves_its_chunks_allocated_and_empty(device, module):
    bring(module, 0)
    device.faults.fail("read", 2)
    module.allocate((1, 2))
    with pytest.raises(CheckpointError):
        module.load((1, 2))
    assert (module.filled, module.allocated) == ({0}, {0, 1, 2})
    assert device.contents() == {("m", 0): module.master(0)}
    module.load((1, 2))
    assert module.damaged() == []


def test_unload_gives_back_what_is_there_and_nothing_else(device, module):
    bring(module, 0, 1)
    module.allocate((2,))
    module.unload((1, 2))
    module.unload((1, 2))
    assert (module.filled, module.allocated, device.truth()) == ({0}, {0}, 10)


@pytest.mark.parametrize("misuse", ["load without memory", "allocate twice", "load twice"])
def test_moves_that_may_not_be_are_refused_and_kept(device, module, misuse):
    if misuse != "load without memory":
        bring(module, 0)
    with pytest.raises(RuntimeError, match="misused"):
        (module.allocate if misuse == "allocate twice" else module.load)((0,))
    assert len(device.misuses) == 1


def test_loads_and_reads_are_counted_by_chunk(module):
    bring(module, 0, 1)
    module.unload((1,))
    bring(module, 1)
    assert (module.loads, module.bytes_read) == ({0: 1, 1: 2}, 10 + 20 + 20)


def test_inseparable_module_reads_all_for_one_chunk(device):
    module = SimulatedModule(device, "m", (10, 20, 30), separable=False)
    bring(module, 1)
    assert (module.bytes_read, module.filled) == (60, {1})


def test_gate_stops_a_load_before_its_chunk(module):
    module.gates[1] = gate = Gate()
    loading = threading.Thread(target=bring, args=(module, 0, 1))
    loading.start()
    assert gate.reached.wait(10)
    assert module.filled == {0}
    gate.open()
    loading.join(10)
    assert module.filled == {0, 1}


def test_reader_waits_for_an_expected_chunk(module):
    module.expect((0, 1))
    module.gates[1] = gate = Gate()
    loading = threading.Thread(target=bring, args=(module, 0, 1))
    loading.start()
    assert module.touch(0) == module.master(0)
    assert 1 not in module.filled
    gate.open()
    assert module.touch(1) == module.master(1)
    loading.join(10)


def test_reader_of_a_chunk_that_will_not_come_gets_the_error(module):
    module.expect((0,))
    module.fail(CheckpointError("gone"))
    with pytest.raises(CheckpointError, match="gone"):
        module.touch(0)


def test_reading_an_absent_chunk_is_a_misuse(module):
    with pytest.raises(RuntimeError, match="is not in"):
        module.touch(0)


def test_out_of_memory_is_told_with_all_sizes():
    device = SimulatedDevice(8 * MIB)
    device.allocate(2 * MIB)
    device.spike(MIB)
    with pytest.raises(OutOfMemoryError, match=r"6\.0 MiB.*5\.0 MiB of 8\.0 MiB are free, 1\.0 MiB"):
        device.allocate(6 * MIB)
