"""What of a network torch.compile is given: blocks whose shapes differ from batch to batch in their rows alone."""

from __future__ import annotations

from torch import nn

from redheart.nn.network.layers import FeedForward


def compile_blocks(network: nn.Module) -> None:
    """In place, so that tensors keep their names. All else follows the documents' lengths, which differ in every batch:
    it would be compiled anew for each.
    """
    for module in network.modules():
        if isinstance(module, FeedForward):
            module.compile(dynamic=True)
