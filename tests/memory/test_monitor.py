"""Samples of real memory."""

import asyncio

import pytest

from redheart.events import MODULE_LOADED, PHASE_FINISHED, PHASE_STARTED, Event, EventBus
from redheart.memory.monitor import NO_GPU, MemoryMonitor, device_allocated


@pytest.fixture
def without_gpu(monkeypatch):
    import pynvml

    def refuse() -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)

    monkeypatch.setattr(pynvml, "nvmlInit", refuse)


def test_sample_says_what_the_process_fills(without_gpu):
    sample = MemoryMonitor("cpu").sample("start")
    assert sample["label"] == "start"
    assert sample["rss_mib"] > 1
    assert set(sample) == {"label", "at_s", "rss_mib"}


def test_machine_without_a_driver_is_said_to_have_no_gpu(without_gpu):
    assert MemoryMonitor("cpu").gpu == NO_GPU
    assert device_allocated("cpu") is None


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


@pytest.fixture
def failing_gpu(monkeypatch):
    """A driver that lists a GPU, then loses it."""
    import pynvml

    def refuse(handle: object) -> None:
        raise pynvml.NVMLError(pynvml.NVML_ERROR_GPU_IS_LOST)

    monkeypatch.setattr(pynvml, "nvmlInit", lambda: None)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByIndex", lambda index: index)
    monkeypatch.setattr(pynvml, "nvmlDeviceGetName", lambda handle: "card")
    monkeypatch.setattr(pynvml, "nvmlDeviceGetMemoryInfo", refuse)


def test_gpu_that_is_lost_leaves_its_number_out_and_is_told_once(failing_gpu, caplog):
    monitor = MemoryMonitor("cpu")
    samples = [monitor.sample(label) for label in "ab"]
    assert all("gpu_used_mib" not in sample and sample["rss_mib"] > 1 for sample in samples)
    (record,) = caplog.records
    assert record.levelname == "WARNING" and "NVML gives no sample" in record.getMessage()
