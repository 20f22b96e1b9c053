"""Memory modes are data: what their files say, which one suits a machine."""

from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from redheart.config.load import load_settings, memory_modes
from redheart.config.schema import MemorySection, Settings
from redheart.errors import BudgetError, ConfigError
from redheart.memory.modes import choose_mode, modes
from redheart.memory.policies import POLICIES

CONFIGS = Path(__file__).parents[2] / "configs" / "memory"
MODES = ("light", "medium", "heavy", "ultra")


def overlay(mode):
    return yaml.safe_load((CONFIGS / f"{mode}.yaml").read_text(encoding="utf-8"))


def test_modes_are_the_files_smallest_first():
    assert tuple(modes()) == MODES
    assert {"auto", *MODES} == set(memory_modes())


@pytest.mark.parametrize("mode", MODES)
def test_mode_says_every_key_of_memory_but_where_its_files_lie(mode):
    assert set(overlay(mode)["memory"]) == MemorySection.model_fields.keys() - {"disk_folder"}
    assert overlay(mode)["memory"]["mode"] == mode
    assert overlay(mode)["memory"]["policy"] in {*POLICIES, "auto"}


@pytest.mark.parametrize("mode", MODES)
def test_mode_changes_nothing_that_is_computed(mode):
    beside = {"memory", "experience"}
    assert load_settings(mode).model_dump(exclude=beside) == Settings().model_dump(exclude=beside)


@pytest.mark.parametrize("mode", MODES)
def test_backbone_stays_in_every_mode(mode):
    assert "backbone" in overlay(mode)["memory"]["resident"]


def test_larger_mode_has_larger_budgets_everywhere():
    budgets = [
        (section.device_budget_mib, section.host_budget_mib, section.pinned_budget_mib, section.disk_budget_mib)
        for section in modes().values()
    ]
    assert all(small < large for pair in pairwise(budgets) for small, large in zip(*pair, strict=True))


def test_medium_leaves_1500_of_8192_mib_and_keeps_a_buffer_of_500_above_its_high_watermark():
    section = modes()["medium"]
    assert section.device_budget_mib == 8192 - 1500 == 250 + 250 + 1500 + 500 + 4192
    assert section.device_budget_mib * (1 - section.high_watermark) == pytest.approx(500, abs=5)


@pytest.mark.parametrize(
    ("free", "mode"), [(480, "light"), (1279, "light"), (1280, "medium"), (5120, "heavy"), (99_999, "ultra")]
)
def test_auto_takes_the_largest_mode_in_four_fifths_of_free_host_memory(free, mode):
    assert choose_mode(None, free) == mode


def test_auto_looks_at_the_device_where_there_is_one():
    assert choose_mode(8365, 99_999) == "medium"
    assert choose_mode(99_999, 10) == "ultra"


def test_machine_too_small_for_the_smallest_mode_is_refused_with_both_sizes():
    with pytest.raises(BudgetError, match=r"479 MiB of host memory are free.*'light', needs 480 MiB"):
        choose_mode(None, 479)


@pytest.mark.parametrize(
    "overrides",
    [
        ["memory.low_watermark=0.95"],
        ["memory.high_watermark=0.85"],
        ["memory.high_watermark=0.5", "memory.low_watermark=0.5"],
    ],
)
def test_low_watermark_at_or_above_the_high_one_is_refused_with_both(overrides):
    with pytest.raises(
        ConfigError, match=r"memory\.low_watermark.*Must lie below memory\.high_watermark, which is 0\.\d"
    ):
        load_settings("medium", overrides)


@pytest.mark.parametrize("key", ["pinned_budget_mib", "disk_budget_mib", "high_watermark", "low_watermark"])
def test_negative_number_is_refused(key):
    with pytest.raises(ConfigError, match=rf"memory\.{key}.*greater than.*'-1'"):
        load_settings("medium", [f"memory.{key}=-1"])
