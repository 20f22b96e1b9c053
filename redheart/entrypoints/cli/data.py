"""`redheart data`: what is computed of data files once, before anything learns from them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer import Option

from redheart.entrypoints.output import write_stdout

if TYPE_CHECKING:
    from redheart.config.schema import Settings
    from redheart.entrypoints.cli.rate_progress import RateProgress
    from redheart.training.corpus.decompose import Decomposing
    from redheart.training.corpus.embedded import EmbeddedVectors, Embedding
    from redheart.training.corpus.teacher import Teacher

data = typer.Typer(help="Embed the texts of data files, or decompose them, before training.")

PathsArgument = Annotated[list[Path], typer.Argument(help="Data files, or folders that hold some.")]
DeviceOption = Annotated[str | None, Option(help="auto, cpu or cuda.", show_default="auto")]
BatchOption = Annotated[int | None, Option(help="Sentences encoded at once.", show_default="64")]
ConfigOption = Annotated[Path | None, Option("--config", help="A YAML file of settings.")]
SetOption = Annotated[list[str] | None, Option("--set", help="One setting, as in model.path=FOLDER.")]
JsonOption = Annotated[bool, Option("--json", help="Print one JSON object; of several files, under 'files'.")]


@data.callback()
def group() -> None:
    """Embed the texts of data files, or decompose them, before training."""


@data.command("embed")
def embed(
    paths: PathsArgument,
    encoder: Annotated[str | None, Option(help="'bundled', a local folder, or a downloaded hub model.")] = None,
    batch_size: BatchOption = None,
    device: DeviceOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
) -> None:
    """Compute the sentence vectors of every text, and keep them in `<file>.embedded` beside each file.

    What is there already is used again. Ctrl-C loses at most the shard that is being made; the same command goes on.
    """
    settings = _settings(config, overrides, device, batch_size, encoder)
    from redheart.training.corpus.embedded import EmbeddedVectors
    from redheart.training.corpus.sources import data_files

    files = data_files(paths)
    with _progress("texts") as progress:
        vectors = EmbeddedVectors.for_settings(settings, progress.say, progress.tell)
        done = [(file, _embedded(file, vectors, progress)) for file in files]
    _deliver(done, as_json)


@data.command("decompose")
def decompose(
    paths: PathsArgument,
    limit: Annotated[
        int | None,
        Option(min=1, help="Texts of each file, the first that `train --samples` takes.", show_default="all"),
    ] = None,
    batch_size: BatchOption = None,
    device: DeviceOption = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
    overrides: SetOption = None,
) -> None:
    """Decompose the utility of every text over its sentences, by the checkpoint of `model.path`, as training targets.

    A line a text of two sentences or more goes to `<file>.surd.jsonl` beside each file; lines that are there are kept.
    """
    settings = _settings(config, overrides, device, batch_size)
    from redheart.training.corpus.sources import data_files

    files = data_files(paths)
    teacher = _teacher(settings)
    with _progress("texts") as progress:
        done = [(file, _decomposed(file, teacher, limit, progress)) for file in files]
    _deliver(done, as_json)


def _settings(
    config: Path | None,
    overrides: list[str] | None,
    device: str | None,
    batch_size: int | None,
    encoder: str | None = None,
) -> Settings:
    from redheart.config.load import load_settings

    flags = {"device": device, "encoder.batch_sentences": batch_size, "encoder.name": encoder}
    return load_settings(None, overrides or (), config, flags)


@contextmanager
def _progress(noun: str) -> Iterator[RateProgress]:
    from rich.console import Console

    from redheart.entrypoints.cli.rate_progress import RateProgress

    with RateProgress(Console(stderr=True), noun) as progress:
        yield progress


def _embedded(file: Path, vectors: EmbeddedVectors, progress: RateProgress) -> Embedding:
    from redheart.training.corpus.split_texts import split_texts

    progress.begin(f"reading {file.name}")
    texts = [text.sentences for text in split_texts(file, progress.tell)]
    progress.begin(f"embedding {file.name}")
    return vectors.embed(file, texts)


def _teacher(settings: Settings) -> Teacher:
    """The checkpoint of `model.path`, after every check that serving makes of it."""
    from redheart.assembly import load_model
    from redheart.training.corpus.teacher import Teacher, TeacherParts

    loaded = load_model(settings)
    return Teacher(TeacherParts(loaded.folder, loaded.config, loaded.encoder), settings)


def _decomposed(file: Path, teacher: Teacher, limit: int | None, progress: RateProgress) -> Decomposing:
    from redheart.training.corpus.decompose import Watcher, decompose_texts
    from redheart.training.corpus.split_texts import split_texts

    progress.begin(f"reading {file.name}")
    texts = split_texts(file, progress.tell)
    progress.begin(f"decomposing {file.name}")
    return decompose_texts(file, texts, teacher, limit, Watcher(progress.say, progress.tell))


def _deliver(done: Sequence[tuple[Path, Embedding | Decomposing]], as_json: bool) -> None:
    if not as_json:
        write_stdout("".join(f"{file}: {found.in_words()}\n" for file, found in done))
        return
    told = [_fields(file, found) for file, found in done]
    whole: dict[str, Any] = told[0] if len(told) == 1 else {"files": told}
    write_stdout(json.dumps(whole, ensure_ascii=False, indent=2) + "\n")


def _fields(file: Path, found: Embedding | Decomposing) -> dict[str, Any]:
    plain = {key: str(value) if isinstance(value, Path) else value for key, value in asdict(found).items()}
    return {"file": str(file), **plain, "texts_per_second": found.texts_per_second}
