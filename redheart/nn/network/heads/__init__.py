"""The heads by task: a table of contents."""

from redheart.nn.network.heads.bentham import BenthamHead
from redheart.nn.network.heads.emotion import EmotionHead
from redheart.nn.network.heads.regret import RegretHead
from redheart.nn.network.heads.surd import SurdHead
from redheart.nn.network.part import Part

__all__ = ["HEADS"]

HEADS: dict[str, type[Part]] = {"emotion": EmotionHead, "bentham": BenthamHead, "regret": RegretHead, "surd": SurdHead}
