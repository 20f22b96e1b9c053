"""`redheart train --lr-sweep`: the search of a learning rate, with its files."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import JsonValue

from redheart.config.train import SweepSection
from redheart.training.run.folder import STAGES, RunFolder
from redheart.training.sweep.conclusion import conclude
from redheart.training.sweep.drawing import refuse_no_matplotlib
from redheart.training.sweep.ledger import Ledger
from redheart.training.sweep.optimal import Optimal
from redheart.training.sweep.overview_picture import draw_overview
from redheart.training.sweep.result import StageResult, SweepResult
from redheart.training.sweep.runner import Runner, TrialDone
from redheart.training.sweep.schedule import POINTS, first_interval, rate_text
from redheart.training.sweep.search import Search, earlier_rates, run_search
from redheart.training.sweep.stage_picture import draw_stage
from redheart.training.sweep.trial import Trials
from redheart.training.whole_file import write_record, write_whole


def run_sweep(
    trials: Trials,
    settings: SweepSection,
    folder: RunFolder,
    conditions: Mapping[str, JsonValue],
    say: Callable[[str], None],
    on_trial: Callable[[TrialDone], None] | None = None,
    pictures: bool = True,
) -> SweepResult:
    """Search a learning rate and write the sweep's files; a sweep that was cut off goes on where it was.

    `conditions` are what a loss depends on beyond the rate (data, preset, seed); the steps of a trial join them.
    Raises ConfigError without matplotlib where pictures are wanted, for a folder with trials under other
    conditions, or where all rates diverge; InputError for a damaged file or a disk that refuses.
    """
    if pictures:
        refuse_no_matplotlib()
    ledger = Ledger(folder.cumulative, {**conditions, "steps": trials.steps})
    search = _begin(ledger, settings, say)
    runner = Runner(trials, ledger, say, on_trial)

    def after_stage(stage: StageResult) -> None:
        write_record(folder.stage_file(stage.stage, "json"), stage)
        if pictures:
            drawn = draw_stage(search.stages, search.earlier_bests)
            write_whole(folder.stage_file(stage.stage, "png"), drawn)
        say(_in_words(stage))

    run_search(search, runner, after_stage)
    result = conclude(search, runner)
    _write(result, folder, pictures)
    ledger.finish()
    for line in (result.finding, *result.comparison.findings, *result.warnings):
        say(line)
    return result


def _begin(ledger: Ledger, settings: SweepSection, say: Callable[[str], None]) -> Search:
    asked = first_interval(settings.lowest, settings.highest)  # refused before anything is written
    sweep = ledger.begin(asked.low, asked.high)
    earlier = earlier_rates(ledger, sweep)
    on_file = len(ledger.searched()) - len(earlier)
    if on_file:
        say(f"sweep {sweep} goes on: {on_file} of {STAGES * POINTS} rates are on file")
    elif earlier:
        say(f"sweep {sweep} keeps off the {len(earlier)} rates that were tried here before")
    return Search(sweep, settings, earlier)


def _write(result: SweepResult, folder: RunFolder, pictures: bool) -> None:
    """Stages are drawn once more, as their leaders have a spread now. Where the report is, all else is."""
    if pictures:
        for stage in range(STAGES):
            drawn = draw_stage(result.stages[: stage + 1], result.earlier, result.tie_break.leaders)
            write_whole(folder.stage_file(stage, "png"), drawn)
        write_whole(folder.sweep_picture, draw_overview(result))
    write_record(folder.optimal, Optimal.of(result.tie_break))
    write_record(folder.sweep_report, result)


def _in_words(stage: StageResult) -> str:
    best, following = stage.global_best, stage.next_interval
    found = f"stage {stage.stage}: best of all so far {best.val_loss:.4g} at {rate_text(best.lr)}"
    if following is None:
        return found
    return f"{found}; next {rate_text(following.low)} to {rate_text(following.high)}, {following.why}"
