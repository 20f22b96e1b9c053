"""Regret refined."""

from redheart.nn.network.wrappers.base import Wrapper


class RegretWrapper(Wrapper):
    """Refines 'regret'."""

    task = "regret"
    targets = ("regret", "remorse", "duration")
