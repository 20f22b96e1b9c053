"""The engine of machines without a GPU."""

import pytest

from redheart.errors import OutOfMemoryError
from redheart.memory.tiers.host import HostTransfer
from redheart.memory.tiers.pages import SMALL, BlockInUseError
from redheart.memory.transfer import Fill
from redheart.types.residency import Tier


def fill(transfer, block, read, chunk=0):
    transfer.fill([Fill("net", chunk, block, read)])


def test_readers_write_into_the_blocks_in_order():
    transfer, order = HostTransfer(), []
    blocks = [transfer.allocate(3), transfer.allocate(5)]

    def reader(number):
        def read(memory):
            order.append(len(memory))
            memory[:] = bytes([number]) * len(memory)

        return read

    transfer.fill([Fill("net", index, block, reader(index + 1)) for index, block in enumerate(blocks)])
    assert order == [3, 5]
    assert [block.tensor.tolist() for block in blocks] == [[1] * 3, [2] * 5]


def test_block_can_be_given_back_while_somebody_keeps_the_error_of_its_reader():
    transfer = HostTransfer()
    block = transfer.allocate(100)

    def deeper(part):
        raise OSError(5, "broken disk")

    def read(memory):
        try:
            deeper(memory[3:9])
        except OSError as error:
            raise ValueError("unreadable") from error

    with pytest.raises(ValueError, match="unreadable") as kept:
        fill(transfer, block, read)
    transfer.free(block)
    assert transfer.pages.blocks_bytes == 0
    assert isinstance(kept.value.__cause__, OSError)


def test_block_that_somebody_looks_at_is_not_given_back():
    transfer = HostTransfer()
    block = transfer.allocate(100)
    view = block.tensor[1:]
    with pytest.raises(BlockInUseError):
        transfer.free(block)
    assert transfer.measured() == transfer.block_bytes(100)
    del view


def test_measured_is_what_blocks_and_warm_pages_occupy():
    transfer = HostTransfer()
    blocks = [transfer.allocate(SMALL), transfer.allocate(100)]
    assert transfer.measured() == SMALL + 4096
    transfer.free(blocks[0])
    assert transfer.measured() == SMALL + 4096
    assert transfer.release_cached() == SMALL
    assert transfer.measured() == 4096


def test_expected_seconds_grow_with_the_bytes_and_are_unknown_at_first():
    transfer = HostTransfer()
    assert transfer.expected_s(10) is None
    fill(transfer, transfer.allocate(1000), lambda memory: None)
    assert transfer.expected_s(2000) == pytest.approx(2 * transfer.expected_s(1000))


def test_limit_holds():
    transfer = HostTransfer(limit=4096)
    transfer.allocate(4096)
    with pytest.raises(OutOfMemoryError):
        transfer.allocate(1)
    assert transfer.tier is Tier.HOST
