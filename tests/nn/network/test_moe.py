"""The mixture of experts: dispatch, renormalisation, and what its penalties hold."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn.functional import one_hot

from redheart.nn.network.moe import BALANCE, ROUTER_Z, Mixture, balance_penalty, router_penalty


@pytest.fixture
def mixture() -> Mixture:
    torch.manual_seed(0)
    built = Mixture(16, 32, experts=4, chosen=2)
    built.router.weight.data *= 3  # experts differ in weight, and those not chosen have some too
    return built


def test_dispatch_gives_what_one_row_at_a_time_gives(mixture: Mixture) -> None:
    rows = torch.randn(20, 16)
    mixed, _ = mixture(rows)
    probabilities = mixture.router(rows).softmax(-1)
    for row, probability, found in zip(rows, probabilities, mixed, strict=True):
        best = probability.argsort(descending=True)[:2]
        weights = probability[best] / probability[best].sum()
        expected = sum(weight * mixture.experts[int(i)](row) for weight, i in zip(weights, best, strict=True))
        torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-4)


def test_equal_experts_give_what_one_of_them_gives(mixture: Mixture) -> None:
    for expert in mixture.experts[1:]:
        expert.load_state_dict(mixture.experts[0].state_dict())
    rows = torch.randn(6, 16)
    torch.testing.assert_close(mixture(rows)[0], mixture.experts[0](rows))


def test_the_router_learns_from_what_is_said_alone(mixture: Mixture) -> None:
    mixture(torch.randn(20, 16))[0].square().sum().backward()
    assert mixture.router.weight.grad is not None
    assert (mixture.router.weight.grad.abs().max(1).values > 1e-6).all()


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 9), st.integers(1, 40), st.integers(0, 2**31))
def test_an_even_router_pays_alpha_whatever_is_chosen(experts: int, rows: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    chosen = torch.randint(experts, (rows, 2), generator=generator)
    assert balance_penalty(torch.zeros(rows, experts), chosen).item() == pytest.approx(BALANCE, rel=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 9), st.integers(1, 6), st.integers(0, 2**31))
def test_even_choices_pay_alpha_whatever_the_router_thinks(experts: int, times: int, seed: int) -> None:
    logits = torch.randn(experts * times, experts, generator=torch.Generator().manual_seed(seed))
    chosen = torch.arange(experts).repeat(times).unsqueeze(1)
    assert balance_penalty(logits, chosen).item() == pytest.approx(BALANCE, rel=1e-5)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=40))
def test_a_sure_router_pays_at_least_alpha(chosen: list[int]) -> None:
    experts = torch.tensor(chosen)
    sure = 1e3 * one_hot(experts, 5).float()
    shares = experts.bincount(minlength=5) / len(chosen)
    paid = balance_penalty(sure, experts.unsqueeze(1)).item()
    assert paid >= BALANCE * (1 - 1e-5)
    assert paid == pytest.approx(BALANCE * 5 * shares.square().sum().item(), rel=1e-4)


def test_the_penalty_lowers_the_expert_that_is_chosen_most() -> None:
    logits = torch.zeros(8, 4, requires_grad=True)
    balance_penalty(logits, torch.tensor([[0]] * 6 + [[1]] * 2)).backward()
    assert logits.grad is not None
    assert logits.grad[:, 0].min() > 0 > logits.grad[:, 2].max()


def test_the_router_pays_for_large_logits() -> None:
    assert router_penalty(torch.zeros(3, 4)).item() == pytest.approx(ROUTER_Z * torch.tensor(4.0).log().item() ** 2)
    assert router_penalty(torch.full((3, 4), 9.0)) > router_penalty(torch.full((3, 4), 1.0))
