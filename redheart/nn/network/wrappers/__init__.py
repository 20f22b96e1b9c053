"""The wrappers by task: a table of contents."""

from redheart.nn.network.part import Part
from redheart.nn.network.wrappers.bentham import BenthamWrapper
from redheart.nn.network.wrappers.emotion import EmotionWrapper
from redheart.nn.network.wrappers.regret import RegretWrapper
from redheart.nn.network.wrappers.surd import SurdWrapper

__all__ = ["WRAPPERS"]

WRAPPERS: dict[str, type[Part]] = {
    "emotion": EmotionWrapper,
    "bentham": BenthamWrapper,
    "regret": RegretWrapper,
    "surd": SurdWrapper,
}
