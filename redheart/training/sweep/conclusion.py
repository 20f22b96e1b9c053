"""From the stages to the result: tie-break, range test, comparison."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from redheart.training.run.folder import STAGES
from redheart.training.sweep.comparison import Answer, Comparison, compare
from redheart.training.sweep.cost import cost_of
from redheart.training.sweep.ledger import Place, RangeCurve
from redheart.training.sweep.range_reading import RangeReading, read_range
from redheart.training.sweep.repeated import Repeated
from redheart.training.sweep.result import SweepResult
from redheart.training.sweep.runner import Runner
from redheart.training.sweep.schedule import BEYOND, POINTS, best, rate_text, tidy
from redheart.training.sweep.search import Search
from redheart.training.sweep.tie_break import TieBreak, break_tie, leading

STRATEGY: Final = f"{STAGES} stages of {POINTS} rates, each between the neighbours of the best of all stages before"


def conclude(search: Search, runner: Runner) -> SweepResult:
    """Run the leaders again, run a range test, judge its suggestions. Raises ConfigError if no leader is steady."""
    tie_break = _tie_break(search, runner)
    curve = _range_test(search, runner)
    reading = read_range(curve.curve)
    comparison = _comparison(search, runner, tie_break, _range_answers(curve, reading))
    chosen, held = tie_break.chosen, runner.ledger.held
    assert chosen.mean is not None  # a rate that diverged is never chosen
    return SweepResult(
        strategy=STRATEGY,
        sweep=search.sweep,
        conditions=held.conditions,
        optimal_lr=chosen.lr,
        validation_loss=chosen.mean,
        metric=chosen.metric,
        finding=_finding(search, tie_break),
        warnings=tuple(_warnings(search, tie_break)),
        points_tested=len(search.tried),
        cost=cost_of(held, search.sweep),
        stages=tuple(search.stages),
        tie_break=tie_break,
        range_test=curve,
        range_reading=reading,
        comparison=comparison,
        earlier=search.earlier_bests,
    )


def _tie_break(search: Search, runner: Runner) -> TieBreak:
    tried = [*search.earlier, *search.tried]
    leaders = leading(tried, search.settings.leaders)
    place = Place(sweep=search.sweep, purpose="tie-break")
    return break_tie([runner.again(lr, search.settings.repeats, place) for lr in leaders], tried)


def _range_test(search: Search, runner: Runner) -> RangeCurve:
    """As many steps as the first stage, over all rates that the search may reach."""
    lowest, highest = tidy(search.settings.lowest / BEYOND), tidy(search.settings.highest * BEYOND)
    return runner.range_test(lowest, highest, POINTS * runner.trials.steps)


def _range_answers(curve: RangeCurve, reading: RangeReading) -> tuple[Answer, ...]:
    steps = len(curve.curve)
    steepest = None if reading.steepest is None else tidy(reading.steepest)
    tenth = None if reading.tenth_of_minimum is None else tidy(reading.tenth_of_minimum)
    return (
        Answer(name="range test, steepest fall", steps=steps, lr=steepest, refusal=reading.refusal),
        Answer(name="range test, minimum / 10", steps=steps, lr=tenth, refusal=reading.refusal),
    )


def _comparison(search: Search, runner: Runner, tie_break: TieBreak, ranged: tuple[Answer, ...]) -> Comparison:
    cost = cost_of(runner.ledger.held, search.sweep)
    first = search.stages[0].points
    steps = sum(runner.ledger.held.rates[repr(point.lr)].steps for point in first)
    answers = (
        Answer(name="stage 0", steps=steps, lr=best(point.scored for point in first).lr),
        *ranged,
        Answer(name="whole sweep", steps=cost.search + cost.tie_break, lr=tie_break.chosen.lr),
    )
    return compare([(answer, _judged(answer, search, runner)) for answer in answers], tie_break.chosen)


def _judged(answer: Answer, search: Search, runner: Runner) -> Repeated | None:
    if answer.lr is None:
        return None
    return runner.again(answer.lr, search.settings.repeats, Place(sweep=search.sweep, purpose="judging"))


def _finding(search: Search, tie_break: TieBreak) -> str:
    chosen, alike = tie_break.chosen, tie_break.indistinguishable
    spread = "" if chosen.standard_deviation is None else f" ± {chosen.standard_deviation:.2g}"
    found = f"learning rate {rate_text(chosen.lr)}: validation loss {chosen.mean:.4g}{spread}; {tie_break.finding}"
    if len(alike) == 1:
        return found
    tried = len(search.earlier) + len(search.tried)
    span = f"{rate_text(alike[0])} to {rate_text(alike[-1])}"
    return f"{found}. {len(alike)} of {tried} rates, {span}, cannot be told from it"


def _warnings(search: Search, tie_break: TieBreak) -> Iterator[str]:
    rates = sorted(point.lr for point in search.tried)
    if tie_break.chosen.lr == rates[0]:
        yield "the best rate is the lowest of all tried. Lower train.sweep.lowest and sweep again."
    if tie_break.chosen.lr == rates[-1]:
        yield "the best rate is the highest of all tried. Raise train.sweep.highest and sweep again."
    if search.settings.repeats == 1:
        yield "one further seed shows no spread. Raise train.sweep.repeats to 2 or more."
