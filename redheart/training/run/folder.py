"""Where the files of a training run lie."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

STAGES = 5


@dataclass(frozen=True, slots=True)
class RunFolder:
    """`--out` of one run. Every file is written whole or not at all; the curves grow line by line."""

    path: Path

    @property
    def settings(self) -> Path:
        """What was asked, of which data, on what machine: a resumed run must agree with it."""
        return self.path / "run.json"

    @property
    def sessions(self) -> Path:
        """How often the run was gone on with, and the seconds of all that."""
        return self.path / "sessions.json"

    @property
    def data(self) -> Path:
        """Label distributions with majority baselines."""
        return self.path / "data.json"

    @property
    def steps(self) -> Path:
        """The loss curve, a line a step."""
        return self.path / "steps.csv"

    @property
    def epochs(self) -> Path:
        """`EpochFigures`, a JSON line an epoch."""
        return self.path / "epochs.jsonl"

    @property
    def updates(self) -> Path:
        """What the update monitor saw, a JSON line a look."""
        return self.path / "updates.jsonl"

    @property
    def oom(self) -> Path:
        """Refused allocations, with the micro-batch each of them left."""
        return self.path / "oom_stats.json"

    @property
    def checkpoints(self) -> Path:
        """One file an epoch that was kept."""
        return self.path / "checkpoints"

    def epoch_file(self, epoch: int) -> Path:
        """The checkpoint of an epoch, counted from 1."""
        return self.checkpoints / f"epoch_{epoch:04d}.safetensors"

    @property
    def state(self) -> Path:
        """All that a resumed run needs to go on exactly."""
        return self.path / "state.safetensors"

    @property
    def cumulative(self) -> Path:
        """Every learning rate ever tried here."""
        return self.path / "lr_sweep_cumulative.json"

    @property
    def optimal(self) -> Path:
        """The learning rate that won."""
        return self.path / "optimal_lr.json"

    def stage_file(self, stage: int, suffix: str) -> Path:
        """Report ('json') or picture ('png') of a sweep stage, counted from 0."""
        return self.path / f"hierarchical_lr_sweep_stage{stage}.{suffix}"

    @property
    def sweep_picture(self) -> Path:
        """All stages in one picture."""
        return self.path / "hierarchical_lr_sweep.png"

    @property
    def sweep_report(self) -> Path:
        """The sweep as JSON."""
        return self.path / "hierarchical_lr_sweep.json"

    @property
    def sweet_spots(self) -> Path:
        """Best epochs by part, as JSON."""
        return self.path / "sweet_spots.json"

    @property
    def sweet_spot_report(self) -> Path:
        """The same in words."""
        return self.path / "sweet_spots.md"

    @property
    def crossover(self) -> Path:
        """The weights that the run recommends."""
        return self.path / "crossover_final.safetensors"

    @property
    def crossover_report(self) -> Path:
        """How they were chosen, and what else was tried."""
        return self.path / "crossover.json"

    @property
    def plots(self) -> Path:
        """Pictures of curves."""
        return self.path / "plots"

    @property
    def report(self) -> Path:
        """The whole run in one document."""
        return self.path / "report.md"
