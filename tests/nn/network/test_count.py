"""Parameters: as many as planned, module by module, and the tree adds up."""

import pytest
import torch

from redheart.config.bundled import bundled_folder
from redheart.nn.checkpoint import build_model, read_config
from redheart.nn.network.count import TOTAL, ParameterCount, parameter_counts, parameters_of, planned_deviation
from redheart.nn.network.network import Network
from redheart.nn.network.preset import load_preset
from tests.nn.network.documents import preset, tiny


def unallocated(name: str, dim: int = 384) -> Network:
    """A network whose weights take no memory."""
    with torch.device("meta"):
        return Network(preset(name), dim)


@pytest.mark.parametrize("dim", [384, 768])
@pytest.mark.parametrize("name", ["tiny", "base", "full"])
def test_modules_have_as_many_parameters_as_planned(name: str, dim: int) -> None:
    deviation = planned_deviation(preset(name), unallocated(name, dim))
    total = deviation.pop(TOTAL)
    assert abs(total) <= preset(name).total_tolerance
    assert max(map(abs, deviation.values())) <= preset(name).tolerance


def test_plan_and_tolerance_are_those_that_were_promised() -> None:
    base, full = preset("base"), preset("full")
    assert (sum(base.planned.values()), base.tolerance, base.total_tolerance) == (330_000_000, 0.02, 0.02)
    assert (sum(full.planned.values()), full.tolerance, full.total_tolerance) == (730_000_000, 0.05, 0.02)
    assert parameters_of(tiny(dim=768)) < 5_000_000


@pytest.mark.parametrize(
    ("name", "groups"),
    [
        ("base", {"backbone": 50e6, "head": 80e6, "analyzer": 170e6, "auxiliary": 30e6}),
        ("full", {"backbone": 92e6, "head": 65e6, "analyzer": 370e6, "auxiliary": 10e6, "wrapper": 193e6}),
    ],
)
def test_groups_have_as_many_parameters_as_planned(name: str, groups: dict[str, float]) -> None:
    counted = {child.name: child.parameters for child in parameter_counts(unallocated(name)).children}
    assert counted == pytest.approx(groups, rel=0.02)


def test_nothing_of_a_network_is_left_out_of_its_plan() -> None:
    network = tiny()
    assert sum(map(parameters_of, network.named_modules_of_plan().values())) == parameters_of(network)


def test_the_tree_adds_up_and_ends_where_asked() -> None:
    tree = parameter_counts(tiny(["head.emotion"]), depth=3)
    (head,) = [child for child in tree.children if child.name == "head"]
    (emotion,) = head.children
    assert tree.parameters == sum(child.parameters for child in tree.children)
    assert (emotion.name, emotion.parameters) == ("emotion", head.parameters)
    assert emotion.children and not any(grandchild.children for grandchild in emotion.children)
    assert [child.name for child in tree.children] == ["backbone", "head"]


def test_the_shipped_model_counts_as_its_preset_plans() -> None:
    modules = build_model(read_config(bundled_folder("models") / "compact")).modules()
    deviation = planned_deviation(load_preset("compact"), modules)
    assert set(deviation.values()) == {0.0}
    tree: ParameterCount = parameter_counts(modules)
    assert tree.parameters == sum(load_preset("compact").planned.values())
    assert [child.name for child in tree.children] == ["backbone", "head"]
