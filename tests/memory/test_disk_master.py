"""Which master copy is read: the files, a conversion, or a copy of it."""

import pytest
import torch
from nets import Net, bits, bring, chunks_of, converting, direct, saved, seeded, swappable

from redheart.memory.weights.arena_folder import ArenaFolder
from redheart.types.weights import StoredWeights


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr("redheart.memory.weights.arena.CHUNK_BYTES", 256)
    monkeypatch.setattr("redheart.memory.weights.disk_master.WORTH_A_FILE_BYTES", 0)


@pytest.fixture
def path(tmp_path):
    return saved(seeded(Net), tmp_path / "net.safetensors")


@pytest.fixture
def folder(tmp_path):
    return ArenaFolder(tmp_path / "copies", 10**6, spare_bytes=0)


def counted(path):
    """Converting weights, and how often they were read."""
    stored, reads = converting(path), []
    return StoredWeights(stored.identity, lambda: reads.append(1) or stored.read()), reads


def converted(path, folder):
    """A module that was loaded and has left, and how often its weights were converted."""
    stored, reads = counted(path)
    module = swappable(Net(), stored, folder=folder)
    bring(module)
    module.unload(chunks_of(module))
    return module, reads


def test_converted_weights_come_chunk_by_chunk_from_their_copy_after_the_first_use(path, folder):
    module, reads = converted(path, folder)
    assert module.separable
    for chunk in reversed(chunks_of(module)):
        bring(module, [chunk])
    assert bits(module.module) == bits(seeded(Net))
    assert len(reads) == 1


def test_later_process_reads_the_copy_and_converts_nothing(path, folder):
    converted(path, folder)
    stored, reads = counted(path)
    module = swappable(Net(), stored, folder=folder)
    assert module.separable
    bring(module)
    assert bits(module.module) == bits(seeded(Net))
    assert reads == []


def test_copy_of_other_weights_is_not_taken(path, folder):
    converted(path, folder)
    saved(seeded(Net, 2), path)
    module = swappable(Net(), converting(path), folder=folder)
    assert not module.separable
    bring(module)
    assert bits(module.module) == bits(seeded(Net, 2))


@pytest.mark.parametrize("position", [-4096, 3])
def test_damaged_copy_is_replaced_from_where_the_weights_came(path, folder, position):
    module, reads = converted(path, folder)
    (copy,) = folder.folder.iterdir()
    content = bytearray(copy.read_bytes())
    content[position] ^= 1
    copy.write_bytes(content)
    bring(module)
    assert bits(module.module) == bits(seeded(Net))
    assert (len(reads), module.separable, copy.exists()) == (2, False, False)
    module.unload(chunks_of(module))
    assert module.separable
    assert copy.exists()


def test_copy_that_somebody_removed_is_written_again(path, folder):
    module, reads = converted(path, folder)
    (copy,) = folder.folder.iterdir()
    copy.unlink()
    bring(module)
    module.unload(chunks_of(module))
    assert (len(reads), module.separable, copy.exists()) == (2, True, True)


def test_copy_damaged_before_the_process_began_is_removed_and_written_again(path, folder):
    converted(path, folder)
    (copy,) = folder.folder.iterdir()
    copy.write_bytes(b"nothing")
    module, reads = converted(path, folder)
    assert (len(reads), module.separable) == (1, True)


def test_part_of_a_module_is_no_copy(path, folder):
    module = swappable(Net(), converting(path), folder=folder)
    bring(module, [0])
    module.unload([0])
    assert not module.separable
    assert not folder.folder.exists()


def test_weights_that_were_written_to_are_not_kept(path, folder):
    module = swappable(Net(), converting(path), folder=folder)
    bring(module)
    with torch.inference_mode():
        module.module.last.weight.add_(1)
    module.unload(chunks_of(module))
    assert module.not_kept == "its weights were written to while they were in use"
    assert not folder.folder.exists()


def test_reasons_for_keeping_no_copy_are_told(path, folder, monkeypatch):
    assert swappable(Net(), direct(path), folder=folder).not_kept == "its files hold the weights as they are used"
    assert swappable(Net(), converting(path)).not_kept == "no folder takes copies"
    assert swappable(Net(), converting(path), folder=folder, mutable=["last.bias"]).not_kept == "no folder takes copies"
    full = ArenaFolder(folder.folder, 10)
    module, _ = converted(path, full)
    assert "exceed the 0.0 MiB" in module.not_kept
    monkeypatch.setattr("redheart.memory.weights.disk_master.WORTH_A_FILE_BYTES", 8 * 2**20)
    assert swappable(Net(), converting(path), folder=folder).not_kept == "0.0 MiB are converted again as quickly"
