import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from redheart.nn.network.targets import TARGETS
from redheart.training.run.losses import (
    LossOptions,
    document_divergence,
    document_losses,
    focal_classes,
    focal_labels,
    pair_losses,
)

PLAIN = LossOptions(focal_gamma=0.0)
FOCAL = LossOptions(focal_gamma=2.0)


def example(target: str, documents: int = 6, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    """Raw predictions, and a truth that fits the kind of the target."""
    torch.manual_seed(seed)
    outputs = len(TARGETS[target].outputs)
    raw = torch.randn(documents, outputs)
    if TARGETS[target].kind in ("classes", "shares"):
        return raw, torch.randn(documents, outputs).softmax(1)
    return raw, (torch.rand(documents, outputs) > 0.5).float()


def test_without_focusing_the_loss_of_labels_is_cross_entropy() -> None:
    raw, truth = example("emotion")
    expected = binary_cross_entropy_with_logits(raw, truth, reduction="none").sum(1)
    assert torch.allclose(document_losses("emotion", raw, truth, PLAIN), expected)


def test_without_focusing_the_loss_of_classes_is_cross_entropy_in_every_entry() -> None:
    raw, truth = example("duration")
    expected = cross_entropy(raw, truth, reduction="none")
    assert torch.allclose(focal_classes(raw, truth, PLAIN).mean(1), expected, atol=1e-6)


def test_focusing_weighs_an_easy_label_by_its_squared_error() -> None:
    raw, truth = torch.tensor([[3.0]]), torch.tensor([[1.0]])
    easy = (1 - torch.sigmoid(raw)) ** 2 * binary_cross_entropy_with_logits(raw, truth)
    assert torch.allclose(focal_labels(raw, truth, FOCAL), easy)


@pytest.mark.parametrize("target", [name for name in TARGETS if TARGETS[name].kind != "pair"])
def test_what_nobody_labelled_costs_nothing_and_moves_nothing(target: str) -> None:
    raw, truth = example(target)
    truth[1] = float("nan")
    raw.requires_grad_(True)
    losses = document_losses(target, raw, truth, FOCAL)
    losses.sum().backward()
    assert losses[1] == 0
    assert raw.grad is not None and (raw.grad[1] == 0).all() and raw.grad.isfinite().all()
    assert (raw.grad[0] != 0).any()


def test_an_unlabelled_factor_is_masked_not_set_to_a_half() -> None:
    raw, truth = example("factors")
    truth[:, 4:] = float("nan")
    raw.requires_grad_(True)
    document_losses("factors", raw, truth, FOCAL).sum().backward()
    assert raw.grad is not None
    assert (raw.grad[:, 4:] == 0).all() and (raw.grad[:, :4] != 0).all()


def test_shares_that_miss_one_cost_a_tenth_of_the_square() -> None:
    wanted = torch.tensor([[0.25, 0.25, 0.25, 0.25]])
    raw = torch.logit(torch.full((1, 4), 0.5))  # they sum to 2
    expected = 4 * (0.25**2 + 0.1 * 1.0)
    assert document_losses("surd", raw, wanted, FOCAL).item() == pytest.approx(expected)


def test_a_large_error_of_a_dimension_grows_linearly() -> None:
    truth = torch.zeros(3, 1).expand(3, 3)
    raw = torch.tensor([[1.0], [2.0], [3.0]]).expand(3, 3)
    one, two, three = document_losses("dimensions", raw, truth, FOCAL).tolist()
    assert three - two == pytest.approx(two - one)


def test_a_pair_costs_less_the_further_the_preferred_document_leads() -> None:
    raw = torch.tensor([[2.0], [0.0], [-1.0]])
    close, wide = pair_losses(raw, torch.tensor([[1, 2], [0, 2]])).tolist()
    assert wide < close
    assert close == pytest.approx(float(np.log1p(np.exp(-1.0))))


def test_label_smoothing_changes_the_gradient() -> None:
    gradients = []
    for smoothing in (0.0, 0.1):
        raw, truth = example("emotion")
        raw.requires_grad_(True)
        document_losses("emotion", raw, truth, LossOptions(2.0, smoothing)).sum().backward()
        gradients.append(raw.grad)
    assert not torch.allclose(gradients[0], gradients[1])  # type: ignore[arg-type]


@pytest.mark.parametrize("target", ["emotion", "duration", "factors", "dimensions", "surd", "regret"])
def test_equal_passes_do_not_diverge_and_unequal_ones_do(target: str) -> None:
    raw, truth = example(target)
    other, _ = example(target, seed=1)
    assert document_divergence(target, raw, raw, truth).abs().max() == 0
    assert (document_divergence(target, raw, other, truth) > 0).all()


@settings(max_examples=30, deadline=None)
@given(st.floats(-5, 5), st.floats(-5, 5))
def test_the_divergence_of_labels_is_half_the_symmetric_kullback_leibler_sum(one: float, other: float) -> None:
    p, q = (torch.distributions.Bernoulli(logits=torch.tensor(x, dtype=torch.float64)) for x in (one, other))
    expected = 0.5 * (torch.distributions.kl_divergence(p, q) + torch.distributions.kl_divergence(q, p))
    got = document_divergence("causal", torch.tensor([[one]]), torch.tensor([[other]]), torch.ones(1, 1))
    assert got.item() == pytest.approx(expected.item(), abs=1e-5)


def test_a_smoothed_label_is_that_much_less_sure() -> None:
    raw = torch.tensor([[0.7, -0.4]])
    got = focal_labels(raw, torch.tensor([[1.0, 0.0]]), LossOptions(0.0, 0.1))
    expected = binary_cross_entropy_with_logits(raw, torch.tensor([[0.95, 0.05]]), reduction="none")
    assert torch.allclose(got, expected)
