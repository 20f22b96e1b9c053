"""The door of the command line, and the only place that turns exceptions into exit codes."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

from redheart.errors import RedHeartError

if TYPE_CHECKING:
    from redheart.entrypoints.cli.context import Doors

DONE, OUR_FAULT, USER_MISTAKE, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str] | None = None, doors: Doors | None = None) -> int:
    """Run one command; returns its exit code. `doors` replaces the assembly, for tests."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(given, doors)
    except KeyboardInterrupt:
        _say("interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # The reader left; what is still buffered has nowhere to go, and must not raise again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OUR_FAULT
    except Exception as error:
        if "--debug" in given:
            traceback.print_exc()
        return _report(_innermost(error))


def _run(arguments: list[str], doors: Doors | None) -> int:
    import typer

    from redheart.entrypoints.cli.app import build_app
    from redheart.entrypoints.cli.context import Doors

    try:
        code = build_app()(args=arguments, prog_name="redheart", standalone_mode=False, obj=doors or Doors())
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        _say(error.format_message() + (f" See: {context.command_path} --help." if context else ""))
        return USER_MISTAKE
    if code == INTERRUPTED:
        raise KeyboardInterrupt
    return code if isinstance(code, int) else DONE


def _report(error: BaseException) -> int:
    """Say an error in one line; returns its exit code."""
    if isinstance(error, RedHeartError):
        _say(str(error))
        return error.exit_code
    _say(f"internal error: {type(error).__name__}: {error}. Run again with --debug for the traceback.")
    return OUR_FAULT


def _innermost(error: BaseException) -> BaseException:
    """The first error of nested groups: task groups wrap what their tasks raise."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return error


def _say(message: str) -> None:
    print("redheart:", " ".join(message.split()), file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
