"""A file of short labelled texts, and one run over it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from redheart.config.load import load_settings
from redheart.training.report.listener import Listener, Quiet
from redheart.training.report.story import Outcome
from redheart.training.run.asked import Asked
from redheart.training.run.figures import StepFigures
from redheart.training.run.folder import RunFolder
from redheart.training.run.main import train

WHO = ("My sister", "The boss", "A friend", "Nobody", "The neighbour", "My father", "The dog", "Our teacher")
WHAT = (
    ("thanked me.", "gratitude"),
    ("shouted at me.", "anger"),
    ("made me laugh.", "joy"),
    ("left without a word.", "sadness"),
    ("came at noon.", "neutral"),
)
WHEN = ("Yesterday.", "In the rain.", "After the exam.", "At home.")


def write_rows(path: Path) -> Path:
    """160 rows with GoEmotions labels, one file."""
    rows = [
        {"id": f"{i}-{j}-{k}", "text": f"{who} {what} {when}", "labels": [label], "lang": "en"}
        for i, who in enumerate(WHO)
        for j, (what, label) in enumerate(WHAT)
        for k, when in enumerate(WHEN)
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def run(data: Path, out: Path, *overrides: str, listener: Listener | None = None, **asked: bool) -> Outcome:
    """`redheart train` of the preset tiny, without pictures unless they are asked for."""
    given = ("train.preset=tiny", "train.epochs=3", "train.batch_size=32", *overrides)
    settings = load_settings("light", given)
    flags = {"plots": False, **asked}
    return train(Asked(settings.train, (data,), RunFolder(out), **flags), settings, listener or Quiet())


class Stops(Quiet):
    """Ends the run at a step, as Ctrl-C would."""

    def __init__(self, at: int, how: Callable[[], None]) -> None:
        self.at, self.how = at, how

    def step(self, figures: StepFigures) -> None:
        """Not before."""
        if figures.step == self.at:
            self.how()
