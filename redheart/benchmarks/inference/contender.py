"""Who reads texts against the clock, and what is kept of what they say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

import numpy as np

from redheart.types.messages import TaskMessage

VECTOR: Final = "vector"  # stands among the heads: the text's normalised sentence vector, centred

#: Head, or VECTOR -> its raw outputs (N, outputs), a row a text.
Outputs = Mapping[str, np.ndarray]


@dataclass(frozen=True, slots=True)
class Read:
    """What reading some texts took, and what was read, in the order of the texts."""

    seconds: float
    outputs: Outputs = field(repr=False)  # the loop prints what it returns, for its handling of Ctrl-C


class Contender(Protocol):
    """Reads texts: several as they are given at once, or one as it is given alone."""

    def read(self, tasks: Sequence[TaskMessage]) -> Read:
        """At least one text. Only what a user would wait for is on the clock."""
        ...


def stacked(rows: Sequence[Mapping[str, np.ndarray]]) -> dict[str, np.ndarray]:
    """One mapping a text -> one mapping of all."""
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}
