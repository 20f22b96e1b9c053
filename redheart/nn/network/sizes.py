"""Sizes of every part of the network, as a preset's YAML names them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from redheart.types.base import Frozen

Group = Literal["head", "analyzer", "auxiliary", "wrapper"]
GROUPS: tuple[Group, ...] = ("head", "analyzer", "auxiliary", "wrapper")


class FeedForwardSizes(Frozen):
    """A part of blocks without layers."""

    feed_forward: int = Field(ge=1, description="inner width of a feed-forward block")


class LayerSizes(FeedForwardSizes):
    """A part of equal layers."""

    layers: int = Field(ge=1, le=200, description="layers of the part")


class MixtureSizes(FeedForwardSizes):
    """A mixture of experts."""

    experts: int = Field(ge=2, le=256, description="feed-forward blocks to choose from")
    chosen: int = Field(ge=2, description="experts a document is sent to; one alone would leave the router untaught")


class PairSizes(FeedForwardSizes):
    """Sentences compared two by two."""

    codes: int = Field(ge=1, description="what a sentence may say: entries of its code")
    readout: int = Field(ge=1, description="inner width of a readout")


class InfluenceSizes(LayerSizes):
    """Layers of influence of sentences on sentences."""

    readout: int = Field(ge=1, description="inner width of the readout")


class FilterSizes(FeedForwardSizes):
    """A bank of filters over the course of the sentences."""

    channels: int = Field(ge=1, description="signals read from every sentence")
    bands: int = Field(ge=1, le=512, description="filters, each of its own frequency")


class StateSizes(FeedForwardSizes):
    """A state that is estimated."""

    state: int = Field(ge=1, le=256, description="dimensions of the state")


class LatentSizes(LayerSizes):
    """Layers in which latents read a document."""

    latents: int = Field(ge=1, le=256, description="latents a document")


class HeadSizes(Frozen):
    """The heads."""

    emotion: MixtureSizes
    bentham: FeedForwardSizes
    regret: LayerSizes
    surd: PairSizes


class AnalyzerSizes(Frozen):
    """The analyzers."""

    emotion: LayerSizes
    bentham: LayerSizes
    regret: LayerSizes
    surd: InfluenceSizes


class AuxiliarySizes(Frozen):
    """The auxiliaries."""

    dsp: FilterSizes
    kalman: StateSizes
    utility: LayerSizes


class WrapperSizes(Frozen):
    """The wrappers."""

    emotion: LatentSizes
    bentham: LatentSizes
    regret: LatentSizes
    surd: LatentSizes
