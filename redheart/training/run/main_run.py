"""The main run: from the initial weights, or a stored state, to the last epoch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from redheart.errors import CheckpointError
from redheart.training.report.listener import Listener
from redheart.training.run.average import WeightAverage
from redheart.training.run.course import Course
from redheart.training.run.folder import RunFolder
from redheart.training.run.identity import read_identity
from redheart.training.run.judge import NetworkJudge
from redheart.training.run.learner import Learner
from redheart.training.run.loop import Done, Loop
from redheart.training.run.micro_batches import MicroBatches
from redheart.training.run.monitor import UpdateMonitor
from redheart.training.run.oom import OomLog
from redheart.training.run.prepared import Prepared
from redheart.training.run.recorder import Habits, Recorder
from redheart.training.run.schedule import lr_at
from redheart.training.run.standstill import StandStill
from redheart.training.run.state import MEND, Position, read_position

MIB = 2**20


@dataclass(frozen=True, slots=True)
class Learned:
    """What the main run leaves in memory: the network at its last step, with what measures it."""

    learner: Learner
    judge: NetworkJudge
    log: OomLog
    course: Course


def _nobody() -> None:
    return None


def learn(
    prepared: Prepared, lr: float, micro_batch: int, listener: Listener, stored: Callable[[], None] = _nobody
) -> Learned:
    """Every step that is not done yet; `stored` is told of every state that was written.

    Raises CheckpointError for a state of another run, and what a step raises.
    """
    position = _position(prepared)
    learner, course = _learner(prepared), _course(prepared)
    size = _size(prepared, position) if position else micro_batch
    log = _log(prepared, size, position)
    loop = Loop(
        learner=learner,
        course=course,
        micro_batches=MicroBatches(size, log, prepared.device, learner.stepper.zero_grad),
        lr_at=lambda step: lr_at(step, course.steps, lr, prepared.train.warmup),
        after=[],
        average=WeightAverage(learner.network, prepared.train.ema) if prepared.train.ema else None,
        monitor=UpdateMonitor(learner.network),
        monitor_every=prepared.train.monitor_every,
    )
    judge = NetworkJudge(learner.network, prepared.splits, learner.objective)
    listener.begin("training", course.steps)
    with Recorder(prepared.asked.folder, loop, judge, _habits(prepared, listener, stored)) as recorder:
        if position:
            recorder.go_on(position)
        else:
            recorder.forget_after(0, 0)
        # The record first: what is told of is on disk.
        loop.after = [
            recorder.record,
            lambda done: listener.step(done.figures),
            partial(_warn_once, listener, prepared.asked.update, set()),
        ]
        loop.run(position.step + 1 if position else 1)
    listener.done("training")
    return Learned(learner, judge, log, course)


def _learner(prepared: Prepared) -> Learner:
    learner = prepared.blueprint.learner(prepared.splits["train"], prepared.train.seed)
    if not prepared.asked.update:
        learner.stepper = StandStill(learner.stepper)
    return learner


def _course(prepared: Prepared) -> Course:
    """Without updates every pass is the same: one is enough."""
    s = prepared.train
    return Course(
        len(prepared.splits["train"]), prepared.batch_size, s.epochs if prepared.asked.update else 1, (s.seed, 0)
    )


def refuse_state(folder: RunFolder) -> None:
    """Before any work: raises CheckpointError for a state that is damaged, or not of the run in this folder."""
    if folder.state.exists():
        _refuse_other(folder.state, read_position(folder.state), read_identity(folder).run)


def _position(prepared: Prepared) -> Position | None:
    """Where to go on; None at the beginning, and for a run that was stopped before its first state."""
    file = prepared.asked.folder.state
    if not prepared.asked.resume or not file.exists():
        return None
    position = read_position(file)
    _refuse_other(file, position, prepared.identity().run)
    return position


def _refuse_other(file: Path, position: Position, run: str) -> None:
    if position.run != run:
        raise CheckpointError(f"'{file}' is the state of another run ('{position.run}', not '{run}'). {MEND}")


def _size(prepared: Prepared, position: Position) -> int:
    """What the run had come down to, or fewer samples at once if fewer are asked for now."""
    asked = prepared.train.micro_batch
    return position.micro_batch if asked == "auto" else min(asked, position.micro_batch)


def _log(prepared: Prepared, size: int, position: Position | None) -> OomLog:
    path = prepared.asked.folder.oom
    return OomLog.resumed(path, size, position.step) if position and path.exists() else OomLog.begun(path, size)


def _habits(prepared: Prepared, listener: Listener, stored: Callable[[], None]) -> Habits:
    return Habits(
        run=prepared.identity().run,
        keep=prepared.asked.update,
        state_every=prepared.train.state_every,
        disk_budget_bytes=int(prepared.train.disk_budget_mib * MIB),
        facts=prepared.facts,
        epoch=listener.epoch,
        warn=listener.warning,
        stored=stored,
    )


def _warn_once(listener: Listener, updates: bool, said: set[str], done: Done) -> None:
    """What the monitor warns of, once a module: a part that stands still would fill the screen."""
    if not done.look or not updates:
        return
    for module, warning in done.look.warnings.items():
        if module not in said:
            said.add(module)
            listener.warning(warning)
