"""The analyzers by task: a table of contents."""

from redheart.nn.network.analyzers.bentham import BenthamAnalyzer
from redheart.nn.network.analyzers.emotion import EmotionAnalyzer
from redheart.nn.network.analyzers.regret import RegretAnalyzer
from redheart.nn.network.analyzers.surd import SurdAnalyzer
from redheart.nn.network.part import Part

__all__ = ["ANALYZERS"]

ANALYZERS: dict[str, type[Part]] = {
    "emotion": EmotionAnalyzer,
    "bentham": BenthamAnalyzer,
    "regret": RegretAnalyzer,
    "surd": SurdAnalyzer,
}
