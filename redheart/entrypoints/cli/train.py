"""`redheart train`: teach a network of a preset from labelled texts."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, cast

import typer
from typer import Option

from redheart.entrypoints.cli.context import Doors
from redheart.entrypoints.train_request import TrainFlags, count, precision, rate

DATA_HELP = (
    "A file of labelled texts or a folder of them; several may follow, and the option may be repeated. Without it, "
    "the sets in the folders of REDHEART_DATA."
)
LR_HELP = "Peak learning rate; auto takes the one that a sweep in --out found."
SWEEP_HELP = "Search the learning rate first: five stages of five, the leaders again on other seeds."
OUT_HELP = "A folder for all files of the run: curves, checkpoints, report.md."
RESUME_HELP = (
    "Go on with the run in --out, exactly: settings and data are taken from there, the figures are those of a run that "
    "never stopped."
)
DRY_HELP = (
    "Say what would be trained, with which data, in how much memory; then leave. Texts without vectors are embedded "
    "first."
)
RESEARCH_HELP = (
    "With '--preset compact': a second checkpoint, OUT/research, whose heads learn from sets for research only."
)


def train(
    context: typer.Context,
    paths: Annotated[list[Path] | None, typer.Argument(help="More paths of --data.", show_default=False)] = None,
    data: Annotated[list[Path] | None, Option(help=DATA_HELP)] = None,
    preset: Annotated[str | None, Option(help="tiny, compact, base, full, or a YAML.", show_default="base")] = None,
    samples: Annotated[int | None, Option(help="Training samples to take; 0 takes all.", show_default="0")] = None,
    epochs: Annotated[int | None, Option(help="Passes over them.", show_default="60")] = None,
    batch_size: Annotated[str | None, Option(help="Samples an update.", show_default="auto")] = None,
    micro_batch: Annotated[str | None, Option(help="Samples computed at once.", show_default="auto")] = None,
    lr: Annotated[str | None, Option(help=LR_HELP, show_default="auto")] = None,
    lr_sweep: Annotated[bool, Option("--lr-sweep", help=SWEEP_HELP)] = False,
    no_param_update: Annotated[bool, Option("--no-param-update", help="Compute and judge, change no weight.")] = False,
    resume: Annotated[bool, Option("--resume", help=RESUME_HELP)] = False,
    out: Annotated[Path | None, Option(help=OUT_HELP)] = None,
    seed: Annotated[int | None, Option(help="Initial weights, order, dropout.", show_default="0")] = None,
    precision_name: Annotated[
        str | None, Option("--precision", help="float32 (fp32) or bfloat16 (bf16).", show_default="float32")
    ] = None,
    device: Annotated[str | None, Option(help="auto, cpu or cuda.", show_default="auto")] = None,
    optimizer: Annotated[str | None, Option(help="adamw, adamw8bit or offloaded.", show_default="adamw")] = None,
    gradient_checkpointing: Annotated[
        bool | None,
        Option(
            "--gradient-checkpointing/--no-gradient-checkpointing",
            help="Compute activations again, keep fewer.",
            show_default="no",
        ),
    ] = None,
    compile_network: Annotated[
        bool | None,
        Option("--compile/--no-compile", help="Compile the feed-forward blocks by torch.compile.", show_default="no"),
    ] = None,
    label_smoothing: Annotated[float | None, Option(help="Share spread over labels.", show_default="0")] = None,
    r_drop: Annotated[float | None, Option(help="Weight of R-Drop.", show_default="0")] = None,
    ema: Annotated[float | None, Option(help="Decay of averaged weights.", show_default="0")] = None,
    layer_decay: Annotated[float | None, Option(help="Factor of the rate a layer down.", show_default="1")] = None,
    plots: Annotated[
        bool | None,
        Option("--plots/--no-plots", help="Draw curves (extra 'plot').", show_default="if matplotlib is there"),
    ] = None,
    tensorboard: Annotated[bool, Option("--tensorboard", help="Write events for TensorBoard (extra 'train').")] = False,
    encoder: Annotated[str | None, Option(help="'bundled', or a transformers model.", show_default="bundled")] = None,
    config: Annotated[Path | None, Option(help="A YAML file of settings.")] = None,
    overrides: Annotated[list[str] | None, Option("--set", help="A setting: train.clip=0.5; repeatable.")] = None,
    as_json: Annotated[bool, Option("--json", help="Print one JSON object at the end instead of tables.")] = False,
    research_heads: Annotated[bool, Option("--research-heads", help=RESEARCH_HELP)] = False,
    dry_run: Annotated[bool, Option("--dry-run", help=DRY_HELP)] = False,
    debug: Annotated[bool, Option("--debug", help="Log everything; show tracebacks.")] = False,
) -> None:
    """Teach a network from labelled texts, and tell in --out how good it is beside constant answers.

    What nobody labelled is not learned: parts without a label are named and left out. Ctrl-C keeps all that was
    written; --resume goes on.
    """
    flags = TrainFlags(
        data=(*(data or ()), *(paths or ())),
        out=out,
        values={
            "train.preset": preset,
            "train.samples": samples,
            "train.epochs": epochs,
            "train.batch_size": count("--batch-size", batch_size),
            "train.micro_batch": count("--micro-batch", micro_batch),
            "train.lr": rate(lr),
            "train.seed": seed,
            "train.precision": precision(precision_name),
            "train.optimizer": optimizer,
            "train.gradient_checkpointing": gradient_checkpointing,
            "train.compile": compile_network,
            "train.label_smoothing": label_smoothing,
            "train.r_drop": r_drop,
            "train.ema": ema,
            "train.layer_decay": layer_decay,
            "device": device,
            "encoder.name": encoder,
        },
        config=config,
        overrides=tuple(overrides or ()),
        lr_sweep=lr_sweep,
        no_param_update=no_param_update,
        resume=resume,
        plots=plots,
        tensorboard=tensorboard,
        dry_run=dry_run,
        research_heads=research_heads,
        as_json=as_json,
        debug=debug,
    )
    from redheart.entrypoints.cli import train_run

    train_run.run(flags, cast(Doors, context.obj))
