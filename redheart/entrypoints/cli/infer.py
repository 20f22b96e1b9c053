"""`redheart infer`: answer one text, or every line of a batch."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, cast

import typer
from typer import Option

from redheart.config.refusals import did_you_mean
from redheart.entrypoints.cli.context import Doors
from redheart.entrypoints.cli.flags import InferFlags
from redheart.entrypoints.source import is_batch
from redheart.errors import ConfigError, InputError

LANGUAGES = ("auto", "ko", "en")

FILE_HELP = (
    "A file: .jsonl or .ndjson is a batch, one JSON object a line with `text` and, if wanted, `language` and `options` "
    "(other keys are passed over, blank lines too, but they count); any other file is one text."
)
OUT_HELP = (
    "Write there instead: a name in .json gets JSON, any other the report. A batch writes JSON Lines, and goes on "
    "where an earlier run of the same batch stopped: lines that failed by no fault of the input are answered again."
)
MONITOR_HELP = (
    "Show on stderr what memory does, live on a terminal; store a timeline, the newest 20 are kept. "
    "See: redheart memory --help."
)
SURD_PLOT_HELP = (
    "Draw what drives the text there, sentence by sentence: a name in .svg, .png or .pdf; one text only. Needs "
    "matplotlib: pip install 'redheart\\[plot]'."
)


def infer(
    context: typer.Context,
    text: Annotated[str | None, Option(help="The situation, in Korean or English.")] = None,
    file: Annotated[Path | None, Option(help=FILE_HELP)] = None,
    stdin: Annotated[bool, Option("--stdin", help="Read one text from standard input.")] = False,
    memory_mode: Annotated[str | None, Option(help="auto, light, medium, heavy or ultra.", show_default="auto")] = None,
    llm: Annotated[str | None, Option(help="none, scripted, local, or a provider.", show_default="none")] = None,
    language: Annotated[str, Option(help="auto, ko or en.")] = "auto",
    options: Annotated[list[str] | None, Option("--option", help="Something that can be done; repeatable.")] = None,
    as_json: Annotated[bool, Option("--json", help="Print one JSON object instead of a report.")] = False,
    out: Annotated[Path | None, Option(help=OUT_HELP)] = None,
    no_experience: Annotated[bool, Option("--no-experience", help="Neither recall nor record cases.")] = False,
    monitor_memory: Annotated[bool, Option("--monitor-memory", help=MONITOR_HELP)] = False,
    memory_timeline: Annotated[Path | None, Option(help="Monitor memory, and store the timeline there.")] = None,
    surd_plot: Annotated[Path | None, Option(help=SURD_PLOT_HELP)] = None,
    debug: Annotated[bool, Option("--debug", help="Log everything; show tracebacks.")] = False,
    config: Annotated[Path | None, Option(help="A YAML file of settings.")] = None,
    overrides: Annotated[list[str] | None, Option("--set", help="A setting: surd.max_units=6; repeatable.")] = None,
    allow_degraded: Annotated[list[str] | None, Option(help="A part that may be left out: llm.")] = None,
    device: Annotated[str | None, Option(help="auto, cpu or cuda.", show_default="auto")] = None,
) -> None:
    """Say what is felt, what it is worth, what may be regretted and what drives what.

    Give exactly one of --text, --file, --stdin. Standard output carries the result alone.
    """
    flags = InferFlags(
        text=text,
        file=file,
        stdin=stdin,
        memory_mode=memory_mode,
        llm=llm,
        language=_language(language),
        options=tuple(options or ()),
        as_json=as_json,
        out=out,
        no_experience=no_experience,
        monitor_memory=monitor_memory,
        memory_timeline=memory_timeline,
        surd_plot=surd_plot,
        debug=debug,
        config=config,
        overrides=tuple(overrides or ()),
        allow_degraded=tuple(allow_degraded or ()),
        device=device,
    )
    _refuse_other_than_one_source(flags)
    _run(flags, cast(Doors, context.obj))


def _run(flags: InferFlags, doors: Doors) -> None:
    if flags.file is not None and is_batch(flags.file):
        from redheart.entrypoints.cli import batch_run

        raise typer.Exit(2 if batch_run.run(flags, doors) else 0)
    from redheart.entrypoints.cli import single_run

    single_run.run(flags, doors)


def _language(name: str) -> Literal["auto", "ko", "en"]:
    if name not in LANGUAGES:
        raise ConfigError(f"unknown language '{name}'.{did_you_mean(name, LANGUAGES)}")
    return cast(Literal["auto", "ko", "en"], name)


def _refuse_other_than_one_source(flags: InferFlags) -> None:
    there = {"--text": flags.text is not None, "--file": flags.file is not None, "--stdin": flags.stdin}
    given = [name for name, is_given in there.items() if is_given]
    if len(given) != 1:
        said = f"'{' '.join(given)}' were given together" if given else "no text was given"
        raise InputError(f"{said}. Give exactly one of --text, --file, --stdin.")
