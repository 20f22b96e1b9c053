"""Writes what a run does to its folder: curves as they grow, a checkpoint an epoch, a state to go on from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from torch import Tensor

from redheart.nn.network.checkpoint_file import write_network
from redheart.nn.network.header import NetworkFacts
from redheart.training.report.curve_file import CurveFile
from redheart.training.report.json_lines import JsonLines
from redheart.training.run.figures import EpochFigures
from redheart.training.run.folder import RunFolder
from redheart.training.run.judge import NetworkJudge
from redheart.training.run.loop import Done, Loop
from redheart.training.run.monitor import Look
from redheart.training.run.state import Position, labelled, read_state, refuse_other_tensors, section, write_state
from redheart.training.selection.overfitting import overfitting
from redheart.training.selection.pruning import epoch_files, prune


@dataclass(frozen=True, slots=True)
class Habits:
    """How often what is written, and within which budget."""

    run: str  # digest of what was asked
    keep: bool  # write checkpoints: not of weights that learned nothing
    state_every: int  # steps
    disk_budget_bytes: int
    facts: Callable[[int, int], NetworkFacts]  # step, epoch -> what the checkpoint says of itself
    epoch: Callable[[EpochFigures], None]  # told of every epoch that is judged
    warn: Callable[[str], None]
    stored: Callable[[], None]  # told whenever a state was written


class Recorder:
    """The side job of a main run that owns its files."""

    def __init__(self, folder: RunFolder, loop: Loop, judge: NetworkJudge, habits: Habits) -> None:
        self.folder, self.loop, self.judge, self.habits = folder, loop, judge, habits
        self._overfits = False
        self._open = ExitStack()
        self._curve = self._open.enter_context(CurveFile(folder.steps, tuple(loop.learner.network.parts())))
        self._epochs = self._open.enter_context(JsonLines(folder.epochs, EpochFigures))
        self._looks = self._open.enter_context(JsonLines(folder.updates, Look))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._open.close()

    def go_on(self, position: Position) -> None:
        """Put everything back to where a state was written: weights, optimizer, average, files.

        Raises CheckpointError for a state that is not whole, or not of this network; nothing is changed then.
        """
        tensors, learner = read_state(self.folder.state), self.loop.learner
        refuse_other_tensors(self.folder.state, tensors, self._tensors())
        learner.network.load_state_dict(section(tensors, "weights"), strict=True)
        learner.stepper.restore(section(tensors, "optimizer"))
        if self.loop.average:
            self.loop.average.restore(section(tensors, "average"))
        self.loop.sums = position.sums
        self.forget_after(position.step, position.epoch)

    def forget_after(self, step: int, epoch: int) -> None:
        """What a killed run had written beyond its state, or before its first one, is done again."""
        self._curve.truncate_to(step)
        self._epochs.truncate_after(lambda one: one.epoch <= epoch)
        self._looks.truncate_after(lambda look: look.step <= step)
        for later, path in epoch_files(self.folder).items():
            if later > epoch:
                path.unlink()

    def record(self, done: Done) -> None:
        """One step: its line; what the monitor saw; at the end of an epoch, its figures, checkpoint and state."""
        self._curve.append(done.figures)
        if done.look:
            self._looks.append(done.look)
        if done.ends_epoch:
            self._end_epoch(done)
        if done.ends_epoch or done.step % self.habits.state_every == 0:
            self._write_state(done)

    def _end_epoch(self, done: Done) -> None:
        average = self.loop.average
        with average.in_place() if average else nullcontext():
            figures = self._figures(done)
            if self.habits.keep:
                facts = self.habits.facts(done.step, done.epoch)
                write_network(self.folder.epoch_file(done.epoch), self.loop.learner.network, facts)
        self._epochs.append(figures)
        every = self._epochs.read()
        prune(self.folder, every, self.habits.disk_budget_bytes)
        self.habits.epoch(figures)
        if (reason := overfitting(every)) and not self._overfits:
            self._overfits = True  # said once: the curve shows the rest
            self.habits.warn(reason)

    def _figures(self, done: Done) -> EpochFigures:
        measured, sums = self.judge.measure("validation"), done.sums
        assert done.look is not None  # the last step of an epoch is watched
        return EpochFigures(
            epoch=done.epoch,
            step=done.step,
            lr=done.lr,
            train_loss=sums.loss / sums.steps,
            validation_loss=measured.loss,
            parts=measured.parts,
            gradient_norms=sums.mean_norms(),
            update_ratios={name: module.update_ratio for name, module in done.look.modules.items()},
            seconds=sums.seconds,
            samples_per_second=sums.samples / sums.seconds,
        )

    def _write_state(self, done: Done) -> None:
        for file in (self._curve, self._epochs, self._looks):
            file.flush()
        position = Position(
            run=self.habits.run,
            step=done.step,
            epoch=done.epoch if done.ends_epoch else done.epoch - 1,
            micro_batch=self.loop.micro_batches.size,
            sums=type(done.sums)() if done.ends_epoch else done.sums,
        )
        write_state(self.folder.state, position, self._tensors())
        self.habits.stored()

    def _tensors(self) -> dict[str, Tensor]:
        learner = self.loop.learner
        tensors = labelled("weights", learner.network.state_dict()) | labelled("optimizer", learner.stepper.state())
        return tensors | (labelled("average", self.loop.average.state()) if self.loop.average else {})
