"""A task's name or file -> the task, each refusal naming the key, the value, the mend."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from redheart.config.bundled import bundled_folder
from redheart.config.refusals import did_you_mean
from redheart.errors import ConfigError
from redheart.training.evaluation.task import (
    BinaryPart,
    ChoicePart,
    ClassPart,
    Fields,
    Group,
    LabelsPart,
    PairPart,
    Prior,
    ScoresPart,
    Task,
    ZeroShot,
)

_KINDS: dict[str, type[BaseModel]] = {
    "labels": LabelsPart, "class": ClassPart, "binary": BinaryPart, "pair": PairPart, "choice": ChoicePart,
    "scores": ScoresPart,
}  # fmt: skip
_NESTED: dict[str, type[BaseModel]] = {"fields": Fields, "zero_shot": ZeroShot, "group": Group, "prior": Prior}
_ENDINGS = (".yaml", ".yml")


def task_names() -> tuple[str, ...]:
    """The built-in tasks: one YAML each in configs/tasks."""
    return tuple(sorted(path.stem for path in (bundled_folder("configs") / "tasks").glob("*.yaml")))


def load_task(given: str) -> tuple[str, Task]:
    """(name, task) of a built-in task's name, or of a YAML's path, whose name is that of the file.

    Raises ConfigError for an unknown name, a file that cannot be read, or what does not fit the schema.
    """
    if given.endswith(_ENDINGS) or "/" in given:
        path = Path(given)
        return path.stem, _read(path)
    if given not in task_names():
        raise ConfigError(
            f"--task '{given}' is unknown.{did_you_mean(given, task_names())} Or name a YAML of your own."
        )
    return given, _read(bundled_folder("configs") / "tasks" / f"{given}.yaml")


def _read(path: Path) -> Task:
    values = _yaml(path)
    try:
        return Task.model_validate(values)
    except ValidationError as error:
        refused = " ".join(_refusal(item) for item in _first_causes(error.errors(include_url=False)))
        raise ConfigError(f"task file '{path}': {refused}") from error


def _yaml(path: Path) -> dict[str, Any]:
    import yaml

    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigError(f"task file '{path}' cannot be read ({error.strerror}). Check the path.") from error
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigError(
            f"task file '{path}' is not YAML: {' '.join(str(error).split())}. Mend that place."
        ) from error
    if not isinstance(values, dict):
        raise ConfigError(
            f"task file '{path}' holds a {type(values).__name__}, not keys. Write `parts:` with one part."
        )
    return values


def _first_causes(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without what is said of a list for the one reason that its items were refused."""
    inside = {error["loc"][:depth] for error in errors for depth in range(len(error["loc"]))}
    return [error for error in errors if error["type"] != "too_short" or error["loc"] not in inside]


def _refusal(error: ErrorDetails) -> str:
    """One sentence a fault."""
    keys = [str(key) for key in error["loc"]]
    shown = ".".join(key for key in keys if key not in _KINDS) or "the whole"
    context = error.get("ctx", {})
    match error["type"]:
        case "extra_forbidden":
            return f"'{shown}' is unknown.{did_you_mean(keys[-1], _known(keys[:-1]))}"
        case "missing":
            return f"'{shown}' is missing. Add it."
        case "union_tag_invalid" | "union_tag_not_found":
            given = context.get("tag", "")
            return f"'{shown}.kind' is '{given}'.{did_you_mean(str(given), _KINDS)}"
        case "literal_error":
            return f"'{shown}' is '{error['input']}'. Choose {context['expected']}."
    return f"'{shown}': {error['msg']} (got '{str(error['input'])[:60]}')."


def _known(keys: list[str]) -> Iterable[str]:
    """The keys that could stand there."""
    model: type[BaseModel] = Task
    for key in keys:
        model = _KINDS.get(key) or _NESTED.get(key) or model
    return model.model_fields
