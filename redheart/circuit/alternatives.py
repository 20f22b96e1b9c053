"""Step 2: the counterfactual options, each joined with its reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from redheart.circuit.trace import trace_step
from redheart.errors import PhaseError
from redheart.types.decision import TraceStep
from redheart.types.messages import Readings
from redheart.types.readings import OptionReading, OptionReadings
from redheart.types.situation import Option, Situation


@dataclass(frozen=True, slots=True)
class Alternative:
    """One thing that can be done, as the model read it together with the text."""

    option: Option
    reading: OptionReading

    @property
    def is_template(self) -> bool:
        """True if nobody named it: a stated default, whose comparison is not calibrated."""
        return self.option.origin == "template"


def alternatives_of(situation: Situation, readings: Readings) -> tuple[Alternative, ...]:
    """Options in their order. Raises PhaseError if the readings are not those of the situation's options."""
    read = readings.get(OptionReadings)
    pairs = () if read is None else read.options
    named = [option.index for option in situation.options]
    weighed = [reading.option for reading in pairs]
    if weighed != named:
        raise PhaseError(f"options '{named}' were found, but '{weighed}' were read. Run the phases in order.")
    return tuple(Alternative(option, reading) for option, reading in zip(situation.options, pairs, strict=True))


def alternatives_step(alternatives: Sequence[Alternative]) -> TraceStep:
    """The trace of step 2."""
    options = [{"text": each.option.text, "origin": each.option.origin} for each in alternatives]
    templates = sum(each.is_template for each in alternatives)
    reasons = [f"{len(alternatives) - templates} option(s) named, {templates} stated template(s)"]
    if templates:
        reasons.append("templates stand for options that nobody named; no confidence is given for them")
    return trace_step(2, "counterfactual options", {"found": len(alternatives)}, {"options": options}, reasons)
