from collections.abc import Mapping

import numpy as np
import pytest
import torch

from redheart.training.run.average import WeightAverage
from redheart.training.run.learner import Learner
from redheart.training.run.losses import LossOptions
from redheart.training.run.objective import Objective
from tests.training.run.small import dataset, learner

ALL = [np.arange(48)]


def gradients(of: Learner, micro_batches: list[np.ndarray] = ALL) -> dict[str, torch.Tensor]:
    """Those of the first step, before clipping: the clip is out of reach, the rate is nought."""
    of.clip = 1e9
    of.step(1, micro_batches, 0.0)
    return {name: p.grad.clone() for name, p in of.network.named_parameters() if p.grad is not None}


def differ(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> bool:
    return any(not torch.allclose(one[name], other[name], rtol=1e-3, atol=1e-7) for name in one)


def test_learning_lowers_the_loss() -> None:
    of = learner()
    losses = [of.step(number, ALL, 1e-3).loss for number in range(1, 31)]
    assert losses[-1] < 0.6 * losses[0]


def test_the_same_seed_gives_the_same_figures_and_another_does_not() -> None:
    one, same, other = ([of.step(n, ALL, 1e-3) for n in (1, 2, 3)] for of in (learner(), learner(), learner(seed=1)))
    assert one == same
    assert one[0].loss != other[0].loss


def test_micro_batches_give_the_gradients_of_the_whole_batch() -> None:
    # Only what is a mean over routed documents (balance) depends on how a batch is cut.
    found = []
    for cut in ([np.arange(48)], np.array_split(np.arange(48), 3), np.array_split(np.arange(48), 7)):
        of = learner()
        of.network.eval()
        losses = of.step(1, cut, 0.0)
        found.append((losses, {n: p.grad.clone() for n, p in of.network.named_parameters() if "mixture" not in n}))
    for losses, grads in found[1:]:
        assert losses.loss == pytest.approx(found[0][0].loss, rel=1e-3)
        assert all(torch.allclose(grads[n], found[0][1][n], rtol=2e-2, atol=2e-5) for n in grads)


def test_the_gradient_is_clipped_to_its_bound_and_its_norm_before_is_told() -> None:
    of = learner(clip=1e-3)
    learned = of.step(1, ALL, 0.0)
    total = torch.stack([p.grad.norm() for p in of.network.parameters() if p.grad is not None]).norm()
    assert learned.gradient_norm > 1e-2
    assert total.item() == pytest.approx(1e-3, rel=1e-3)


def test_norms_of_modules_make_up_the_whole() -> None:
    learned = learner().step(1, ALL, 0.0)
    assert set(learned.gradient_norms) >= {"backbone", "head.emotion", "auxiliary.utility"}
    squares = sum(norm**2 for norm in learned.gradient_norms.values())
    assert squares**0.5 == pytest.approx(learned.gradient_norm, rel=1e-5)


def test_a_step_without_finite_gradient_changes_no_weight() -> None:
    data = dataset()
    data.vectors[0, 0] = float("inf")
    of = learner(data)
    before = {name: value.clone() for name, value in of.network.state_dict().items()}
    learned = of.step(1, ALL, 1e-2)
    assert not learned.finite
    assert all(torch.equal(before[name], value) for name, value in of.network.state_dict().items())


@pytest.mark.parametrize("settings", [{"label_smoothing": 0.1}, {"r_drop": 1.0}, {"focal_gamma": 0.0}])
def test_each_flag_of_the_loss_changes_the_gradients(settings: dict[str, float]) -> None:
    assert differ(gradients(learner()), gradients(learner(**settings)))


def test_the_weight_of_a_kind_of_part_scales_its_gradient() -> None:
    one, twice = gradients(learner(head_weight=1.0)), gradients(learner(head_weight=2.0))
    name = next(name for name in one if name.startswith("head.emotion.readouts"))
    assert torch.allclose(2 * one[name], twice[name], rtol=1e-4)


def test_layer_decay_slows_lower_layers_and_leaves_the_top() -> None:
    moved = []
    for decay in (1.0, 0.5):
        of = learner(layer_decay=decay, weight_decay=0.0)
        before = {name: value.detach().clone() for name, value in of.network.named_parameters()}
        of.step(1, ALL, 1e-3)
        moved.append({name: (value.detach() - before[name]).norm() for name, value in of.network.named_parameters()})
    top = "head.emotion.readouts.emotion.weight"
    assert moved[1][top] == pytest.approx(moved[0][top].item(), rel=1e-3)
    assert (
        moved[1]["backbone.layers.1.feed_forward.feed_forward.rise.weight"]
        < 0.6 * (moved[0]["backbone.layers.1.feed_forward.feed_forward.rise.weight"])
    )
    assert moved[1]["backbone.input.weight"] < 0.2 * moved[0]["backbone.input.weight"]


def test_the_average_follows_the_weights_and_is_judged_in_their_place() -> None:
    of = learner()
    average = WeightAverage(of.network, 0.9)
    initial = {name: value.clone() for name, value in of.network.named_parameters()}
    of.step(1, ALL, 1e-2)
    average.update()
    learned = {name: value.clone() for name, value in of.network.named_parameters()}
    with average.in_place():
        for name, value in of.network.named_parameters():
            assert torch.allclose(value, 0.9 * initial[name] + 0.1 * learned[name], atol=1e-6)
    assert all(torch.equal(value, learned[name]) for name, value in of.network.named_parameters())


def test_only_what_is_labelled_gets_a_gradient() -> None:
    data = dataset(targets=("emotion",))
    of = learner(data)
    of.step(1, ALL, 0.0)
    taught = {name.split(".")[1] for name, p in of.network.named_parameters() if p.grad is not None}
    assert "utility" not in taught and "emotion" in taught


def test_r_drop_costs_nothing_without_dropout() -> None:
    of = learner(r_drop=5.0)
    of.network.eval()
    plain = learner()
    plain.network.eval()
    # Two equal passes: twice the loss, and no divergence.
    assert of.step(1, ALL, 0.0).loss == pytest.approx(2 * plain.step(1, ALL, 0.0).loss, rel=1e-4)


def test_an_objective_knows_its_weights_by_kind() -> None:
    objective = Objective({"head": 1.0, "wrapper": 0.5}, LossOptions())
    assert (objective.weight("head.emotion"), objective.weight("wrapper.surd")) == (1.0, 0.5)


def test_the_average_of_bfloat16_weights_goes_as_far_as_theirs() -> None:
    one = learner(precision="bfloat16")
    average = WeightAverage(one.network, 0.999)
    begun = {name: value.double() for name, value in average.state().items()}
    exact = dict(begun)
    for step in range(1, 41):
        one.step(step, [np.arange(16)], 1e-3)
        average.update()
        exact = {n: 0.999 * exact[n] + 0.001 * w.detach().double() for n, w in one.network.named_parameters()}
    far = {n: float((value.double() - begun[n]).norm()) for n, value in average.state().items()}
    assert far == pytest.approx({n: float((exact[n] - begun[n]).norm()) for n in far}, rel=1e-2, abs=1e-6)


def test_a_step_that_teaches_nothing_changes_no_weight() -> None:
    data = dataset()
    for values in data.targets.values():
        values.fill_(float("nan"))
    data.preferred["utility"][:] = -1
    one = learner(data)
    before = {name: value.clone() for name, value in one.network.named_parameters()}
    assert one.step(1, [np.arange(8)], 1e-3).gradient_norm == 0.0
    assert all(torch.equal(value, before[name]) for name, value in one.network.named_parameters())
