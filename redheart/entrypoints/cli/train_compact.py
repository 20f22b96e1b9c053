"""One `redheart train --preset compact`: the shipped model, made stage by stage."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from redheart.entrypoints.cli.logs import configure_logging
from redheart.entrypoints.output import write_stdout
from redheart.entrypoints.train_compact import CompactRequest, compact_request

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.progress import Progress, TaskID

    from redheart.entrypoints.train_request import TrainFlags
    from redheart.training.finetune.recipe import CompactRecipe

_PLAIN_EVERY = 100  # steps between two lines where there is no terminal


def run(flags: TrainFlags) -> None:
    """Refuse what can be refused, learn, publish. Ctrl-C ends after the step under way; --resume goes on."""
    configure_logging(flags.debug)
    asked = compact_request(flags)
    from redheart.training.finetune.recipe import load_recipe

    recipe = load_recipe(asked.recipe)
    _make(asked, recipe)


def _make(asked: CompactRequest, recipe: CompactRecipe) -> None:
    from rich.console import Console

    from redheart.config.bundled import bundled_folder
    from redheart.nn.checkpoint import read_config
    from redheart.training.finetune.run import Making, Stopped, make, make_outside
    from redheart.training.loaded import loaded_model

    errors = Console(stderr=True)
    with _interrupts() as stopped, _bar(errors) as bar:
        tell = _Told(bar, recipe)
        start = bundled_folder("models") / "compact"
        making = Making(recipe, start, asked.out / "cache", asked.out, tell, lambda: bool(stopped))
        try:
            made = [make(making)]
            if asked.research_heads:
                made.append(make_outside(making, loaded_model(made[0], read_config(made[0]))))
        except Stopped:
            errors.print(f"Stopped; every step is kept in '{asked.out}'. Go on with the same command and --resume.")
            raise KeyboardInterrupt from None
    _say(made, asked.as_json)


def _say(made: Sequence[Path], as_json: bool) -> None:
    if as_json:
        write_stdout(json.dumps(dict(zip(("checkpoint", "research"), map(str, made), strict=False))))
        return
    for folder in made:
        write_stdout(f"The checkpoint lies in '{folder}'. Judge it: redheart evaluate --checkpoint '{folder}' ...")


class _Told:
    """A bar a stage, with the losses of its heads; plain lines where there is no terminal."""

    def __init__(self, bar: Progress, recipe: CompactRecipe) -> None:
        self._bar, self._recipe = bar, recipe
        self._rows: dict[str, TaskID] = {}

    def __call__(self, stage: str, step: int, losses: dict[str, float]) -> None:
        steps = self._recipe.steps_of(stage)
        said = "  ".join(f"{head} {loss:.3f}" for head, loss in sorted(losses.items()))
        if not self._bar.console.is_terminal:
            if step % _PLAIN_EVERY == 0 or step == steps:
                self._bar.console.print(f"{stage}: step {step:,} of {steps:,}  {said}", soft_wrap=True, highlight=False)
            return
        if stage not in self._rows:
            self._rows[stage] = self._bar.add_task(stage, total=steps, losses="")
        self._bar.update(self._rows[stage], completed=step, losses=said)


def _bar(errors: Console) -> Progress:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[losses]}", markup=False),
        console=errors,
    )


@contextmanager
def _interrupts() -> Iterator[list[int]]:
    """Collects Ctrl-C, so that a step is never cut in two; the second one ends at once."""
    asked: list[int] = []

    def heard(number: int, _: FrameType | None) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = signal.signal(signal.SIGINT, heard)
    try:
        yield asked
    finally:
        signal.signal(signal.SIGINT, before)
