"""A run's news as TensorBoard events. Needs the extra `train`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from redheart.errors import ConfigError
from redheart.training.report.listener import Quiet, Stage
from redheart.training.run.figures import EpochFigures, StepFigures

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class TensorBoard(Quiet):
    """Every step's loss and rate, every epoch's validation figures by part."""

    def __init__(self, folder: Path) -> None:
        """Raises ConfigError without tensorboard."""
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ConfigError(
                "--tensorboard needs tensorboard, which is not installed: pip install 'redheart[train]'."
            ) from error
        self._open = partial(SummaryWriter, str(folder))
        self._writer: SummaryWriter | None = None

    def step(self, figures: StepFigures) -> None:
        """Loss, its parts, learning rate, gradient norm. What an earlier session wrote from here on is hidden."""
        if self._writer is None:
            self._writer = self._open(purge_step=figures.step)
        add, step = self._writer.add_scalar, figures.step
        add("train/loss", figures.loss, step)
        add("train/learning_rate", figures.lr, step)
        add("train/gradient_norm", figures.gradient_norm, step)
        for part, loss in figures.parts.items():
            add(f"train_parts/{part}", loss, step)

    def epoch(self, figures: EpochFigures) -> None:
        """Validation, at the step the epoch ended with."""
        if self._writer is None:
            return
        add, step = self._writer.add_scalar, figures.step
        add("validation/loss", figures.validation_loss, step)
        for part, found in figures.parts.items():
            add(f"validation_loss/{part}", found.loss, step)
            for name, value in found.metrics.items():
                add(f"validation/{part}/{name.replace(' ', '_')}", value, step)
        for name, norm in figures.gradient_norms.items():
            add(f"gradient_norm/{name}", norm, step)
        for name, ratio in figures.update_ratios.items():
            add(f"update_ratio/{name}", ratio, step)

    def done(self, stage: Stage) -> None:
        """Everything so far is on disk."""
        if self._writer is not None:
            self._writer.flush()
