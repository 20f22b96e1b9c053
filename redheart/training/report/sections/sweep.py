"""How the learning rate was found."""

from __future__ import annotations

from redheart.training.report.markdown import NOTHING, bullets, loss, picture, section, table, tiny
from redheart.training.report.story import RunStory
from redheart.training.sweep.result import SweepResult
from redheart.training.sweep.schedule import rate_text


def sweep_section(story: RunStory) -> str:
    """The winner with its spread, what cannot be told from it, the range test, the pictures; empty without a sweep."""
    sweep = story.sweep
    if sweep is None:
        return ""
    pictures = [file for file in story.pictures if "lr_sweep" in file]
    overview = [file for file in pictures if "stage" not in file]
    stages = [file for file in pictures if "stage" in file]
    return section(
        "Learning rate",
        _words(sweep),
        *(picture("All stages of the sweep", file) for file in overview),
        _stages(sweep),
        _leaders(sweep),
        "Beside a learning-rate range test (Smith, 2017):",
        bullets(sweep.comparison.findings),
        bullets(sweep.warnings),
        " ".join(f"[{file.removesuffix('.png').rpartition('_')[2]}]({file})" for file in stages),
    )


def _words(sweep: SweepResult) -> str:
    # Two rates may lie so close that three digits are the same.
    alike = ", ".join(dict.fromkeys(rate_text(rate) for rate in sweep.tie_break.indistinguishable))
    finding = sweep.finding[:1].upper() + sweep.finding[1:]
    return (
        f"**{rate_text(sweep.optimal_lr)}**. {finding}; ± is the standard deviation of one trial over its "
        f"seeds. Cannot be told from the best: {alike}. {sweep.strategy}."
    )


def _stages(sweep: SweepResult) -> str:
    rows = [
        (
            str(stage.stage),
            f"{rate_text(stage.interval.low)} to {rate_text(stage.interval.high)}",
            ", ".join(f"{rate_text(point.lr)}: {loss(point.val_loss)}" for point in stage.points),
            f"{rate_text(stage.global_best.lr)}: {loss(stage.global_best.val_loss)}",
        )
        for stage in sweep.stages
    ]
    return table(("stage", "interval", "rates: validation loss", "best so far"), rows)


def _leaders(sweep: SweepResult) -> str:
    rows = [
        (
            rate_text(leader.lr),
            str(len(leader.seeds)),
            loss(leader.mean),
            tiny(leader.standard_deviation),
            NOTHING if leader.lowest is None else f"{loss(leader.lowest)} to {loss(leader.highest)}",
        )
        for leader in sweep.tie_break.leaders
    ]
    return table(("run again", "seeds", "mean loss", "deviation", "range"), rows, numbers=5)
