"""Scripted runs: figures of epochs, files of tensors, a judge who knows the best weights."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from redheart.training.run.figures import EpochFigures, PartFigures
from redheart.training.selection.checkpoints import CrossoverFacts, Origin, Tensors, safetensors_opened
from redheart.training.selection.crossover import Epochs
from redheart.training.selection.judge import Judgement
from redheart.training.selection.sweet_spot import find_sweet_spots

EMOTION, REGRET = "head.emotion", "head.regret"


def one_epoch(
    epoch: int,
    loss: float,
    parts: Mapping[str, PartFigures] | None = None,
    train_loss: float = 1.0,
    norms: Mapping[str, float] | None = None,
    ratios: Mapping[str, float] | None = None,
) -> EpochFigures:
    return EpochFigures(
        epoch=epoch,
        step=10 * epoch,
        lr=1e-3,
        train_loss=train_loss,
        validation_loss=loss,
        parts=dict(parts or {}),
        gradient_norms=dict(norms or {}),
        update_ratios=dict(ratios or {}),
        seconds=1.0,
        samples_per_second=100.0,
    )


def run_of(
    losses: Sequence[float],
    emotion: Sequence[float] | None = None,
    macro_f1: Sequence[float] | None = None,
    train: Sequence[float] | None = None,
    norms: Sequence[float] | None = None,
) -> list[EpochFigures]:
    """Epochs 1, 2, ... with one part: its losses (the total's if none are given), macro-F1, gradient norms."""
    figures = []
    for at, loss in enumerate(losses):
        metrics = {} if macro_f1 is None else {"emotion macro_f1": macro_f1[at], "emotion accuracy": 1.0 - macro_f1[at]}
        part = PartFigures(loss=loss if emotion is None else emotion[at], metrics=metrics)
        of_norms = {} if norms is None else {EMOTION: norms[at]}
        train_loss = 1.0 if train is None else train[at]
        figures.append(one_epoch(at + 1, loss, {EMOTION: part}, train_loss, of_norms))
    return figures


class ScriptedJudge:
    """Loss of each sample: squared distance of all floating weights from a best value, by split, plus sample noise."""

    def __init__(self, best: float, holdout_best: float | None = None, samples: int = 200, noise: float = 0.0) -> None:
        self.best = {"validation": best, "holdout": best if holdout_best is None else holdout_best}
        self.noise = noise * np.random.default_rng(7).standard_normal(samples)
        self.asked: list[str] = []

    def on(self, split: str, weights: Mapping[str, Tensor]) -> Judgement:
        self.asked.append(split)
        whole = torch.cat([value.flatten().double() for value in weights.values() if value.is_floating_point()])
        loss = float((whole - self.best[split]).square().mean())
        # Noise that grows with the loss, so that it does not cancel in paired differences.
        samples = loss * (1 + self.noise)
        return Judgement(float(samples.mean()), {EMOTION: loss}, samples)


class ScriptedStore:
    """Plain safetensors files; of which run and preset each is, is told."""

    def __init__(self, origins: Mapping[Path, Origin] | None = None) -> None:
        self.origins = dict(origins or {})
        self.facts: CrossoverFacts | None = None

    def origin(self, path: Path) -> Origin:
        return self.origins.get(path, Origin(preset="tiny", run="a"))

    def opened(self, path: Path) -> AbstractContextManager[Tensors]:
        return safetensors_opened(path)

    def write(self, path: Path, weights: Mapping[str, Tensor], facts: CrossoverFacts) -> None:
        save_file(dict(weights), path)
        self.facts = facts


def network(backbone: float, emotion: float, steps: int = 0) -> dict[str, Tensor]:
    """A network of two modules, each filled with one value, and an integer buffer."""
    return {
        "backbone.weight": torch.full((3, 2), float(backbone)),
        "head.emotion.bias": torch.full((4,), float(emotion)),
        "head.emotion.steps": torch.tensor(steps),
    }


def mixable(folder: Path, figures: Sequence[EpochFigures], networks: Sequence[dict[str, Tensor]]) -> Epochs:
    """One file an epoch."""
    files = {}
    for one, weights in zip(figures, networks, strict=True):
        files[one.epoch] = folder / f"epoch_{one.epoch:04d}.safetensors"
        save_file(weights, files[one.epoch])
    return Epochs(files, figures, find_sweet_spots(figures, files))


def weights_of(path: Path) -> dict[str, Tensor]:
    return load_file(path)
