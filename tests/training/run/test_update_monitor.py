import numpy as np
import torch

from redheart.training.run.layer_decay import parameter_groups
from redheart.training.run.learner import Learner
from redheart.training.run.monitor import Look, UpdateMonitor
from redheart.training.run.standstill import StandStill
from tests.training.run.small import learner

ALL = [np.arange(48)]


def look(of: Learner, lr: float = 1e-3) -> Look:
    monitor = UpdateMonitor(of.network)
    monitor.before()
    return monitor.after(1, of.step(1, ALL, lr).gradient_norms)


def test_every_taught_module_is_seen_to_be_updated() -> None:
    found = look(learner())
    assert all(module.updated for module in found.modules.values())
    assert found.warnings == {}


def test_a_module_that_stands_still_is_named() -> None:
    of = learner()
    of.stepper = StandStill(of.stepper)
    found = look(of)
    assert not any(module.updated for module in found.modules.values())
    assert "'head.emotion' was not updated" in found.warnings["head.emotion"]


def test_a_module_that_weight_decay_alone_moves_is_named() -> None:
    found = look(learner(head_weight=0.0))
    assert "gets no gradient" in found.warnings["head.emotion"]


def test_the_ratio_is_the_change_over_the_weights() -> None:
    of = learner()
    before = torch.cat([p.detach().flatten().clone() for p in of.network.backbone.parameters()])
    found = look(of)
    after = torch.cat([p.detach().flatten() for p in of.network.backbone.parameters()])
    expected = ((after - before).norm() / before.norm()).item()
    assert abs(found.modules["backbone"].update_ratio - expected) < 1e-4 * expected


def test_vectors_are_not_decayed() -> None:
    of = learner()
    for group in parameter_groups(of.network, 0.9, 0.01):
        assert {p.dim() > 1 for p in group.parameters} == {group.weight_decay > 0}
