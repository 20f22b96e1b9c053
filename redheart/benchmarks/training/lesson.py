"""What all contenders learn: one network, one set of data, one order of samples, one schedule."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from torch import Tensor

from redheart.benchmarks.training.rows import Sentences
from redheart.config.train import TrainSection
from redheart.errors import ConfigError
from redheart.nn.network.network import Network
from redheart.nn.network.part import PartOutput
from redheart.nn.network.preset import load_preset
from redheart.nn.network.targets import TARGETS
from redheart.training.corpus.batch import Batch
from redheart.training.corpus.dataset import Dataset
from redheart.training.corpus.teaches import SETS
from redheart.training.run.build import Blueprint, taught_outputs
from redheart.training.run.course import Course
from redheart.training.run.judge import NetworkJudge
from redheart.training.run.learner import Learner
from redheart.training.run.objective import Objective
from redheart.training.run.schedule import lr_at

PEAK: Final = 1e-3
ENCODER_DIM: Final = 384
LONGEST: Final = 24  # sentences of a long document
#: Of short documents, shares of those of one, two and three sentences: 1.5 on average, as comments and reviews have.
SHORT: Final = (0.6, 0.3, 0.1)
#: Targets that documents of one origin have, as the data of `redheart train` do: those of each known set, of labelled
#: records, and of decomposed texts. Every document is of one origin.
ORIGINS: Final = (
    *(teaching.targets for teaching in SETS.values() if not any(TARGETS[t].kind == "pair" for t in teaching.targets)),
    ("base_emotion", "factors", "regret"),
    ("surd",),
)
_PAIRS: Final = 0.2  # share of the samples that are pairs


@dataclass(frozen=True, slots=True)
class PlainObjective(Objective):
    """Without penalties: they are means over what a part reads, and not all contenders have it read the same."""

    def losses(
        self,
        outputs: Mapping[str, PartOutput],
        batch: Batch,
        known: Mapping[str, float],
        shares: Mapping[str, float] | None = None,
    ) -> dict[str, Tensor]:
        """Part -> its loss by the labels alone."""
        bare = {part: PartOutput(output.predictions) for part, output in outputs.items()}
        return Objective.losses(self, bare, batch, known, shares)


@dataclass(frozen=True, slots=True)
class Lesson:
    """`blueprint` gives the same initial network whenever it is asked; dropout is off, so that losses compare."""

    blueprint: Blueprint
    data: Dataset
    course: Course
    objective: Objective

    @property
    def device(self) -> torch.device:
        """Where it is learned."""
        return self.blueprint.device

    def order(self) -> np.ndarray:
        """(steps * batch,) sample numbers, step after step."""
        return np.concatenate([self.course.samples_of(step) for step in range(1, self.course.steps + 1)])

    def lr(self, step: int) -> float:
        """Rate of a step, counted from 1."""
        settings = self.blueprint.settings
        return lr_at(min(step, self.course.steps), self.course.steps, PEAK, settings.warmup)

    def batch(self, samples: np.ndarray) -> tuple[Batch, dict[str, float]]:
        """The samples on the device, with how much is known of each target."""
        return self.data.batch(samples).to(self.device), self.data.known(samples)

    def learner(self) -> Learner:
        """Our own, that has learned nothing yet."""
        learner = self.blueprint.learner(self.data, self.course.seed[0])
        learner.objective = self.objective
        return learner

    def loss(self, network: Network) -> float:
        """Of the whole data, as the network stands."""
        return NetworkJudge(network, {"validation": self.data}, self.objective).measure("validation").loss


@dataclass(frozen=True, slots=True)
class Size:
    """How much is learned: documents of how many sentences, how many samples of them, how many at once."""

    samples: int = 2048
    batch: int = 64
    sentences: Sentences = "short"

    def __post_init__(self) -> None:
        if self.batch < 1:
            raise ConfigError(f"--batch-size '{self.batch}' is no batch. Use a number above 0.")
        if self.samples < self.batch:
            raise ConfigError(f"--samples '{self.samples}' is less than one batch. Use {self.batch} or more.")

    def whole(self) -> int:
        """Samples of whole batches: a smaller last one is a batch that not every loop cuts alike."""
        return self.samples // self.batch * self.batch


def synthetic_lesson(preset: str, size: Size, device: torch.device, seed: int = 0) -> Lesson:
    """Vectors and labels drawn from a seed."""
    return lesson(synthetic(size.whole(), ENCODER_DIM, seed, size.sentences), preset, device, seed, size.batch)


def lesson(data: Dataset, preset: str, device: torch.device, seed: int, batch: int) -> Lesson:
    """One epoch over `data`."""
    settings = TrainSection(preset=preset, batch_size=batch, micro_batch=batch, seed=seed, epochs=1)
    quiet = load_preset(preset).model_copy(update={"dropout": 0.0})
    outputs = taught_outputs(data, {name: target.outputs for name, target in TARGETS.items()})
    blueprint = Blueprint(quiet, data.vectors.shape[1], outputs, settings, device)
    return Lesson(blueprint, data, Course(len(data), batch, 1, (seed,)), _plain(Objective.of(settings)))


def _plain(objective: Objective) -> PlainObjective:
    return PlainObjective(objective.kind_weights, objective.options, objective.r_drop)


def synthetic(samples: int, dim: int, seed: int, sentences: Sentences) -> Dataset:
    """Samples, a fifth of them pairs; the other documents are of all `ORIGINS` alike, with the targets these have.

    Short documents have 1 to 3 sentences, long ones 1 to 24 (median 4).
    """
    draw = np.random.default_rng(seed)
    paired = draw.random(samples) < _PAIRS
    first = np.concatenate([[0], np.cumsum(1 + paired)])
    documents = int(first[-1])
    lengths = _lengths(draw, documents, sentences)
    starts = np.concatenate([[0], np.cumsum(lengths)])
    vectors = torch.from_numpy(draw.standard_normal((int(starts[-1]), dim), dtype=np.float32) / np.float32(dim**0.5))
    return Dataset(vectors, starts, first, _labels(draw, np.repeat(paired, 1 + paired)), _preferred(draw, paired))


def _lengths(draw: np.random.Generator, documents: int, sentences: Sentences) -> np.ndarray:
    if sentences == "short":
        return draw.choice(len(SHORT), documents, p=SHORT).astype(np.int64) + 1
    return np.clip(np.rint(draw.lognormal(np.log(4), 0.7, documents)), 1, LONGEST).astype(np.int64)


def _labels(draw: np.random.Generator, of_pair: np.ndarray) -> dict[str, Tensor]:
    """`of_pair` (documents,) bool: of these nothing is known but which of two is preferred."""
    documents, labels = len(of_pair), {}
    origin = np.where(of_pair, -1, draw.integers(len(ORIGINS), size=documents))
    for name, target in TARGETS.items():
        if target.kind == "pair":
            continue
        values = _drawn(draw, target.kind, (documents, len(target.outputs)))
        having = [place for place, targets in enumerate(ORIGINS) if name in targets]
        values[~np.isin(origin, having)] = np.nan
        labels[name] = torch.from_numpy(values.astype(np.float32))
    return labels


def _drawn(draw: np.random.Generator, kind: str, shape: tuple[int, int]) -> np.ndarray:
    if kind == "labels":
        return (draw.random(shape) < 0.1).astype(np.float64)
    if kind in ("classes", "shares"):
        return draw.dirichlet(np.ones(shape[1]), shape[0])
    return draw.uniform(-1.0 if kind == "dimensions" else 0.0, 1.0, shape)


def _preferred(draw: np.random.Generator, paired: np.ndarray) -> dict[str, np.ndarray]:
    """Each pair is asked of one of the pair targets."""
    names = [name for name, target in TARGETS.items() if target.kind == "pair"]
    asked, which = draw.integers(len(names), size=len(paired)), draw.integers(2, size=len(paired))
    return {name: np.where(paired & (asked == place), which, -1).astype(np.int8) for place, name in enumerate(names)}
