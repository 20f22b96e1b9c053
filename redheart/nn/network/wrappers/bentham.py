"""Bentham's factors refined."""

from redheart.nn.network.wrappers.base import Wrapper


class BenthamWrapper(Wrapper):
    """Refines 'bentham'."""

    task = "bentham"
    targets = ("factors", "appraisal")
