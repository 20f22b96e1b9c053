"""One `redheart train`, from its data to its report."""

from __future__ import annotations

from dataclasses import dataclass

from redheart.config.schema import Settings
from redheart.nn.network.network import PARTS
from redheart.training.report.command import command_of
from redheart.training.report.environment import environment_of
from redheart.training.report.json_lines import read_records
from redheart.training.report.listener import Listener, Listeners, Quiet
from redheart.training.report.plan import TrainPlan
from redheart.training.report.story import ModuleSize, Outcome, RunStory
from redheart.training.report.write import write_report
from redheart.training.run.asked import Asked
from redheart.training.run.clock import Clock
from redheart.training.run.course import Course
from redheart.training.run.figures import EpochFigures
from redheart.training.run.finish import Selection, scores, select, unmeasured, validation_baselines
from redheart.training.run.identity import begin, refuse_folder
from redheart.training.run.main_run import Learned, learn, refuse_state
from redheart.training.run.memory import memory_story, micro_batch_of, predicted
from redheart.training.run.monitor import Look
from redheart.training.run.prepared import Prepared, prepare
from redheart.training.run.rate import Rate, choose_rate, refuse_no_rate
from redheart.training.run.threads import learning_threads
from redheart.training.sweep.runner import trials_at_most
from redheart.training.whole_file import write_record


def plan(asked: Asked, settings: Settings, listener: Listener) -> TrainPlan:
    """What the run would do; nothing is trained, and nothing is written but vectors."""
    prepared = prepare(asked, settings, listener)
    s, size = prepared.train, micro_batch_of(prepared)
    course = Course(len(prepared.splits["train"]), prepared.batch_size, s.epochs if asked.update else 1, (s.seed, 0))
    swept = Course(min(s.sweep.samples, course.samples), course.batch_size, s.sweep.epochs, (0,))
    return TrainPlan(
        preset=prepared.preset.name,
        encoder=f"{prepared.encoder.name} ({prepared.encoder.revision})",
        encoder_dim=prepared.encoder.dim,
        modules=_modules(prepared),
        samples={name: len(data) for name, data in prepared.splits.items()},
        batch_size=prepared.batch_size,
        micro_batch=size,
        epochs=course.epochs,
        steps_an_epoch=course.steps_an_epoch,
        lr=None if s.lr == "auto" else s.lr,
        sweep_trials=trials_at_most(s.sweep) if asked.sweep else 0,
        sweep_steps=swept.steps if asked.sweep else 0,
        device=str(prepared.device),
        memory=predicted(prepared, size),
    )


def train(asked: Asked, settings: Settings, listener: Listener) -> Outcome:
    """Learn, choose, judge, tell. With `asked.resume` what is done already is not done again.

    Raises UserError for what the caller can mend, CheckpointError for files of the run that are damaged.
    """
    warnings, clock = _Warnings(), Clock()
    listener = Listeners([listener, warnings])
    refuse_no_rate(asked.settings.lr, asked.sweep, asked.folder.optimal.exists())
    refuse_folder(asked.folder, asked.resume)
    if asked.resume:
        refuse_state(asked.folder)
    with clock.measure("data"):
        prepared = prepare(asked, settings, listener)
    with learning_threads(prepared.blueprint.parameters(), prepared.device, settings.model.threads):
        return _learned(prepared, listener, warnings, clock)


def _learned(prepared: Prepared, listener: Listener, warnings: _Warnings, clock: Clock) -> Outcome:
    asked = prepared.asked
    for changed in begin(asked.folder, prepared.identity(), asked.resume):
        listener.warning(changed)
    clock.go_on(asked.folder.sessions, asked.resume, listener.warning)
    write_record(asked.folder.data, prepared.report)
    size = micro_batch_of(prepared)
    with clock.measure("sweep"):
        rate = choose_rate(prepared, size, listener, clock.keep)
    with clock.measure("training"):
        learned = learn(prepared, rate.lr, size, listener, clock.keep)
    if not asked.update:
        listener.say("no weight was changed, so one pass says all, and no weights are kept")
    with clock.measure("selection"):
        selection = select(prepared, learned, listener) if asked.update else None
    return _told(_Done(prepared, rate, learned, selection), listener, warnings, clock)


@dataclass(frozen=True, slots=True)
class _Done:
    """A run that has nothing more to learn."""

    prepared: Prepared
    rate: Rate
    learned: Learned
    selection: Selection | None  # None where no weight was changed


def _told(done: _Done, listener: Listener, warnings: _Warnings, clock: Clock) -> Outcome:
    """Test figures, pictures, report."""
    prepared, rate, learned, selection = done.prepared, done.rate, done.learned, done.selection
    with clock.measure("test"):
        test = scores(prepared, learned.judge, listener)
    listener.begin("report")
    folder, baselines = prepared.asked.folder, validation_baselines(prepared)
    epochs = tuple(read_records(folder.epochs, EpochFigures))
    story = RunStory(
        preset=prepared.preset.name,
        encoder=f"{prepared.encoder.name} ({prepared.encoder.revision})",
        encoder_dim=prepared.encoder.dim,
        modules=_modules(prepared),
        data=prepared.report,
        samples={name: len(data) for name, data in prepared.splits.items()},
        batch_size=prepared.batch_size,
        micro_batch=learned.log.stats.micro_batch,
        lr=rate.lr,
        lr_from={"asked": "asked for", "sweep": "found by the sweep", "optimal_lr.json": "from optimal_lr.json"}[
            rate.source
        ],
        steps=learned.course.steps,
        updated=prepared.asked.update,
        sweep=rate.sweep,
        epochs=epochs,
        baselines=baselines,
        sweet_spots=selection.spots if selection else None,
        crossover=selection.crossover if selection else None,
        test=test,
        unmeasured=unmeasured(learned.judge, test),
        oom=learned.log.stats,
        looks=tuple(read_records(folder.updates, Look)),
        memory=memory_story(prepared, learned.log.stats.micro_batch),
        environment=environment_of(prepared.device, clock.seconds, _rate_of(epochs), clock.sessions),
        settings={key: value for key, value in prepared.identity().facts.items() if key != "preset"},
        command=command_of(prepared.asked, prepared.settings),
        warnings=tuple(dict.fromkeys(warnings.said)),
    )
    whole = write_report(folder, story, prepared.asked.plots)
    listener.done("report")
    return Outcome(story=whole)


def _modules(prepared: Prepared) -> tuple[ModuleSize, ...]:
    """Every module of the preset, counted as it is built for this run; what is not taught has the plan's size."""
    built = prepared.blueprint.empty()
    counts = {
        name: sum(parameter.numel() for parameter in module.parameters())
        for name, module in built.named_modules_of_plan().items()
    }
    whole = prepared.blueprint.empty(untaught=True).named_modules_of_plan()
    return tuple(
        ModuleSize(
            name=name,
            parameters=counts.get(name, sum(parameter.numel() for parameter in module.parameters())),
            planned=prepared.preset.planned.get(name),
            taught=name in counts,
            targets=PARTS[name].targets if name in PARTS else (),
        )
        for name, module in whole.items()
    )


def _rate_of(epochs: tuple[EpochFigures, ...]) -> float | None:
    """Samples a second, the middle one of all epochs."""
    ordered = sorted(one.samples_per_second for one in epochs)
    return ordered[len(ordered) // 2] if ordered else None


class _Warnings(Quiet):
    """Keeps what was warned of, for the report."""

    def __init__(self) -> None:
        self.said: list[str] = []

    def warning(self, text: str) -> None:
        """One more."""
        self.said.append(text)
