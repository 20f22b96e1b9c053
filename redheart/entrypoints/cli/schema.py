"""`redheart schema`: the JSON Schema of a result, or of the settings."""

import json
from typing import Annotated

import typer

from redheart.entrypoints.output import write_stdout


def schema(
    settings: Annotated[bool, typer.Option("--settings", help="The schema of the settings instead.")] = False,
) -> None:
    """Print the JSON Schema of what `infer --json` prints."""
    write_stdout(json.dumps(_settings_schema() if settings else _result_schema(), ensure_ascii=False, indent=2) + "\n")


def _result_schema() -> dict[str, object]:
    from redheart.types.result import result_schema

    return result_schema()


def _settings_schema() -> dict[str, object]:
    from redheart.config.schema import Settings

    return Settings.model_json_schema()
