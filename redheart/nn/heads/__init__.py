"""The heads, in the order in which they are stored: a table of contents."""

from redheart.nn.heads.appraisal import AppraisalHead
from redheart.nn.heads.base import Head
from redheart.nn.heads.cause import CauseHead
from redheart.nn.heads.counterfactual import CounterfactualHead, ReviewCounterfactualHead
from redheart.nn.heads.dilemma import DilemmaHead
from redheart.nn.heads.dimensions import DimensionsHead
from redheart.nn.heads.emotion import EmotionHead
from redheart.nn.heads.ethics import DeontologyHead, JusticeHead, VirtueHead
from redheart.nn.heads.kote import KoteHead
from redheart.nn.heads.polarity import PolarityHead
from redheart.nn.heads.surd import SurdHead
from redheart.nn.heads.utility import UtilityHead
from redheart.nn.heads.violations import ViolationsHead

__all__ = ["HEADS", "Head"]

HEADS: dict[str, type[Head]] = {
    head.name: head
    for head in (
        EmotionHead,
        KoteHead,
        PolarityHead,
        DimensionsHead,
        UtilityHead,
        JusticeHead,
        DeontologyHead,
        VirtueHead,
        CauseHead,
        ViolationsHead,
        AppraisalHead,
        CounterfactualHead,
        ReviewCounterfactualHead,
        DilemmaHead,
        SurdHead,
    )
}
