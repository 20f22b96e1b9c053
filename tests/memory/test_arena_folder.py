"""Copies of converted weights on disk."""

import os
import shutil
import stat
from types import SimpleNamespace

import pytest
import torch
from nets import raw
from safetensors.torch import load_file

from redheart.errors import CheckpointError
from redheart.memory.weights.arena_folder import PADDING, ArenaFolder, ArenaKey
from redheart.memory.weights.layout import TensorSpec, lay_out

STATE = {"a": torch.arange(300.0), "b": torch.arange(7), "c": torch.ones(900, dtype=torch.bfloat16)}


def key(module="net", identity="one"):
    specs = [TensorSpec(name, str(t.dtype)[6:], tuple(t.shape), t.nbytes) for name, t in STATE.items()]
    return ArenaKey(module, identity, lay_out(specs, 1536))


def memory_of(key):
    """The chunks, with old bytes in the gaps."""
    chunks = [bytearray(b"?" * size) for size in key.layout.chunk_bytes]
    for place in key.layout.places():
        chunks[place.chunk][place.offset : place.end] = raw(STATE[place.spec.name])
    return [memoryview(chunk) for chunk in chunks]


def kept(folder, key):
    assert folder.keep(key, lambda chunk: memory_of(key)[chunk]) is None
    return folder.find(key)


@pytest.fixture
def folder(tmp_path):
    return ArenaFolder(tmp_path / "weights", 10**6, spare_bytes=0)


def test_copy_is_a_safetensors_file_that_any_tool_reads(folder):
    file = kept(folder, key())
    found = {name: t for name, t in load_file(file.path).items() if not name.startswith(PADDING)}
    assert {name: raw(tensor) for name, tensor in found.items()} == {name: raw(t) for name, t in STATE.items()}
    assert all(not t.any() for name, t in load_file(file.path).items() if name.startswith(PADDING))


def test_chunks_lie_in_the_file_as_they_lie_in_memory_each_from_a_page_on(folder):
    arena = key()
    content = kept(folder, arena).path.read_bytes()
    position = 8 + int.from_bytes(content[:8], "little")
    for chunk, memory in enumerate(memory_of(arena)):
        assert position % 4096 == 0
        for place in arena.layout.chunks[chunk]:
            assert content[position + place.offset : position + place.end] == memory[place.offset : place.end]
        position += -(-len(memory) // 4096) * 4096
    assert position == len(content)


def test_copy_is_for_this_user_alone(folder):
    file = kept(folder, key())
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.folder.stat().st_mode) == 0o700


def test_later_process_finds_only_the_copy_of_the_same_weights_in_the_same_layout(folder):
    kept(folder, key())
    later = ArenaFolder(folder.folder, 10**6)
    assert later.find(key()) is not None
    assert later.find(key(identity="two")) is None
    other = ArenaKey("net", "one", lay_out([place.spec for place in key().layout.places()], 10**6))
    assert later.find(other) is None


def test_chunk_that_has_changed_on_disk_is_not_accepted(folder):
    file, memory = kept(folder, key()), memory_of(key())
    file.accept(0, memory[0])
    memory[1][5] ^= 1
    with pytest.raises(CheckpointError, match=r"net-.*safetensors': chunk 1 does not have the CRC-32"):
        file.accept(1, memory[1])


def test_gaps_do_not_count_for_the_sum(folder):
    file = kept(folder, key())
    for chunk, memory in enumerate(memory_of(key())):
        file.accept(chunk, memory)  # "?" in the gaps, zeros when it was written


@pytest.mark.parametrize("damage", [b"", b"\xff" * 64])
def test_damaged_copy_is_refused_and_removed(folder, damage):
    path = kept(folder, key()).path
    path.write_bytes(damage)
    with pytest.raises(CheckpointError, match="is not a whole safetensors file"):
        folder.find(key())
    assert not path.exists()
    assert folder.find(key()) is None


def test_copy_under_a_false_name_is_refused(folder):
    path = kept(folder, key("net", "one")).path
    path.rename(folder.folder / key("net", "two").file_name)
    with pytest.raises(CheckpointError, match="is no copy of the weights of 'net'"):
        folder.find(key("net", "two"))


def test_least_recently_used_copies_leave_when_the_budget_is_full(folder):
    paths = [kept(folder, key(name)).path for name in ("first", "second")]
    for path, used in zip(paths, (2, 1), strict=True):
        os.utime(path, ns=(used, path.stat().st_mtime_ns))
    folder.budget_bytes = 3 * paths[0].stat().st_size - 1
    third = kept(folder, key("third")).path
    assert [path.exists() for path in (*paths, third)] == [True, False, True]


def test_finding_a_copy_is_a_use_and_no_change(folder):
    path = kept(folder, key()).path
    os.utime(path, ns=(1, path.stat().st_mtime_ns))
    before = path.stat()
    folder.find(key())
    assert path.stat().st_atime_ns > before.st_atime_ns
    assert path.stat().st_mtime_ns == before.st_mtime_ns


def test_copy_larger_than_the_budget_is_not_written(folder):
    folder.budget_bytes = 100
    assert "exceed the 0.0 MiB that `memory.disk_budget_mib`" in folder.keep(
        key(), lambda chunk: memory_of(key())[chunk]
    )
    assert list(folder.folder.iterdir()) == []


def test_nearly_full_disk_is_left_alone(folder, monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=2**30))
    folder.spare_bytes = 2**30
    reason = folder.keep(key(), lambda chunk: memory_of(key())[chunk])
    assert reason == f"the disk of '{folder.folder}' is nearly full: 1024.0 MiB are free, 1024.0 MiB must stay"


@pytest.mark.parametrize("after", [0, 1, 3])
def test_disk_that_fills_up_while_writing_is_told_and_nothing_is_left(folder, monkeypatch, after):
    writes = []

    def full(handle, memory, real=os.write):
        writes.append(len(memory))
        if len(writes) > after:
            raise OSError(28, "No space left on device")
        return real(handle, memory)

    monkeypatch.setattr(os, "write", full)
    reason = folder.keep(key(), lambda chunk: memory_of(key())[chunk])
    assert reason == f"'{folder.folder}' takes no copy of 0.0 MiB: No space left on device"
    assert list(folder.folder.iterdir()) == []


def test_short_writes_are_gone_on_with(folder, monkeypatch):
    monkeypatch.setattr(os, "write", lambda handle, memory, real=os.write: real(handle, memory[:999]))
    arena = key()
    for chunk, memory in enumerate(memory_of(arena)):
        kept(folder, arena).accept(chunk, memory)


def test_interrupted_write_leaves_nothing(folder):
    def interrupted(chunk):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        folder.keep(key(), interrupted)
    assert list(folder.folder.iterdir()) == []


def test_file_that_a_killed_writer_left_is_removed_and_a_living_one_s_is_not(folder):
    folder.folder.mkdir()
    old, young = folder.folder / "a.1-2.writing", folder.folder / "b.1-2.writing"
    old.touch(), young.touch()
    os.utime(old, (1, 1))
    kept(folder, key())
    assert (old.exists(), young.exists()) == (False, True)
