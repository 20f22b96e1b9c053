"""Everything that the probes measure of one checkpoint."""

from __future__ import annotations

from collections.abc import Callable

from pydantic import Field

from redheart.training.evaluation.reads import Checkpoint
from redheart.training.probes.failures import Failures, failures
from redheart.training.probes.korean_utility import KoreanUtility, korean_utility
from redheart.training.probes.records import SETS, digest
from redheart.training.probes.regret import RegretFigures, regret
from redheart.training.probes.swapped_groups import SwappedGroups, swapped_groups
from redheart.types.base import Frozen

NOTES = (
    "the sets were written for this project by those who wrote the rules; nobody else has labelled them",
    "sentences in dialect were not checked by speakers of it",
    "readings are raw outputs, logistic where they are probabilities, before calibration; polarity is cut at 0",
)


class ProbeReport(Frozen):
    """One checkpoint, all probes; the same twice over, for nothing is drawn."""

    checkpoint: str
    weights_sha256: str
    data_sha256: dict[str, str] = Field(description="set -> of its file")
    regret: RegretFigures
    swapped_groups: SwappedGroups
    failures: Failures
    korean_utility: KoreanUtility
    notes: tuple[str, ...] = NOTES


def probe(checkpoint: Checkpoint, tell: Callable[[str], None]) -> ProbeReport:
    """Raises CheckpointError naming a head that a probe needs."""
    tell("regret")
    of_regret = regret(checkpoint)
    tell("swapped groups")
    of_groups = swapped_groups(checkpoint)
    tell("failures")
    of_failures = failures(checkpoint)
    tell("Korean utility")
    return ProbeReport(
        checkpoint=str(checkpoint.folder),
        weights_sha256=checkpoint.digest,
        data_sha256={name: digest(name) for name in SETS},
        regret=of_regret,
        swapped_groups=of_groups,
        failures=of_failures,
        korean_utility=korean_utility(checkpoint),
    )
