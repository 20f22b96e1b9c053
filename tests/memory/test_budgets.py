"""Budgets of one machine, and what is free on it."""

from pathlib import Path

from redheart.config.schema import MemorySection
from redheart.memory.budgets import MIB, Budgets, budget_setting
from redheart.memory.free import free_device_mib, free_host_mib
from redheart.types.residency import Tier


def test_tier_that_counts_depends_on_the_device():
    section = MemorySection(device_budget_mib=2, host_budget_mib=1, keep_warm=False)
    device, host = Budgets.from_settings(section, "cuda"), Budgets.from_settings(section, "cpu")
    assert (device.counted, device.nbytes, device.keep_warm) == (Tier.DEVICE, 2 * MIB, False)
    assert (host.counted, host.nbytes, host.keep_warm) == (Tier.HOST, MIB, False)


def test_nothing_is_pinned_where_there_is_no_gpu():
    section = MemorySection(pinned_budget_mib=3)
    assert Budgets.from_settings(section, "cuda").pinned_bytes == 3 * MIB
    assert Budgets.from_settings(section, "cpu").pinned_bytes == 0


def test_every_setting_of_residency_reaches_the_budgets():
    section = MemorySection(
        prefetch=False, high_watermark=0.5, low_watermark=0.25, host_budget_mib=8, disk_budget_mib=4, resident=("a",)
    )
    budgets = Budgets.from_settings(section, "cpu")
    assert (budgets.prefetch, budgets.disk_bytes, budgets.resident) == (False, 4 * MIB, ("a",))
    assert (budgets.high_watermark, budgets.low_watermark) == (0.5, 0.25)


def test_copies_of_weights_lie_in_the_cache_folder_unless_a_folder_is_named(tmp_path):
    assert Budgets.from_settings(MemorySection(), "cpu").disk_folder == tmp_path / "xdg_cache_home/redheart/weights"
    assert Budgets.from_settings(MemorySection(disk_folder="/here"), "cpu").disk_folder == Path("/here")


def test_setting_of_a_tier_is_named_after_it():
    assert Budgets(Tier.DEVICE, 1).setting == budget_setting(Tier.DEVICE) == "memory.device_budget_mib"
    assert Budgets(Tier.HOST, 1).setting == "memory.host_budget_mib"


def test_module_stays_by_its_name_or_by_a_pattern():
    budgets = Budgets(Tier.HOST, 1, resident=("backbone", "head.*"))
    assert [budgets.stays(name) for name in ("backbone", "head.kote", "header", "encoder")] == [
        True, True, False, False,
    ]  # fmt: skip


def test_container_limit_bounds_what_is_free(tmp_path):
    (tmp_path / "memory.max").write_text(f"{100 * MIB}\n")
    (tmp_path / "memory.current").write_text(f"{40 * MIB}\n")
    assert free_host_mib(tmp_path) == 60


def test_unlimited_container_leaves_the_machine_to_decide(tmp_path):
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1\n")
    assert free_host_mib(tmp_path) > 0


def test_machine_without_a_gpu_has_no_free_device_memory():
    assert free_device_mib("cpu") is None


def test_idle_page_cache_counts_as_free(tmp_path):
    (tmp_path / "memory.max").write_text(f"{100 * MIB}\n")
    (tmp_path / "memory.current").write_text(f"{90 * MIB}\n")
    (tmp_path / "memory.stat").write_text(f"anon {20 * MIB}\nactive_file {10 * MIB}\ninactive_file {60 * MIB}\n")
    assert free_host_mib(tmp_path) == 70


def test_container_over_its_limit_has_nothing_free(tmp_path):
    (tmp_path / "memory.max").write_text(f"{100 * MIB}\n")
    (tmp_path / "memory.current").write_text(f"{101 * MIB}\n")
    assert free_host_mib(tmp_path) == 0
