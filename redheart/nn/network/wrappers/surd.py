"""Shares of sentences, their causal claims too, refined."""

from redheart.nn.network.wrappers.base import Wrapper


class SurdWrapper(Wrapper):
    """Refines 'surd'."""

    task = "surd"
    targets = ("surd", "causal")
