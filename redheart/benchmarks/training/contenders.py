"""Those who learn the lesson: our loop, a plain one over packed and over padded batches."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from redheart.benchmarks.training.lesson import PEAK, Lesson
from redheart.benchmarks.training.padded import Padded, over_padding, padded
from redheart.nn.network.network import Network
from redheart.training.corpus.batch import Batch
from redheart.training.run.learner import Learner
from redheart.training.run.loop import Loop
from redheart.training.run.micro_batches import MicroBatches
from redheart.training.run.monitor import UpdateMonitor
from redheart.training.run.objective import Objective
from redheart.training.run.oom import OomLog
from redheart.training.run.threads import learning_threads

#: Starts and stops the clock around what is compared: batches, steps; neither building nor judging.
Clock = Callable[[], AbstractContextManager[None]]
#: What a loader makes of the sample numbers of one batch.
Collate = Callable[[list[int]], dict[str, Any]]
#: Learns a lesson; the network that it leaves.
Contender = Callable[[Lesson, Clock], Network]


class Numbers(Dataset[int]):
    """The order of samples, as a loader asks for it."""

    def __init__(self, order: np.ndarray) -> None:
        self.order = order

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, place: int) -> int:
        return int(self.order[place])


class Taught(nn.Module):
    """A network that gives its loss, as most loops want it."""

    def __init__(self, network: nn.Module, objective: Objective) -> None:
        super().__init__()
        self.network, self.objective = network, objective

    def forward(self, batch: Batch, known: dict[str, float], padded: Padded | None = None) -> dict[str, Tensor]:
        """A batch -> its loss; the network is given the padded documents where they are there."""
        outputs = self.network(batch.documents if padded is None else padded)
        losses = self.objective.losses(outputs, batch, known)
        return {"loss": self.objective.total(losses)}


def ours(lesson: Lesson, clock: Clock) -> Network:
    """The loop of `redheart train`, its update monitor looking on."""
    return run_loop(lesson.learner(), lesson, clock)


def run_loop(learner: Learner, lesson: Lesson, clock: Clock) -> Network:
    """All steps of the lesson with a learner that is already built."""
    size = lesson.course.batch_size
    pieces = MicroBatches(size, OomLog.begun(None, size), lesson.device, learner.stepper.zero_grad)
    loop = Loop(learner, lesson.course, pieces, lesson.lr, after=(), monitor=UpdateMonitor(learner.network))
    with our_threads(lesson), clock():
        loop.run(1)
    return learner.network


def our_threads(lesson: Lesson) -> AbstractContextManager[None]:
    """Inside, torch has as many threads as `redheart train` would learn with."""
    return learning_threads(lesson.blueprint.parameters(), lesson.device, 0)


def plain(lesson: Lesson, clock: Clock) -> Network:
    """A DataLoader over packed batches, and the five lines of any tutorial."""
    network = lesson.blueprint.network()
    _learn(Taught(network, lesson.objective), lesson, clock, packed_batch(lesson))
    return network


def plain_padded(lesson: Lesson, clock: Clock) -> Network:
    """The same, with documents padded to the longest of their batch, and masked in the backbone."""
    network = lesson.blueprint.network()
    with over_padding(network) as module:
        _learn(Taught(module, lesson.objective), lesson, clock, padded_batch(lesson))
    return network


def packed_batch(lesson: Lesson) -> Collate:
    """Sample numbers -> what `Taught` is given."""
    return lambda places: dict(zip(("batch", "known"), lesson.batch(np.array(places)), strict=True))


def padded_batch(lesson: Lesson) -> Collate:
    """The same with padded documents."""

    def collate(places: list[int]) -> dict[str, Any]:
        batch, known = lesson.batch(np.array(places))
        return {"batch": batch, "known": known, "padded": padded(batch.documents)}

    return collate


def _learn(taught: Taught, lesson: Lesson, clock: Clock, collate: Collate) -> None:
    optimizer, schedule = optimizer_of(taught, lesson)
    loader = DataLoader(Numbers(lesson.order()), lesson.course.batch_size, collate_fn=collate)
    with clock():
        for batch in loader:
            optimizer.zero_grad()
            loss = taught(**batch)["loss"]
            loss.backward()
            nn.utils.clip_grad_norm_(taught.parameters(), lesson.blueprint.settings.clip)
            optimizer.step()
            schedule.step()


def optimizer_of(taught: Taught, lesson: Lesson) -> tuple[torch.optim.AdamW, torch.optim.lr_scheduler.LambdaLR]:
    """AdamW as fast as torch has it; vectors are not decayed."""
    parameters = list(taught.parameters())
    groups = [
        {"params": [p for p in parameters if p.dim() > 1], "weight_decay": lesson.blueprint.settings.weight_decay},
        {"params": [p for p in parameters if p.dim() <= 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=PEAK, fused=True)
    return optimizer, torch.optim.lr_scheduler.LambdaLR(optimizer, lambda done: lesson.lr(done + 1) / PEAK)
