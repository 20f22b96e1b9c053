"""Memory modes: their files, their budgets, which one suits a machine."""

from pathlib import Path

import pytest
import yaml

from redheart.config.schema import MemorySection
from redheart.errors import BudgetError
from redheart.memory.budgets import MIB, Budgets
from redheart.memory.free import free_device_mib, free_host_mib
from redheart.memory.modes import MODE_BUDGETS, choose_mode
from redheart.memory.policies import POLICIES
from redheart.types.residency import Tier

CONFIGS = Path(__file__).parents[2] / "configs" / "memory"


@pytest.mark.parametrize("mode", list(MODE_BUDGETS))
def test_mode_file_holds_the_budgets_that_auto_chooses_by(mode):
    overlay = yaml.safe_load((CONFIGS / f"{mode}.yaml").read_text(encoding="utf-8"))
    section = MemorySection(**overlay["memory"])
    assert section.mode == mode
    assert (section.device_budget_mib, section.host_budget_mib) == MODE_BUDGETS[mode]
    assert section.policy in POLICIES


def test_every_mode_file_is_known_to_auto():
    assert {path.stem for path in CONFIGS.glob("*.yaml")} == set(MODE_BUDGETS)


@pytest.mark.parametrize(
    ("free", "mode"), [(320, "light"), (1279, "light"), (1280, "medium"), (5120, "heavy"), (99_999, "ultra")]
)
def test_auto_takes_the_largest_mode_in_four_fifths_of_free_host_memory(free, mode):
    assert choose_mode(None, free) == mode


def test_auto_looks_at_the_device_where_there_is_one():
    assert choose_mode(8365, 99_999) == "medium"
    assert choose_mode(99_999, 10) == "ultra"


def test_machine_too_small_for_the_smallest_mode_is_refused_with_both_sizes():
    with pytest.raises(BudgetError, match=r"319 MiB of host memory are free.*'light', needs 320 MiB"):
        choose_mode(None, 319)


def test_tier_that_counts_depends_on_the_device():
    section = MemorySection(device_budget_mib=2, host_budget_mib=1, keep_warm=False)
    assert Budgets.from_settings(section, "cuda") == Budgets(Tier.DEVICE, 2 * MIB, False)
    assert Budgets.from_settings(section, "cpu") == Budgets(Tier.HOST, MIB, False)
    assert Budgets.from_settings(section, "cpu").setting == "memory.host_budget_mib"


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
