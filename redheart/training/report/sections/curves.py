"""How the run learned: pictures, and figures of the validation split."""

from __future__ import annotations

from redheart.training.report.markdown import NOTHING, loss, picture, score, section, table
from redheart.training.report.metric_name import spelled
from redheart.training.report.story import RunStory
from redheart.training.run.figures import EpochFigures
from redheart.training.run.metrics import main_metric
from redheart.training.sweep.schedule import rate_text

#: Picture -> what it shows; they lie in `plots/`.
CAPTIONS = {
    "loss": "Training loss of single steps and smoothed, validation loss of every epoch",
    "parts": "Validation loss and main metric by part, beside the best constant answer",
    "schedule": "Learning rate of every step",
    "updates": "Gradient norms and update ratios by module",
}


def curves_section(story: RunStory) -> str:
    """The pictures that were drawn."""
    drawn = {file.rpartition("/")[2].removesuffix(".png"): file for file in story.pictures}
    shown = [picture(caption, drawn[name]) for name, caption in CAPTIONS.items() if name in drawn]
    where = "`steps.csv` has every step, `epochs.jsonl` every epoch."
    return section("Curves", *shown, where) if story.epochs else ""


def epochs_section(story: RunStory) -> str:
    """Validation figures by epoch, then by part."""
    return section(
        "Validation",
        "On the validation split, without dropout, smoothing or penalties. The best epoch is in bold.",
        _by_epoch(story),
        _by_part(story),
    )


def _by_epoch(story: RunStory) -> str:
    best = story.best
    rows = [tuple(f"**{text}**" if one is best else text for text in _epoch_row(one)) for one in story.epochs]
    return table(("epoch", "step", "learning rate", "training loss", "validation loss"), rows, numbers=5)


def _epoch_row(one: EpochFigures) -> tuple[str, ...]:
    return str(one.epoch), f"{one.step:,}", rate_text(one.lr), loss(one.train_loss), loss(one.validation_loss)


def _by_part(story: RunStory) -> str:
    if not story.epochs:
        return ""
    parts = dict.fromkeys(part for one in story.epochs for part in one.parts)
    rows = [row for part in parts for row in _part_rows(story, part)]
    head = ("part", "first loss", "lowest", "at epoch", "last", "metric", "best", "at epoch", "constant")
    return table(head, rows, numbers=8)


def _part_rows(story: RunStory, part: str) -> list[tuple[str, ...]]:
    """A row for each main metric of the part, its losses in the first of them; one row where it has no metric."""
    seen = [one for one in story.epochs if part in one.parts]
    lowest = min(seen, key=lambda one: (one.parts[part].loss, one.epoch))
    losses = (
        loss(seen[0].parts[part].loss),
        loss(lowest.parts[part].loss),
        str(lowest.epoch),
        loss(seen[-1].parts[part].loss),
    )
    names = dict.fromkeys(name for one in seen for name in one.parts[part].metrics if is_main(name))
    metrics = [_metric(story, part, name) for name in names] or [(NOTHING,) * 4]
    return [
        (f"`{part}`" if place == 0 else "", *(losses if place == 0 else ("",) * 4), *metric)
        for place, metric in enumerate(metrics)
    ]


def _metric(story: RunStory, part: str, name: str) -> tuple[str, ...]:
    seen = [one for one in story.epochs if part in one.parts and name in one.parts[part].metrics]
    best = max(seen, key=lambda one: (one.parts[part].metrics[name], -one.epoch))
    value = best.parts[part].metrics[name]
    return spelled(name), score(value), str(best.epoch), score(story.baselines.get(name))


def is_main(name: str) -> bool:
    """True for the metric of a target by which epochs are compared: 'emotion macro_f1'."""
    return name == main_metric(name.partition(" ")[0])
