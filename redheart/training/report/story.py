"""All that is told of a finished run, gathered before a word of the report is written."""

from __future__ import annotations

from pydantic import Field, JsonValue

from redheart.training.corpus.distribution import DataReport
from redheart.training.run.figures import EpochFigures
from redheart.training.run.monitor import Look
from redheart.training.run.oom import OomStats
from redheart.training.selection.crossover import Crossover
from redheart.training.selection.sweet_spot import SweetSpots
from redheart.training.sweep.result import SweepResult
from redheart.types.base import Frozen


class ModuleSize(Frozen):
    """One module of the preset; a part that nobody labelled is not taught, and has no parameters in this run."""

    name: str
    parameters: int
    planned: int | None = None
    taught: bool = True
    targets: tuple[str, ...] = ()


class Score(Frozen):
    """One metric on the test split, measured once, beside what the best constant answer reaches."""

    part: str
    target: str
    metric: str  # 'macro_f1'
    value: float
    baseline: float | None
    low: float | None  # of a 95 % bootstrap interval
    high: float | None
    entries: int  # documents or pairs
    higher_is_better: bool = True


class MemoryStory(Frozen):
    """Bytes by what they are for, as predicted, and the most that was seen."""

    device: str
    predicted: dict[str, int]  # 'weights', 'gradients', 'optimizer', 'activations', …, 'total'
    measured_peak: int | None
    measured_how: str  # such as 'torch.cuda.max_memory_allocated', or why nothing was measured


class EnvironmentStory(Frozen):
    """What the run ran on: no name of a host or a user. The one place of dates and seconds."""

    redheart: str
    python: str
    torch: str
    system: str
    processor: str
    threads: int
    gpu: str | None
    finished: str  # ISO date, UTC
    seconds: dict[str, float] = Field(default_factory=dict)  # stage -> seconds, over all sessions
    sessions: int = 1  # how often the run was begun or gone on with
    samples_per_second: float | None = None


class RunStory(Frozen):
    """The whole run."""

    preset: str
    encoder: str
    encoder_dim: int
    modules: tuple[ModuleSize, ...]
    data: DataReport
    samples: dict[str, int]  # split -> samples
    batch_size: int
    micro_batch: int  # at the end of the run
    lr: float
    lr_from: str  # 'asked for', 'found by the sweep', 'from optimal_lr.json'
    steps: int
    updated: bool = True  # false: --no-param-update
    sweep: SweepResult | None = None
    epochs: tuple[EpochFigures, ...]
    baselines: dict[str, float] = Field(default_factory=dict)  # '<target> <metric>' on validation, of a constant
    sweet_spots: SweetSpots | None = None
    crossover: Crossover | None = None
    test: tuple[Score, ...] = ()
    unmeasured: tuple[str, ...] = ()  # '<part> <target>' that validation or test cannot judge
    oom: OomStats | None = None
    looks: tuple[Look, ...] = ()
    memory: MemoryStory | None = None
    environment: EnvironmentStory
    settings: dict[str, JsonValue]  # dotted key -> value, of what decides the figures
    command: str
    warnings: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()  # files, relative to the report

    @property
    def untaught(self) -> tuple[str, ...]:
        """Parts of the preset that no label teaches."""
        return tuple(module.name for module in self.modules if not module.taught)

    @property
    def best(self) -> EpochFigures | None:
        """The epoch with the lowest validation loss; of equals the earlier one."""
        return min(self.epochs, key=lambda one: (one.validation_loss, one.epoch), default=None)


class Outcome(Frozen):
    """What a run leaves: its story; the files lie where `RunFolder` says."""

    story: RunStory
