"""Which epoch of which module is best, and whether mixing them helps."""

from __future__ import annotations

from redheart.training.report.counted import counted
from redheart.training.report.markdown import NOTHING, loss, picture, score, section, table
from redheart.training.report.story import RunStory
from redheart.training.selection.crossover import Candidate, Crossover
from redheart.training.selection.sweet_spot import VOTERS, SweetSpot
from redheart.training.selection.technique import Choice


def sweet_spot_section(story: RunStory) -> str:
    """Votes and confidence by module; the reasons are in `sweet_spots.md`."""
    spots = story.sweet_spots
    if spots is None:
        return ""
    head = ("module", "epoch", "confidence", "loss", "metric", *VOTERS)
    return section(
        "Sweet spots",
        "The epoch of every module that most techniques choose on the validation split, among checkpoints on disk. "
        "Confidence is votes / voters; a technique that abstains is no voter. Why each chose what it did: "
        "[sweet_spots.md](sweet_spots.md).",
        *(picture("Sweet spots", file) for file in story.pictures if "sweet_spots" in file),
        table(head, [_spot(spot) for spot in spots.spots.values()], numbers=len(head) - 1),
    )


def _spot(spot: SweetSpot) -> tuple[str, ...]:
    return (
        f"`{spot.module}`",
        f"**{spot.epoch}**",
        f"{spot.votes} of {spot.voters}",
        loss(spot.validation_loss),
        score(spot.score),
        *(_choice(choice) for choice in spot.choices),
    )


def _choice(choice: Choice) -> str:
    return NOTHING if choice.epoch is None else str(choice.epoch)


def crossover_section(story: RunStory) -> str:
    """What was tried, what holdout said, what was written."""
    crossover = story.crossover
    if crossover is None:
        return ""
    verdict = "Accepted" if crossover.accepted else "Refused, so the best single epoch is what is recommended"
    return section(
        "Crossover",
        f"**{verdict}.** {crossover.reason[:1].upper()}{crossover.reason[1:]}.",
        table(
            ("weights", "validation loss", "less the best epoch's", "from epochs", "note"),
            [_candidate(candidate, crossover) for candidate in crossover.candidates],
        ),
        _holdout(crossover),
    )


def _candidate(candidate: Candidate, crossover: Crossover) -> tuple[str, ...]:
    first, own = crossover.candidates[0].validation_loss, candidate.validation_loss
    gap = NOTHING if first is None or own is None or candidate is crossover.candidates[0] else f"{own - first:+.2e}"
    name = f"**{candidate.strategy}**" if candidate.strategy == crossover.strategy else candidate.strategy
    return name, loss(own), gap, _epochs(candidate), candidate.note


def _epochs(candidate: Candidate) -> str:
    used = sorted({epoch for shares in candidate.recipe.values() for epoch in shares})
    return ", ".join(map(str, used))


def _holdout(crossover: Crossover) -> str:
    found = crossover.holdout
    if found is None:
        return ""
    return (
        f"On holdout, {counted(found.samples, 'sample')} that chose nothing else: `{crossover.finalist}` "
        f"{loss(found.ours)}, the best single epoch {loss(found.theirs)}, mean paired difference "
        f"{found.difference:+.2e}; one-sided 95 % bound of {counted(found.draws, 'bootstrap draw')} is "
        f"{found.upper:+.2e}, and a crossover is accepted below 0 only."
    )
