"""Draws the curves while a run learns, seldom enough to cost it nothing that matters."""

from __future__ import annotations

import time
from collections.abc import Callable

from redheart.errors import InputError
from redheart.training.report.curves import draw_curves
from redheart.training.report.listener import Quiet, Stage
from redheart.training.run.figures import EpochFigures
from redheart.training.run.folder import RunFolder

#: The share of the time that drawing may take, and the seconds before the first picture.
SHARE, FIRST_S = 0.02, 30.0


class LiveCurves(Quiet):
    """Draws after an epoch while drawing takes no more than `SHARE` of the time; at the end of training in any case."""

    def __init__(
        self, folder: RunFolder, warn: Callable[[str], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._folder, self._warn, self._clock = folder, warn, clock
        self._rests_until = clock() + FIRST_S
        self._refused = False

    def epoch(self, figures: EpochFigures) -> None:
        """Its lines are in the files already."""
        if self._clock() >= self._rests_until:
            self._draw()

    def done(self, stage: Stage) -> None:
        """The whole curves."""
        if stage == "training":
            self._draw()

    def _draw(self) -> None:
        """A picture that cannot be written is no reason to stop learning: it is said once."""
        if self._refused:
            return
        begun = self._clock()
        try:
            draw_curves(self._folder)
        except InputError as error:
            self._refused = True
            self._warn(f"no more pictures while it learns: {error}")
        self._rests_until = self._clock() + (self._clock() - begun) / SHARE
