"""Which of a checkpoint's outputs answer a part of a task."""

from __future__ import annotations

from redheart.config.refusals import did_you_mean
from redheart.errors import CheckpointError, ConfigError
from redheart.training.evaluation.kinds import JUDGES, Judge, Reading
from redheart.training.evaluation.reads import Checkpoint
from redheart.training.evaluation.task import AnyPart, OutputsPart, Task


def judges_of(task: Task, checkpoint: Checkpoint) -> tuple[Judge, ...]:
    """A judge a part. Raises CheckpointError naming a head that is not there, ConfigError for an unknown output."""
    return tuple(JUDGES[part.kind](part, reading_of(part, checkpoint)) for part in task.parts)


def reading_of(part: AnyPart, checkpoint: Checkpoint) -> Reading:
    """(1) The task's own head, where the checkpoint has it. (2) The one that is used zero-shot. (3) Else refuse."""
    if part.head is not None and part.head in checkpoint.heads:  # (1)
        return _columns(part, part.head, checkpoint)
    other = part.zero_shot
    if other is not None and other.head in checkpoint.heads:  # (2)
        names = checkpoint.heads[other.head]
        outputs = _one(other.output, names, other.head)
        return Reading(other.head, outputs, _places(outputs, names), other.centred, other.why)
    wanted = " or ".join(f"'{head}'" for head in (part.head, other.head if other else None) if head)
    raise CheckpointError(  # (3)
        f"checkpoint '{checkpoint.folder}' has no head {wanted}, which part '{part.name}' of the task reads. It has: "
        f"{', '.join(checkpoint.heads)}. Give another one by --checkpoint."
    )


def _columns(part: AnyPart, head: str, checkpoint: Checkpoint) -> Reading:
    names = checkpoint.heads[head]
    if isinstance(part, OutputsPart):
        begin = tuple(name for name in names if name.startswith(part.output_prefix))
        outputs = part.outputs or begin
        if not outputs:
            raise ConfigError(
                f"part '{part.name}': no output of head '{head}' begins with '{part.output_prefix}'. It has: "
                f"{', '.join(names)}."
            )
    else:
        outputs = _one(part.output, names, head)
    return Reading(head, outputs, _places(outputs, names))


def _one(asked: str | None, names: tuple[str, ...], head: str) -> tuple[str, ...]:
    if asked is None and len(names) > 1:
        raise ConfigError(f"head '{head}' has '{len(names)}' outputs. Name one as `output`: {', '.join(names)}.")
    return (asked or names[0],)


def _places(outputs: tuple[str, ...], names: tuple[str, ...]) -> tuple[int, ...]:
    for output in outputs:
        if output not in names:
            raise ConfigError(f"output '{output}' is none of the head's.{did_you_mean(output, names)}")
    return tuple(names.index(output) for output in outputs)
