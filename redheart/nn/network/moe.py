"""A mixture of experts: a router sends each document to a few feed-forward blocks."""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor, nn

from redheart.nn.network.layers import FeedForward, Linear

BALANCE: Final = 1e-2
ROUTER_Z: Final = 1e-3


class Mixture(nn.Module):
    """`chosen` of `experts` blocks a row, weighted by the router and renormalised over the chosen ones."""

    def __init__(self, width: int, feed_forward: int, experts: int, chosen: int) -> None:
        super().__init__()
        self.chosen = chosen
        self.router = Linear(width, experts, bias=False)
        self.experts = nn.ModuleList(FeedForward(width, feed_forward, width) for _ in range(experts))

    def forward(self, states: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """(B, d) -> (B, d), and the penalties of the routing."""
        logits = self.router(states).float()  # (B, E)
        top, expert = logits.topk(self.chosen, dim=-1)
        weight = top.softmax(-1).to(states.dtype)  # the router's probabilities, renormalised over the chosen
        mixed = self._dispatched(states, expert) * weight.unsqueeze(-1)  # (B, K, d)
        return mixed.sum(1), {"balance": balance_penalty(logits, expert), "router_z": router_penalty(logits)}

    def _dispatched(self, states: Tensor, expert: Tensor) -> Tensor:
        """states (B, d), expert (B, K) -> (B, K, d): rows sorted by expert, one call an expert, put back in place."""
        assigned = expert.flatten()
        order = assigned.argsort(stable=True)
        rows = states[order.div(self.chosen, rounding_mode="floor")]
        done = [
            block(part) for block, part in zip(self.experts, rows.split_with_sizes(self._counts(assigned)), strict=True)
        ]
        return torch.cat(done)[order.argsort()].view(*expert.shape, -1)

    def _counts(self, assigned: Tensor) -> list[int]:
        """How many rows go to each expert. Without data, on the meta device, they are shared evenly."""
        experts = len(self.experts)
        if assigned.is_meta:
            return [(len(assigned) + place) // experts for place in range(experts)]
        counts: list[int] = assigned.bincount(minlength=experts).tolist()
        return counts


def balance_penalty(logits: Tensor, expert: Tensor) -> Tensor:
    """alpha N sum f_i P_i (Fedus et al., arXiv 2101.03961) with alpha = 0.01.

    logits (B, N), expert (B, K): f is the share of assignments to an expert, P its mean probability. It equals alpha
    where either is even; f carries no gradient, P does.
    """
    experts = logits.shape[-1]
    shares = nn.functional.one_hot(expert, experts).to(logits.dtype).mean((0, 1))
    return BALANCE * experts * (shares * logits.softmax(-1).mean(0)).sum()


def router_penalty(logits: Tensor) -> Tensor:
    """Mean squared log-sum-exp of the router's logits (Zoph et al., arXiv 2202.08906), times 0.001."""
    return ROUTER_Z * logits.logsumexp(-1).square().mean()
