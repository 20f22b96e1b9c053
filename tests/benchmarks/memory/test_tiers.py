from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from redheart.benchmarks.memory import page_cache, tiers
from redheart.benchmarks.memory.copies import bytes_copied
from redheart.benchmarks.memory.exactness import Exactness
from redheart.benchmarks.memory.floors import Floors
from redheart.benchmarks.memory.routes import LoadFileClone
from redheart.benchmarks.memory.rows import TierRow
from redheart.benchmarks.memory.sheets import SheetFiles, write_sheets
from redheart.benchmarks.memory.tiers import TierBench

TINY_GB = 0.002


@pytest.fixture
def files(tmp_path: Path) -> SheetFiles:
    return write_sheets(tmp_path, 1_000_000, seed=3)


@pytest.fixture(scope="module")
def rows() -> dict[str, TierRow]:
    """One round of everything."""
    with TierBench(TINY_GB, 1, lambda line: None) as bench:
        bench.measure()
        return {row.path: row for row in bench.rows()}


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch) -> Iterator[TierBench]:
    """A bench without the peers that are slow to import."""
    monkeypatch.setattr(tiers, "find_spec", lambda name: None)
    with TierBench(TINY_GB, 1, lambda line: None) as bench:
        yield bench


def test_every_way_of_loading_brings_the_stored_bits(rows: dict[str, TierRow]) -> None:
    assert {"memcpy", "memcpy_threads", "warm", "load_file_clone", "torch_load", "evict"} <= rows.keys()
    brought = [row for row in rows.values() if row.exact is not None]
    assert len(brought) >= 3
    assert all(row.exact for row in brought)


def test_evicting_clean_weights_copies_no_byte(rows: dict[str, TierRow]) -> None:
    evict = rows["evict"]
    assert (evict.bytes_copied, evict.gb_per_s) == (0, None)
    assert evict.us_per_tensor is not None


def test_warm_is_held_against_memcpy_and_cold_against_the_disk(rows: dict[str, TierRow]) -> None:
    assert rows["warm"].floor_gb_per_s == rows["memcpy"].gb_per_s
    assert rows["warm"].times_load_file_clone is not None
    if page_cache.can_drop():
        disks = [row.gb_per_s or 0 for path, row in rows.items() if path.startswith("disk_cold_")]
        assert rows["cold"].floor_gb_per_s == max(disks)


def test_rows_tell_what_was_measured_before_an_interruption(alone: TierBench, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def stopping(action: object) -> float:
        if len(done) == 3:
            raise KeyboardInterrupt
        done.append("one")
        return 1.0

    monkeypatch.setattr(tiers, "seconds_of", stopping)
    with pytest.raises(KeyboardInterrupt):
        alone.measure()
    assert sum(row.gb_per_s is not None for row in alone.rows()) == 3


def test_peers_that_are_not_installed_are_named_with_the_way_to_get_them(alone: TierBench) -> None:
    notes = {row.path: row.note or "" for row in alone.rows()}
    assert notes.keys() == {"accelerate_cpu_offload", "accelerate_disk_offload_cold", "diffusers_group_disk_cold"}
    assert all("pip install 'redheart[bench]'" in note for note in notes.values())


def test_the_folder_is_gone_when_the_bench_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiers, "find_spec", lambda name: None)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with TierBench(TINY_GB, 1, lambda line: None):
        (folder,) = tmp_path.glob("redheart-bench-*")
        assert any(folder.iterdir())
    assert not folder.exists()


def test_the_folder_is_gone_when_the_bench_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(file: Path) -> Floors:
        raise MemoryError

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(tiers, "Floors", broken)
    with pytest.raises(MemoryError), TierBench(TINY_GB, 1, lambda line: None):
        pass
    assert list(tmp_path.glob("redheart-bench-*")) == []


def test_one_flipped_bit_is_noticed(files: SheetFiles) -> None:
    exactness, route = Exactness(files), LoadFileClone(files)
    route.load()
    assert exactness.holds(route)
    weights = route.weights()
    assert weights is not None
    weights["7.bias"].view(torch.int16)[5] ^= 1
    assert not exactness.holds(route)


def test_copies_of_tensors_and_reads_of_files_are_counted(tmp_path: Path) -> None:
    tensor, file = torch.ones(1000), tmp_path / "a"
    file.write_bytes(b"x" * 500)
    assert bytes_copied(lambda: None) == 0
    assert bytes_copied(tensor.clone) == 4000
    assert bytes_copied(file.read_bytes) >= 500


@pytest.mark.parametrize("threads", [1, 3])
def test_the_disk_floor_reads_the_whole_file(tmp_path: Path, threads: int) -> None:
    file = tmp_path / "weights"
    file.write_bytes(bytes(range(256)) * 4001)
    floors = Floors(file)
    floors.read(threads)
    assert floors.target() == file.read_bytes()
    floors.copy(threads)
    assert set(floors.target()) == {1}
    floors.close()


def test_sheets_are_the_same_from_the_same_seed(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    one, other = (write_sheets(tmp_path / name, 1_000_000, seed=3) for name in ("a", "b"))
    assert one.safetensors.read_bytes() == other.safetensors.read_bytes()
    assert one.tensors == 200
