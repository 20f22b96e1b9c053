"""The command `redheart` and its table of contents."""

from typing import Annotated

import typer

from redheart.entrypoints.cli.bench import bench
from redheart.entrypoints.cli.data import data
from redheart.entrypoints.cli.doctor import doctor
from redheart.entrypoints.cli.evaluate import evaluate
from redheart.entrypoints.cli.infer import infer
from redheart.entrypoints.cli.memory import memory
from redheart.entrypoints.cli.models import models
from redheart.entrypoints.cli.schema import schema
from redheart.entrypoints.cli.surd import surd
from redheart.entrypoints.cli.train import train
from redheart.entrypoints.output import write_stdout
from redheart.errors import InputError
from redheart.version import __version__

COMMANDS = ("infer", "doctor", "models", "data", "train", "evaluate", "memory", "surd", "bench", "schema")


def build_app() -> typer.Typer:
    """The command line as typer knows it."""
    app = typer.Typer(
        name="redheart", add_completion=False, pretty_exceptions_enable=False, invoke_without_command=True
    )
    app.callback()(root)
    app.command()(infer)
    app.command()(doctor)
    app.add_typer(models, name="models")
    app.add_typer(data, name="data")
    app.command()(train)
    app.command()(evaluate)
    app.add_typer(memory, name="memory")
    app.command()(surd)
    app.add_typer(bench, name="bench")
    app.command()(schema)
    return app


def root(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False,
) -> None:
    """Emotion, Bentham's calculus, regret and causes of a situation told in Korean or English.

    Exit codes: 0 done, 1 our fault, 2 a mistake the caller can mend, 130 Ctrl-C.
    """
    if version:
        write_stdout(f"redheart {__version__}\n")
        raise typer.Exit(0)
    if context.invoked_subcommand is None:
        raise InputError(f"no command was given. Choose one of: {', '.join(COMMANDS)}. See: redheart --help.")
