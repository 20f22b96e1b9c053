"""Weights mixed from the best epochs of every module, and recommended only where they beat the best single epoch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Final

from redheart.training.report.counted import counted
from redheart.training.run.figures import EpochFigures
from redheart.training.selection import recipes
from redheart.training.selection.checkpoints import Checkpoints, CrossoverFacts, Tensors
from redheart.training.selection.impact import Impact, impact
from redheart.training.selection.judge import Judge
from redheart.training.selection.mixture import Mixture, Recipe, refuse_other_tensors, refuse_strangers
from redheart.training.selection.paired import FEWEST, Comparison, compare
from redheart.training.selection.recipes import EPOCH, SoupStep
from redheart.training.selection.sweet_spot import SweetSpots
from redheart.types.base import Frozen

_SAME: Final = "the best single epoch itself"


class Candidate(Frozen):
    """One strategy's weights. `note` says why a loss is null, or what there is to know of the recipe."""

    strategy: str
    recipe: dict[str, dict[int, float]]  # module -> epoch -> share
    validation_loss: float | None
    parts: dict[str, float]  # part -> its validation loss; empty where the whole has none
    note: str = ""
    soup: tuple[SoupStep, ...] = ()


class Crossover(Frozen):
    """What was tried, what was chosen on validation, what holdout says of it."""

    accepted: bool
    reason: str
    strategy: str  # of the weights that were written: 'epoch' where no crossover was accepted
    best_epoch: int
    finalist: str | None  # the strategy that went to holdout
    holdout: Comparison | None  # finalist (ours) against the best single epoch (theirs)
    impact: dict[str, Impact]  # finalist against the best single epoch, by module
    candidates: tuple[Candidate, ...]  # the best single epoch first
    seed: int

    def chosen(self) -> Candidate:
        """The candidate whose weights were written."""
        return next(candidate for candidate in self.candidates if candidate.strategy == self.strategy)


@dataclass(frozen=True, slots=True)
class Epochs:
    """The epochs of one run that can be mixed: checkpoint by epoch, figures, sweet spots found on them."""

    files: Mapping[int, Path]
    figures: Sequence[EpochFigures]
    spots: SweetSpots

    def best_first(self) -> list[int]:
        """Epochs on disk by total validation loss, then by number."""
        held = [one for one in self.figures if one.epoch in self.files]
        return [one.epoch for one in sorted(held, key=lambda one: (one.validation_loss, one.epoch))]


def cross_over(epochs: Epochs, judge: Judge, store: Checkpoints, out: Path, seed: int = 0) -> Crossover:
    """Try every strategy on validation, let holdout decide on the best of them, write `out` either way.

    Accepted only if both hold: on validation it has a lower loss than the best single epoch; on holdout the mean
    paired difference is negative with a one-sided 95 % bootstrap interval that excludes 0. Else `out` is the best
    single epoch. Raises CheckpointError for files of different runs or presets, or with different tensors.
    """
    refuse_strangers(store, epochs.files)
    with _opened(store, epochs.files) as files:
        refuse_other_tensors(files, epochs.files)
        found = _Trial(epochs, judge, files, seed).decided()
        store.write(out, Mixture(files, found.chosen().recipe), facts_of(found))
    return found


def facts_of(crossover: Crossover) -> CrossoverFacts:
    """What the written file says of itself."""
    sources = {module: tuple(shares) for module, shares in crossover.chosen().recipe.items()}
    return CrossoverFacts(
        strategy=crossover.strategy,
        epoch=None if crossover.accepted else crossover.best_epoch,
        sources=sources,
        accepted=crossover.accepted,
        reason=crossover.reason,
    )


class _Trial:
    """One crossover under way."""

    def __init__(self, epochs: Epochs, judge: Judge, files: Mapping[int, Tensors], seed: int) -> None:
        self.epochs, self.judge, self.files, self.seed = epochs, judge, files, seed
        self.ranked = epochs.best_first()
        self.modules = tuple(epochs.spots.spots)
        self.single = recipes.single(self.modules, self.ranked[0])

    def decided(self) -> Crossover:
        candidates = self._candidates()
        single, finalist = candidates[0], _finalist(candidates)
        holdout = self._holdout(finalist.recipe) if finalist else None
        reason = _refusal(single, finalist, holdout)
        return Crossover(
            accepted=reason is None,
            reason=reason or _acceptance(finalist, holdout, self.ranked[0]),
            strategy=finalist.strategy if finalist and reason is None else EPOCH,
            best_epoch=self.ranked[0],
            finalist=finalist.strategy if finalist else None,
            holdout=holdout,
            impact=self._impact(finalist.recipe) if finalist else {},
            candidates=candidates,
            seed=self.seed,
        )

    def _candidates(self) -> tuple[Candidate, ...]:
        spots = self.epochs.spots
        single = self._measured(EPOCH, self.single)
        return (
            single,
            self._mixed(recipes.SELECTIVE, recipes.selective(spots), single),
            self._mixed(recipes.WEIGHTED, recipes.weighted(spots), single),
            self._soup(single),
        )

    def _mixed(self, strategy: str, recipe: Recipe, single: Candidate) -> Candidate:
        if recipe == self.single:
            return single.model_copy(update={"strategy": strategy, "note": _SAME})
        return self._measured(strategy, recipe)

    def _soup(self, single: Candidate) -> Candidate:
        if single.validation_loss is None:
            note = "the best single epoch has no finite validation loss to begin from"
            return single.model_copy(update={"strategy": recipes.INTERPOLATED, "note": note})
        tried: dict[Sequence[int], Candidate] = {}

        def loss_of(members: Sequence[int]) -> float | None:
            tried[members] = self._measured(recipes.INTERPOLATED, recipes.uniform(self.modules, members))
            return tried[members].validation_loss

        members, steps = recipes.greedy_soup(self.ranked, single.validation_loss, loss_of)
        if len(members) == 1:
            return single.model_copy(update={"strategy": recipes.INTERPOLATED, "note": _SAME, "soup": steps})
        return tried[members].model_copy(update={"soup": steps})

    def _measured(self, strategy: str, recipe: Recipe) -> Candidate:
        found = self.judge.on("validation", Mixture(self.files, recipe))
        parts = dict(found.parts)
        if not isfinite(found.loss) or not all(map(isfinite, parts.values())):
            note = "its validation loss is no finite number"
            return Candidate(strategy=strategy, recipe=recipe, validation_loss=None, parts={}, note=note)
        return Candidate(strategy=strategy, recipe=recipe, validation_loss=found.loss, parts=parts)

    def _holdout(self, recipe: Recipe) -> Comparison | None:
        ours = self.judge.on("holdout", Mixture(self.files, recipe))
        theirs = self.judge.on("holdout", Mixture(self.files, self.single))
        return compare(ours.sample_losses, theirs.sample_losses, self.seed)

    def _impact(self, recipe: Recipe) -> dict[str, Impact]:
        return impact(Mixture(self.files, recipe), Mixture(self.files, self.single), dict.fromkeys(self.modules))


def _finalist(candidates: Sequence[Candidate]) -> Candidate | None:
    """The lowest validation loss among weights that are not the best single epoch's; the earlier strategy of equals."""
    mixed = [one for one in candidates[1:] if one.recipe != candidates[0].recipe and one.validation_loss is not None]
    return min(mixed, key=lambda one: one.validation_loss or 0.0, default=None)


def _refusal(single: Candidate, finalist: Candidate | None, holdout: Comparison | None) -> str | None:
    """(1) nothing was mixed, (2) no gain on validation, (3) no figures on holdout, (4) too few, (5) no gain there,
    (6) a gain within the noise: each refuses.
    """
    if finalist is None or finalist.validation_loss is None:  # (1)
        return "no strategy gave other weights than the best single epoch with a finite validation loss"
    name = f"'{finalist.strategy}'"
    if single.validation_loss is not None and finalist.validation_loss >= single.validation_loss:  # (2)
        ours, theirs = f"{finalist.validation_loss:.6g}", f"{single.validation_loss:.6g}"
        return f"no strategy has a lower validation loss than the best single epoch: {name} {ours} against {theirs}"
    if holdout is None:  # (3)
        return f"{name} cannot be compared on holdout: it is empty, or a loss there is no finite number"
    if holdout.samples < FEWEST:  # (4)
        return f"{name}: {holdout.samples} holdout samples are too few to tell a gain from noise (at least {FEWEST})"
    if holdout.difference >= 0:  # (5)
        return f"{name} is no better than the best single epoch on holdout: {_said(holdout)}"
    if not holdout.better:  # (6)
        return f"the gain of {name} on holdout is within the noise: {_said(holdout)}"
    return None


def _acceptance(finalist: Candidate | None, holdout: Comparison | None, epoch: int) -> str:
    assert finalist is not None and holdout is not None
    return f"'{finalist.strategy}' beats epoch {epoch}, the best single one, on holdout: {_said(holdout)}"


def _said(holdout: Comparison) -> str:
    return (
        f"loss {holdout.ours:.6g} against {holdout.theirs:.6g}, mean difference {holdout.difference:+.3g}, "
        f"95 % of draws below {holdout.upper:+.3g} ({counted(holdout.samples, 'sample')})"
    )


@contextmanager
def _opened(store: Checkpoints, paths: Mapping[int, Path]) -> Iterator[dict[int, Tensors]]:
    with ExitStack() as stack:
        yield {epoch: stack.enter_context(store.opened(path)) for epoch, path in sorted(paths.items())}
