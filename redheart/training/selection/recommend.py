"""The end of a run: sweet spots, crossover, their files."""

from __future__ import annotations

import os
from collections.abc import Sequence

from redheart.training.run.figures import EpochFigures
from redheart.training.run.folder import RunFolder
from redheart.training.selection.checkpoints import Checkpoints
from redheart.training.selection.crossover import Crossover, Epochs, cross_over
from redheart.training.selection.judge import Judge
from redheart.training.selection.pruning import dropped_epochs, epoch_files
from redheart.training.selection.sweet_spot import SweetSpots, find_sweet_spots
from redheart.training.selection.sweet_spot_plot import draw
from redheart.training.selection.sweet_spot_report import markdown
from redheart.training.whole_file import write_record, write_whole

PICTURE = "sweet_spots.png"


def write_sweet_spots(folder: RunFolder, figures: Sequence[EpochFigures], plots: bool) -> SweetSpots:
    """`sweet_spots.json`, `sweet_spots.md`, and their picture. Raises InputError if no epoch has a checkpoint."""
    spots = find_sweet_spots(figures, epoch_files(folder), dropped_epochs(folder))
    picture = folder.plots / PICTURE
    if plots:
        draw(spots, figures, picture)
    where = os.path.relpath(picture, folder.path) if plots else None
    write_record(folder.sweet_spots, spots)
    write_whole(folder.sweet_spot_report, markdown(spots, figures, where).encode())
    return spots


def write_crossover(folder: RunFolder, epochs: Epochs, judge: Judge, store: Checkpoints, seed: int) -> Crossover:
    """`crossover_final.safetensors`, then `crossover.json`. Raises what `cross_over` raises."""
    found = cross_over(epochs, judge, store, folder.crossover, seed)
    write_record(folder.crossover_report, found)
    return found
