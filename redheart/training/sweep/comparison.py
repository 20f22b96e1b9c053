"""The staged sweep beside a learning-rate range test, both with the steps that their answers cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from redheart.training.sweep.repeated import Difference, Repeated, difference
from redheart.training.sweep.schedule import rate_text
from redheart.types.base import Frozen

MethodName = Literal["stage 0", "range test, steepest fall", "range test, minimum / 10", "whole sweep"]


class Method(Frozen):
    """One way to a learning rate. All are judged by trials on the same further seeds; judging costs them no steps."""

    name: MethodName
    steps: int  # optimizer steps until its answer was there
    reached: Repeated | None  # null where it gives no answer
    refusal: str | None  # why not
    behind_sweep: Difference | None  # its loss less that of the whole sweep; null also where one of them diverged


class Comparison(Frozen):
    """Stage 0 spends as many steps as the range test: those two are compared at equal steps."""

    methods: tuple[Method, ...]
    findings: tuple[str, ...]  # one sentence a method


class Answer(Frozen):
    """What a method said, before it is judged."""

    name: MethodName
    steps: int
    lr: float | None
    refusal: str | None = None


def compare(answers: Sequence[tuple[Answer, Repeated | None]], winner: Repeated) -> Comparison:
    """Set every answer beside the winner of the whole sweep."""
    methods = tuple(_method(answer, reached, winner) for answer, reached in answers)
    return Comparison(methods=methods, findings=tuple(_in_words(method) for method in methods))


def _method(answer: Answer, reached: Repeated | None, winner: Repeated) -> Method:
    return Method(
        name=answer.name,
        steps=answer.steps,
        reached=reached,
        refusal=answer.refusal,
        behind_sweep=None if reached is None else difference(reached, winner),
    )


def _in_words(method: Method) -> str:
    spent = f"{method.name} ({method.steps:,} steps)"
    if method.reached is None:
        return f"{spent}: no answer, {method.refusal}"
    if method.reached.mean is None:
        return f"{spent}: {rate_text(method.reached.lr)}, which diverges"
    spread = method.reached.standard_deviation
    around = f" ± {spread:.2g}" if spread is not None else ""
    return f"{spent}: {rate_text(method.reached.lr)} reaches {method.reached.mean:.4g}{around}{_verdict(method)}"


def _verdict(method: Method) -> str:
    behind = method.behind_sweep
    if method.name == "whole sweep" or behind is None:
        return ""
    if behind.mean == 0 and behind.half_width in (0, None):
        return ", the sweep's own rate"
    if not behind.told_apart:
        return ", not distinguishable from the sweep's"
    return f", {abs(behind.mean):.2g} {'worse' if behind.mean > 0 else 'better'} than the sweep's"
