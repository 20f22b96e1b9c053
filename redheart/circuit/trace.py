"""The record of one step: values rounded to six digits and plain enough for JSON."""

from collections.abc import Mapping, Sequence

from redheart.types.decision import TraceStep

DIGITS = 6


def trace_step(
    number: int, name: str, inputs: Mapping[str, object], outputs: Mapping[str, object], reasons: Sequence[str]
) -> TraceStep:
    """One step of the trace; `inputs` and `outputs` may hold mappings, sequences, numbers, words and None."""
    return TraceStep(
        step=number,
        name=name,
        inputs={key: plain(value) for key, value in inputs.items()},
        outputs={key: plain(value) for key, value in outputs.items()},
        reasons=tuple(reasons),
    )


def plain(value: object) -> object:
    """JSON's own kinds. Raises TypeError for anything else."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0  # + 0.0: no negative zero
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, Sequence):
        return [plain(inner) for inner in value]
    raise TypeError(f"'{type(value).__name__}' has no place in a trace")
