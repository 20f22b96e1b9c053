"""The benchmark on a GPU, walked through on a CPU at a thousandth of the size; its figures need a GPU."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from torch import Tensor

from redheart.benchmarks.memory import cuda, cuda_peers
from redheart.benchmarks.memory.cuda_ours import WholeLru
from redheart.benchmarks.memory.cuda_peers import Chain, Components, GroupOffload, Peer, Plain, memory_as_capped
from redheart.benchmarks.memory.cuda_requests import Record, Requests, Spikes
from redheart.benchmarks.memory.cuda_rows import exact, rows_of
from redheart.benchmarks.memory.cuda_stage import Stage
from redheart.benchmarks.memory.modules import PHASES, Shape, checksum, inputs, write_weights
from redheart.errors import ConfigError
from redheart.memory.account import Account
from redheart.memory.states import ModuleState, Snapshot
from redheart.memory.tiers.cuda import CudaTransfer
from redheart.memory.tiers.masters import Masters
from redheart.types.residency import SwapPriority, Tier

CPU = torch.device("cpu")
SCALE = 1e-4  # 716 kB of weights
SLOT = 64 * 1024


class Passed:
    """A point that has passed."""

    def query(self) -> bool:
        return True

    def synchronize(self) -> None:
        return None


class ImmediateEngine:
    """An `Engine` that copies at once, in RAM."""

    def empty(self, nbytes: int) -> Tensor:
        return torch.empty(nbytes, dtype=torch.uint8)

    def computed(self) -> Passed:
        return Passed()

    def copy(self, target: Tensor, source: Tensor, after: object) -> Passed:
        target.copy_(source)
        return Passed()

    def reuse(self, point: object) -> None:
        return None

    def reserved(self) -> int:
        return 0

    def release_cached(self) -> None:
        return None

    def held(self) -> int | None:
        return None

    def cap(self, nbytes: int) -> None:
        return None


def transfer() -> CudaTransfer:
    masters = Masters(Account(Tier.PINNED, 1 << 24), lambda address, nbytes: lambda: None, SLOT)
    return CudaTransfer(ImmediateEngine(), masters)


@pytest.fixture(scope="module", autouse=True)
def swept() -> Iterator[None]:
    """Collecting garbage takes most of the time here, and changes no figure that is looked at."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cuda_peers.gc, "collect", lambda: 0)
        yield


@pytest.fixture(scope="module")
def rows(swept: None) -> list[dict]:
    """Everybody's, of two requests, and of seven with spikes."""
    wished = cuda.Wished(cap_gb=8 * SCALE, cycles=2, scale=SCALE, soak=7)
    return cuda.bench(wished, transfer(), CPU, lambda _: None)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Room for the largest phase and little more."""
    weights = write_weights(tmp_path, SCALE)
    return Stage(CPU, weights, SCALE, 800_000, 730_000, transfer())


def record_of(stage: Stage, contender, count: int = 1) -> Record:
    record = Record(contender.name)
    asyncio.run(Requests(stage, dict.fromkeys(stage.weights.shapes, 4)).run(contender, record, 0, count))
    return record


def test_without_a_gpu_the_benchmark_says_so() -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a GPU")
    with pytest.raises(ConfigError, match="torch sees no CUDA device"):
        cuda.run_cuda(8.0, 1)


def test_every_contender_that_can_run_here_computes_the_oracles_bits(rows) -> None:
    requests = {row["contender"]: row for row in rows if row.get("phase") == "request"}
    assert requests.keys() >= {"resident", "plain", "chain", "lru", "drop_after_use", "ours_no_prefetch", "ours"}
    assert all(row["exact"] is True and row["ooms"] == 0 and row["requests"] == 2 for row in requests.values())


def test_contenders_that_cannot_run_are_told_of_and_not_invented(rows) -> None:
    absent = {row["contender"]: row["absent"] for row in rows if "absent" in row}
    assert absent.keys() == {"components_manager", "components_manager_unshimmed", "group_offload"}
    assert all(reason == "cannot run on 'cpu'" for reason in absent.values())


def test_ours_brings_fewer_bytes_than_lru(rows) -> None:
    brought = {row["contender"]: row["gb_in"] for row in rows if row.get("phase") == "request"}
    assert 0 < brought["ours_no_prefetch"] < brought["lru"] <= brought["drop_after_use"]


def test_the_soak_has_its_spikes_and_locks_what_it_books(rows) -> None:
    soak = next(row for row in rows if row.get("phase") == "soak")
    assert (soak["requests"], soak["spikes"], soak["grown_gb"], soak["ooms"]) == (7, 1, 0, 0)
    assert soak["locked_gb"] == soak["booked_gb"] > 0


@pytest.mark.parametrize("peer", [lambda: Components(shimmed=True), GroupOffload], ids=["components", "groups"])
def test_hooks_of_diffusers_leave_the_outputs_as_they_are(stage: Stage, monkeypatch, peer) -> None:
    pytest.importorskip("diffusers")
    monkeypatch.setattr(torch.cpu, "mem_get_info", lambda index: (10**9, 10**9), raising=False)
    record = record_of(stage, peer(), 2)
    assert exact(record, record_of(stage, Peer())) is True and record.ooms == 0


def test_an_absent_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda_peers, "find_spec", lambda name: None)
    assert Chain().missing(CPU) == "accelerate not installed"


def test_the_chain_keeps_its_modules_usable_by_others(stage: Stage) -> None:
    record = record_of(stage, Chain(), 2)
    assert exact(record, record_of(stage, Peer())) is True


def test_running_out_of_memory_is_counted_and_the_next_phase_is_tried(stage: Stage) -> None:
    class Starved(Plain):
        def begin(self, phase) -> None:
            if phase.name == "red_heart":
                raise torch.OutOfMemoryError("CUDA out of memory")

    record = record_of(stage, Starved(), 2)
    assert record.ooms == 2 and record.ms["red_heart"] == [None, None]
    assert None not in record.ms["llm_final"]
    assert rows_of(record, record_of(stage, Peer()), 50.0)[-1]["ms_p50"] is None


def test_a_wrong_output_is_seen(stage: Stage) -> None:
    class Damaged(Plain):
        def end(self, phase) -> None:
            self.modules["llm"].layers[0].weight[0, 0] += 1

    assert exact(record_of(stage, Damaged(), 2), record_of(stage, Peer())) is False


def test_what_a_contender_does_after_a_phase_is_on_the_next_ones_account(stage: Stage, monkeypatch) -> None:
    clock = [0.0]

    class Slow(Plain):
        def end(self, phase) -> None:
            clock[0] += 5.0

    monkeypatch.setattr(Requests, "_now", lambda self: clock[0])
    record = record_of(stage, Slow(), 2)
    assert record.ms["llm_initial"] == [0.0, 5000.0] and record.ms["circuit"] == [5000.0, 5000.0]


def test_a_stall_is_what_the_oracle_does_not_need_and_its_speed_is_held_against_the_link() -> None:
    slow, oracle = Record("slow"), Record("resident")
    for phase in PHASES:
        oracle.ms[phase.name], slow.ms[phase.name] = [10.0, 10.0], [30.0, 30.0]
        slow.bytes_in[phase.name] = 2 * 10**9
    row = rows_of(slow, oracle, 100.0)[0]
    assert (row["stall_ms_p50"], row["gb_in"]) == (20.0, 1.0)
    assert (row["gb_per_s"], row["share_of_floor"]) == (pytest.approx(50.0), pytest.approx(0.5))


def test_lru_sends_whole_modules_away_oldest_first_and_no_more_than_it_must() -> None:
    def idle(name: str, last_use: int) -> ModuleState:
        return ModuleState(name, SwapPriority.PRIMARY, (4, 4), nbytes=8, resident=frozenset({0, 1}), last_use=last_use)

    snapshot = Snapshot(24, 0, (idle("newest", 3), idle("oldest", 1), idle("middle", 2)))
    chosen = WholeLru().victims(snapshot, frozenset(), 9)
    assert [tuple(piece) for piece in chosen] == [("oldest", 0), ("oldest", 1), ("middle", 0), ("middle", 1)]
    assert len(WholeLru().victims(snapshot, frozenset({"oldest"}), 8)) == 2


def test_a_spike_comes_with_every_seventh_request() -> None:
    spikes = Spikes(16, every=7)
    held = [spikes.during(request, CPU) is not None for request in range(14)]
    assert [request for request, there in enumerate(held) if there] == [6, 13]


def test_peers_are_told_of_the_cap_and_only_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda: 300)
    before = torch.cuda.mem_get_info
    with memory_as_capped(1000):
        assert torch.cuda.mem_get_info(0) == (700, 1000)
    assert torch.cuda.mem_get_info is before


def test_stand_ins_have_the_bytes_they_stand_for() -> None:
    shape = Shape.of_bytes(4e9)
    assert (shape.width, abs(shape.layers * shape.width**2 * 2 / 4e9 - 1) < 0.005) == (4096, True)
    assert Shape.of_bytes(1e5).layers >= 8


def test_what_moves_is_counted(stage: Stage) -> None:
    module = stage.weights.on_host(["circuit"])["circuit"]
    module.to("meta")
    assert (module.came, module.went) == (stage.weights.nbytes("circuit"), 0)
    module.to("meta")
    assert module.came == stage.weights.nbytes("circuit")


def test_a_checksum_sees_values_and_where_they_stand(stage: Stage) -> None:
    rows = inputs(stage.weights, "llm", 4, CPU)
    swapped = rows.clone()
    swapped[[0, 1]] = rows[[1, 0]]
    assert checksum(rows) == checksum(rows.clone()) != checksum(swapped)
