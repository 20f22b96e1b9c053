"""What a strict look at a trained network found."""

from __future__ import annotations

from pydantic import Field

from redheart.types.base import Frozen


class NetworkCheck(Frozen):
    """A file that passed. `facts` are read from its header, `checked` is what was measured."""

    file: str
    facts: dict[str, str]
    data: dict[str, str] = Field(description="file it learned from -> SHA-256")
    checked: dict[str, str] = Field(description="header, weights, probe, each module -> hash or summary")
    taught: dict[str, dict[str, int]] = Field(description="part -> target -> entries that taught it")
