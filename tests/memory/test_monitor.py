"""Samples of real memory, and the timeline they make."""

import asyncio
import json
import os
import stat
import threading

import pytest
from watching import Books

from redheart.errors import InputError
from redheart.events import MODULE_LOADED, PHASE_FINISHED, PHASE_STARTED, Event, EventBus
from redheart.memory.budgets import MIB
from redheart.memory.monitor import NO_GPU, MemoryMonitor, device_allocated
from redheart.memory.states import Piece
from redheart.memory.watch.folders import timeline_folder, weights_folder
from redheart.memory.watch.moment import Reader
from redheart.memory.watch.nvml import open_nvml
from redheart.memory.watch.recorded_timeline import read_timeline
from redheart.memory.watch.sampler import Sampler
from redheart.memory.watch.timeline import KEPT, recording, stored_timelines


@pytest.fixture
def without_gpu(monkeypatch):
    import pynvml

    def refuse() -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

    monkeypatch.setattr(pynvml, "nvmlInit", refuse)


@pytest.fixture
def books(without_gpu):
    return Books()


def test_sample_says_what_the_process_fills(without_gpu):
    sample = MemoryMonitor("cpu").sample("start")
    assert sample["label"] == "start"
    assert sample["rss_mib"] > 1
    assert set(sample) == {"label", "at_s", "rss_mib"}


def test_machine_without_a_driver_is_said_to_have_no_gpu(without_gpu):
    assert MemoryMonitor("cpu").gpu == NO_GPU
    assert device_allocated("cpu") is None
    assert open_nvml("cpu") is None


def test_samples_since_one_begin_with_it(without_gpu):
    monitor = MemoryMonitor("cpu")
    _, second, _ = (monitor.sample(label) for label in "abc")
    assert [sample["label"] for sample in monitor.since(second)] == ["b", "c"]


def test_only_the_newest_samples_are_kept(without_gpu):
    monitor = MemoryMonitor("cpu", capacity=2)
    first, *_ = [monitor.sample(label) for label in "abc"]
    assert [sample["label"] for sample in monitor.since(first)] == ["b", "c"]


async def test_each_phase_boundary_is_sampled(without_gpu):
    bus, monitor = EventBus(), MemoryMonitor("cpu")
    news = bus.subscribe()
    first = monitor.sample("first")
    following = asyncio.create_task(monitor.follow(news))
    for kind, name in ((PHASE_STARTED, "circuit"), (MODULE_LOADED, "body"), (PHASE_FINISHED, "circuit")):
        bus.publish(Event(kind, name))
    news.close()
    await following
    assert [sample["label"] for sample in monitor.since(first)[1:]] == ["circuit started", "circuit finished"]


# -- a GPU's driver --------------------------------------------------------------------------------------------------


class Process:
    def __init__(self, pid, used):
        self.pid, self.usedGpuMemory = pid, used


@pytest.fixture
def gpu(monkeypatch):
    """A driver that lists one GPU. Names of functions put into the list that is returned fail from then on."""
    import pynvml

    failing = []

    def say(name, answer):
        def told(*_):
            if name in failing:
                raise pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)
            return answer

        monkeypatch.setattr(pynvml, name, told)

    say("nvmlInit", None)
    say("nvmlDeviceGetHandleByIndex", "handle")
    say("nvmlDeviceGetName", "card")
    say("nvmlDeviceGetMemoryInfo", type("Memory", (), {"used": 3 * MIB}))
    say("nvmlDeviceGetComputeRunningProcesses", [Process(7, 5 * MIB), Process(8, None)])
    return failing


def test_gpu_is_looked_at_where_there_is_one(gpu):
    monitor = MemoryMonitor("cpu")
    assert (monitor.gpu, monitor.sample("now")["gpu_used_mib"]) == ("card", 3.0)


def test_process_whose_bytes_the_driver_does_not_tell_is_left_out(gpu):
    assert open_nvml("cpu").by_process() == {7: 5 * MIB}


def test_gpu_that_is_lost_leaves_its_number_out_and_is_told_once(gpu, caplog):
    monitor = MemoryMonitor("cpu")
    gpu.extend(["nvmlDeviceGetMemoryInfo", "nvmlDeviceGetComputeRunningProcesses"])
    samples = [monitor.sample(label) for label in "ab"]
    assert all("gpu_used_mib" not in sample and sample["rss_mib"] > 1 for sample in samples)
    (record,) = caplog.records
    assert record.levelname == "WARNING" and "NVML gives no sample" in record.getMessage()


# -- the sampler -----------------------------------------------------------------------------------------------------


def test_peak_is_the_most_since_just_before_the_first_load():
    readings = iter([90, 50, 70, 60, 55])
    sampler = Sampler(lambda: next(readings), interval_s=3600)
    with sampler.wanted():
        sampler.look()
        sampler.first_load()
        sampler.look()
        sampler.look()
    assert (sampler.before_load, sampler.peak) == (50, 70)


def test_only_the_first_load_sets_the_baseline():
    readings = iter([50, 70, 60])
    sampler = Sampler(lambda: next(readings), interval_s=3600)
    with sampler.wanted():
        sampler.first_load()
        sampler.look()
        sampler.first_load()
    assert sampler.before_load == 50


def test_no_peak_is_told_while_nobody_samples():
    sampler = Sampler(lambda: 50)
    sampler.first_load()
    assert (sampler.before_load, sampler.peak) == (None, None)


def test_thread_samples_while_wanted_and_ends_with_the_last_wish():
    told = threading.Event()
    sampler = Sampler(interval_s=0.0001)
    with sampler.wanted():
        with sampler.wanted(told.set):
            assert told.wait(10)
        assert "memory sampler" in [thread.name for thread in threading.enumerate()]
    assert "memory sampler" not in [thread.name for thread in threading.enumerate()]


def test_listener_is_told_a_last_time_on_leaving():
    told = []
    with Sampler(lambda: 1, interval_s=3600).wanted(lambda: told.append(1)):
        pass
    assert told == [1]


# -- moments ---------------------------------------------------------------------------------------------------------


def test_moment_has_the_ledger_beside_the_process(books):
    monitor = books.monitor()
    books.bring("llm", 0)
    books.ledger.account.set_line("work", 5 * MIB)
    moment = monitor.moment()
    assert (moment.tier.committed, moment.tier.lines, moment.tier.measured) == (40 * MIB, {"work": 5 * MIB}, 40 * MIB)
    assert (moment.rss, moment.over_baseline, monitor.measured_peak) == (500 * MIB, None, 40 * MIB)


def test_monitor_without_books_says_that_it_has_none(without_gpu):
    with pytest.raises(RuntimeError, match="no manager's books"):
        MemoryMonitor("cpu").moment()


def test_decisions_are_handed_out_once(books):
    books.decide("load", "early", "before anybody read")
    reader = Reader(books.journal)
    books.decide("load", "llm", "wanted")
    books.decide("evict", "llm", "not wanted")
    assert [decision.kind for decision in reader.unread()] == ["load", "evict"]
    assert reader.unread() == []


# -- the timeline ----------------------------------------------------------------------------------------------------


def test_timeline_read_back_has_the_ledger_the_decisions_and_the_phases(books, tmp_path):
    monitor = books.monitor()
    with recording(monitor, tmp_path / "t.jsonl", tmp_path) as timeline:
        timeline.tell(Event(PHASE_STARTED, "llm_initial"))
        books.bring("llm", 0)
        books.decide("load", "llm", "step 'llm_initial' needs it", 40)
        timeline.sample()
        timeline.tell(Event(PHASE_FINISHED, "llm_initial"))
    found = read_timeline(tmp_path / "t.jsonl")
    assert found.whole
    assert (found.ledger().budget, found.ledger().committed) == (100 * MIB, 40 * MIB)
    assert found.ledger()["llm"].resident == {0}
    assert [(decision.kind, decision.step) for decision in found.journal()] == [("load", "llm_initial")]


def test_run_that_is_killed_has_told_what_it_had_seen(books, tmp_path):
    path = tmp_path / "t.jsonl"
    with recording(books.monitor(), path, tmp_path) as timeline:
        books.bring("encoder", 0)
        timeline.sample()
        cut = tmp_path / "cut.jsonl"
        cut.write_text(path.read_text(encoding="utf-8") + '{"record": "sam', encoding="utf-8")
    found = read_timeline(cut)
    assert (found.whole, found.residents()) == (False, {"encoder": ([0], 0)})


def test_exception_closes_the_timeline(books, tmp_path):
    with pytest.raises(KeyboardInterrupt), recording(books.monitor(), tmp_path / "t.jsonl", tmp_path):
        raise KeyboardInterrupt
    assert read_timeline(tmp_path / "t.jsonl").whole


def test_moment_in_which_nothing_changed_is_not_written(books, tmp_path):
    with recording(books.monitor(), tmp_path / "t.jsonl", tmp_path) as timeline:
        for _ in range(5):
            timeline.sample()
    assert len(read_timeline(tmp_path / "t.jsonl").samples) == 1


def test_timelines_are_for_the_owner_alone_and_the_newest_are_kept(books, tmp_path):
    folder = tmp_path / "state" / "memory"
    for _ in range(KEPT + 2):
        with recording(books.monitor(), None, folder) as newest:
            pass
    kept = stored_timelines(folder)
    assert (len(kept), kept[-1]) == (KEPT, newest.path)
    assert stat.S_IMODE(newest.path.stat().st_mode) == 0o600


def test_timeline_that_cannot_be_written_is_refused_before_anything_runs(books, tmp_path):
    with (
        pytest.raises(InputError, match=r"cannot be written \(No such file.*--memory-timeline"),
        recording(books.monitor(), tmp_path / "no" / "t.jsonl", tmp_path),
    ):
        pytest.fail("ran")


def test_full_disk_ends_the_timeline_not_the_run(books, tmp_path, monkeypatch, caplog):
    with recording(books.monitor(), tmp_path / "t.jsonl", tmp_path) as timeline:

        def full(descriptor, content):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "write", full)
        for name in ("encoder", "body"):
            books.bring(name, 0)
            timeline.sample()
    assert [record.getMessage().count("No space left") for record in caplog.records] == [1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is no memory timeline"),
        ('{"record": "sample"}\n', "is no memory timeline"),
        ('{"record": "timeline", "version": 9}\n', "has version '9', not 1"),
        ('{"record": "timeline", "version": 1}\nnonsense\n', "line 2: not JSON"),
        ('{"record": "timeline", "version": 1}\n[]\n', "line 2: no object"),
        ('{"record": "timeline", "version": 1}\n{"record": "decision"}\n', "is damaged"),
    ],
)
def test_file_that_is_no_timeline_is_refused(tmp_path, content, said):
    (tmp_path / "t.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        read_timeline(tmp_path / "t.jsonl")


def test_timeline_holds_no_more_than_one_json_object_a_line(books, tmp_path):
    with recording(books.monitor(), tmp_path / "t.jsonl", tmp_path):
        books.decide("refuse", "llm", "line one\nline two")
    lines = (tmp_path / "t.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["record"] for line in lines] == [
        "timeline", "module", "module", "module", "decision", "sample", "end",
    ]  # fmt: skip


def test_evicted_chunk_is_not_in_the_ledger_that_is_read_back(books, tmp_path):
    books.bring("llm", 0, 1)
    with recording(books.monitor(), tmp_path / "t.jsonl", tmp_path) as timeline:
        timeline.sample()
        books.ledger.evict([Piece("llm", 1)])
    assert read_timeline(tmp_path / "t.jsonl").ledger()["llm"].resident == {0}


def test_folders_follow_the_xdg_specification(tmp_path):
    named = {"XDG_STATE_HOME": str(tmp_path / "s"), "XDG_CACHE_HOME": "relative", "HOME": "/nowhere"}
    assert timeline_folder(named) == tmp_path / "s" / "redheart" / "memory"
    assert weights_folder(named).parts[-3:] == (".cache", "redheart", "weights")
