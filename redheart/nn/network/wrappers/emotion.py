"""Emotions refined."""

from redheart.nn.network.wrappers.base import Wrapper


class EmotionWrapper(Wrapper):
    """Refines 'emotion'."""

    task = "emotion"
    targets = ("emotion", "kote")
