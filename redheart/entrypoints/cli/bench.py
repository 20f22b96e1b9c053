"""`redheart bench`: how fast this machine is, beside those who do the same."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Option

from redheart.entrypoints.output import refuse_unwritable, standard_output, write_stdout, write_whole
from redheart.errors import ConfigError

if TYPE_CHECKING:
    from rich.console import RenderableType

PAPER = 140  # characters of a line where no terminal sets the width

bench = typer.Typer(help="Measure this machine.")


@bench.callback()
def group() -> None:
    """Measure this machine."""


@bench.command("memory")
def memory(
    sim: Annotated[bool, Option("--sim", help="Bytes moved on a simulated device; time of a decision.")] = False,
    host: Annotated[bool, Option("--host", help="RAM and disk of this machine; what the manager costs.")] = False,
    cuda: Annotated[bool, Option("--cuda", help="A CUDA device, held to --cap-gb.")] = False,
    as_json: Annotated[bool, Option("--json", help="Print one JSON object instead of tables.")] = False,
    out: Annotated[Path | None, Option(help="Write the JSON there as well.")] = None,
    plot: Annotated[Path | None, Option(help="Draw a picture there, a PNG. Needs matplotlib.")] = None,
    gb: Annotated[float, Option(help="Weights to move on the host tiers, GB.")] = 1.0,
    cap_gb: Annotated[float, Option(help="What the process may allocate on the CUDA device, GB.")] = 8.0,
    rounds: Annotated[int, Option(help="Interleaved rounds of the host tiers, after one to warm up.")] = 5,
    cycles: Annotated[int, Option(help="Cycles of the plan, after two to warm up.")] = 10,
    decisions: Annotated[int, Option(help="Decisions timed for each number of modules.")] = 2000,
) -> None:
    """Compare the memory manager with its peers, and with what the machine can do at best.

    Without --sim, --host or --cuda: --sim and --host. Ctrl-C prints what is done by then, and draws nothing.
    """
    run = benchmark("memory")
    for option, file in (("--out", out), ("--plot", plot)):
        if file is not None:
            refuse_unwritable(file, None, option)
    wanted = run.Wanted(_parts(sim, host, cuda), gb, cap_gb, rounds, cycles, decisions)
    if plot is not None:
        _refuse_no_picture(plot, wanted.parts)
    report = run.begin(wanted)
    run.measure(wanted, report, _say)
    _deliver(run, report, as_json, out)
    if report.stopped_in is not None:
        raise KeyboardInterrupt
    if plot is not None:
        run.draw(report, plot)


@bench.command("surd")
def surd(
    authors: Annotated[Path | None, Option(help="A checkout of the authors' repository, to run beside ours.")] = None,
    rounds: Annotated[int, Option(help="Interleaved rounds: ours, theirs, ours, theirs.")] = 3,
    quick: Annotated[bool, Option("--quick", help="Leave out what takes the authors long.")] = False,
    as_json: Annotated[bool, Option("--json", help="Print one JSON object instead of a table.")] = False,
    out: Annotated[Path | None, Option(help="Write the JSON there as well.")] = None,
) -> None:
    """Time the decomposition of causes, beside the implementation of its authors where --authors names it.

    Ctrl-C prints what is done by then.
    """
    run = benchmark("surd")
    if out is not None:
        refuse_unwritable(out, None, "--out")
    wanted = run.Wanted(authors, rounds, quick)
    report = run.begin(wanted)
    run.measure(wanted, report, _say)
    _deliver(run, report, as_json, out)
    if report.stopped_in is not None:
        raise KeyboardInterrupt


@bench.command("train")
def train(
    preset: Annotated[str, Option(help="A preset of the family 'sentences', or the path of one.")] = "tiny",
    samples: Annotated[int, Option(help="Samples of a pass, drawn from a seed; whole batches.")] = 2048,
    batch_size: Annotated[int, Option(help="Samples an update learns from.")] = 64,
    sentences: Annotated[
        str, Option(help="short: 1 to 3 a document, as in comments and reviews; long: 1 to 24.")
    ] = "short",
    rounds: Annotated[int, Option(help="Interleaved rounds, after a short one to warm up.")] = 5,
    compile_too: Annotated[bool, Option("--compile", help="Also our loop with torch.compile: takes minutes.")] = False,
    device: Annotated[str, Option(help="auto, cpu or cuda.")] = "auto",
    as_json: Annotated[bool, Option("--json", help="Print one JSON object instead of tables.")] = False,
    out: Annotated[Path | None, Option(help="Write the JSON there as well.")] = None,
) -> None:
    """Samples per second of `redheart train`, beside a plain PyTorch loop and the Trainer of Hugging Face.

    Same network, data, batches, optimizer, schedule; the comparison is void unless all end at the same loss.
    Ctrl-C prints what is done by then.
    """
    run = benchmark("train")
    if out is not None:
        refuse_unwritable(out, None, "--out")
    wanted = run.Wanted(preset, samples, batch_size, sentences, rounds, compile_too, device)
    report = run.begin(wanted)
    run.measure(wanted, report, _say)
    _deliver(run, report, as_json, out)
    if report.stopped_in is not None:
        raise KeyboardInterrupt


@bench.command("infer")
def infer(
    texts: Annotated[int, Option(help="One-sentence texts in Korean and English, drawn from a seed.")] = 500,
    singles: Annotated[int, Option(help="How many of them are also timed one at a time.")] = 50,
    rounds: Annotated[int, Option(help="Interleaved rounds, after one to compare the outputs.")] = 3,
    threads: Annotated[int, Option(help="Processor threads of everyone; 0 leaves torch's choice.", min=0)] = 0,
    batch: Annotated[int | None, Option(help="Texts that ours reads together. Default: the setting.", min=1)] = None,
    checkpoint: Annotated[Path | None, Option(help="A checkpoint folder instead of the shipped one.")] = None,
    as_json: Annotated[bool, Option("--json", help="Print one JSON object instead of tables.")] = False,
    out: Annotated[Path | None, Option(help="Write the JSON there as well.")] = None,
) -> None:
    """Texts per second and milliseconds a text of our inference, beside the same model in transformers, text by text.

    Same weights, same threads; the comparison is void unless every output of every head is the same.
    Ctrl-C prints what is done by then.
    """
    run = benchmark("infer")
    if out is not None:
        refuse_unwritable(out, None, "--out")
    wanted = run.Wanted(texts, singles, rounds, threads, batch, checkpoint)
    report = run.begin(wanted)
    run.measure(wanted, report, _say)
    _deliver(run, report, as_json, out)
    if report.stopped_in is not None:
        raise KeyboardInterrupt


def benchmark(name: str) -> Any:
    """A benchmark as its own package offers it: the module that the entry point of this name stands for."""
    (entry,) = entry_points(group="redheart.benchmarks", name=name)
    return entry.load()


def _parts(sim: bool, host: bool, cuda: bool) -> tuple[str, ...]:
    given = {"sim": sim, "host": host, "cuda": cuda}
    return tuple(part for part, wanted in given.items() if wanted) or ("sim", "host")


def _deliver(run: Any, report: Any, as_json: bool, out: Path | None) -> None:
    if out is not None:
        write_whole(out, report.as_json())
    if as_json:
        write_stdout(report.as_json())
    else:
        _print(run.tables(report))


def _print(tables: Iterable[RenderableType]) -> None:
    from rich.console import Console

    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=PAPER)
    with standard_output():
        for table in tables:
            console.print(table, highlight=False)


def _refuse_no_picture(plot: Path, parts: tuple[str, ...]) -> None:
    from importlib.util import find_spec

    if plot.suffix.lower() != ".png":
        raise ConfigError(f"--plot '{plot}' would not be a PNG. Name a file that ends in .png.")
    if parts == ("cuda",):
        raise ConfigError(f"--plot '{plot}': the CUDA part has no picture. Add --sim or --host, or leave --plot out.")
    if find_spec("matplotlib") is None:
        raise ConfigError(f"--plot '{plot}' needs matplotlib, which is not installed: pip install 'redheart[plot]'.")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
