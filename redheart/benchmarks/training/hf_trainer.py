"""The Trainer of Hugging Face, learning the same lesson."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from typing import Any

from transformers import Trainer, TrainerCallback, TrainingArguments
from transformers.trainer_callback import PrinterCallback

from redheart.benchmarks.training.contenders import (
    Clock,
    Collate,
    Numbers,
    Taught,
    optimizer_of,
    our_threads,
    packed_batch,
    padded_batch,
)
from redheart.benchmarks.training.lesson import Lesson
from redheart.benchmarks.training.padded import over_padding
from redheart.nn.network.network import Network


class Clocked(TrainerCallback):  # type: ignore[misc]
    """Starts and stops the clock where the others do: what the Trainer prepares once is not counted."""

    def __init__(self, clock: Clock) -> None:
        self.clock, self.running = clock, ExitStack()

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """The first batch is about to be asked for."""
        self.running.enter_context(self.clock())

    def on_train_end(self, *_: Any, **__: Any) -> None:
        """The last step is done."""
        self.running.close()


def trainer(lesson: Lesson, clock: Clock) -> Network:
    """Packed batches, float32, its defaults else; it neither saves nor reports."""
    network = lesson.blueprint.network()
    _train(Taught(network, lesson.objective), lesson, clock, packed_batch(lesson))
    return network


def trainer_our_threads(lesson: Lesson, clock: Clock) -> Network:
    """As `trainer`, on as many threads as ours."""
    with our_threads(lesson):
        return trainer(lesson, clock)


def trainer_padded(lesson: Lesson, clock: Clock) -> Network:
    """The same over padded documents."""
    network = lesson.blueprint.network()
    with over_padding(network) as module:
        _train(Taught(module, lesson.objective), lesson, clock, padded_batch(lesson))
    return network


def _train(taught: Taught, lesson: Lesson, clock: Clock, collate: Collate) -> None:
    with tempfile.TemporaryDirectory() as folder:
        learner = Trainer(
            taught,
            _arguments(lesson, folder),
            data_collator=collate,
            train_dataset=Numbers(lesson.order()),
            optimizers=optimizer_of(taught, lesson),
            callbacks=[Clocked(clock)],
        )
        learner.remove_callback(PrinterCallback)  # it prints to standard output
        learner.train()


def _arguments(lesson: Lesson, folder: str) -> Any:
    on_gpu = lesson.device.type == "cuda"
    return TrainingArguments(
        output_dir=folder,
        per_device_train_batch_size=lesson.course.batch_size,
        num_train_epochs=1,
        max_grad_norm=lesson.blueprint.settings.clip,
        train_sampling_strategy="sequential",
        remove_unused_columns=False,
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        use_cpu=not on_gpu,
        dataloader_pin_memory=on_gpu,
    )
