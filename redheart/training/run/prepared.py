"""Everything a run needs before its first step: data as tensors, network as a blueprint, the place on disk."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from redheart.config.environment import force_cpu
from redheart.config.schema import Settings
from redheart.config.train import TrainSection
from redheart.devices import limit_threads, resolve_device
from redheart.errors import ConfigError, InputError
from redheart.nn.network.header import EncoderFacts, NetworkFacts
from redheart.nn.network.preset import Preset, SentencePreset, load_preset
from redheart.nn.network.targets import TARGETS
from redheart.training.corpus.dataset import Dataset
from redheart.training.corpus.decomposed import ENDING
from redheart.training.corpus.distribution import DataReport
from redheart.training.corpus.embedded import EmbeddedVectors
from redheart.training.corpus.load import load_splits
from redheart.training.corpus.sidecar import sidecar
from redheart.training.corpus.sources import data_files
from redheart.training.report.listener import Listener
from redheart.training.run.asked import Asked
from redheart.training.run.build import Blueprint, taught_outputs
from redheart.training.run.course import usual_batch
from redheart.training.run.identity import Identity, digest_of
from redheart.version import __version__


@dataclass(frozen=True, slots=True)
class Prepared:
    """One run, before it learns."""

    asked: Asked
    settings: Settings
    preset: Preset
    splits: Mapping[str, Dataset]  # train, validation, holdout, test: with the taught outputs alone
    report: DataReport
    encoder: EncoderFacts
    outputs: Mapping[str, tuple[str, ...]]  # target -> its taught outputs
    device: torch.device
    digests: Mapping[str, str]  # data file -> SHA-256

    @property
    def train(self) -> TrainSection:
        """The settings of the run itself."""
        return self.asked.settings

    @property
    def blueprint(self) -> Blueprint:
        """How its network is built."""
        return Blueprint(self.preset, self.encoder.dim, self.outputs, self.train, self.device)

    @property
    def batch_size(self) -> int:
        """Samples an update."""
        given = self.train.batch_size
        return usual_batch(len(self.splits["train"])) if given == "auto" else given

    def facts(self, step: int, epoch: int | None) -> NetworkFacts:
        """What a checkpoint of this run says of itself."""
        known = {name: int(count) for name, count in self.splits["train"].known_in_all().items()}
        return NetworkFacts(
            encoder=self.encoder,
            taught=known,
            data=dict(self.digests),
            run=self.identity().run,
            step=step,
            epoch=epoch,
        )

    def identity(self) -> Identity:
        """What makes it this run."""
        facts = {f"train.{key}": value for key, value in _flat(self.train.model_dump(mode="json"))}
        facts |= {
            "preset": self.preset.model_dump_json(),
            "encoder": f"{self.encoder.name} {self.encoder.revision} {self.encoder.precision}",
            "sweep": str(self.asked.sweep),
            "update": str(self.asked.update),
        }
        machine = {
            "redheart": __version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
            "device": _device_name(self.device),
            "threads": str(torch.get_num_threads()),
        }
        return Identity(facts=facts, data=dict(self.digests), machine=machine)


def prepare(asked: Asked, settings: Settings, listener: Listener) -> Prepared:
    """Read, check, split and embed the data.

    Raises InputError for data that cannot be learned from, ConfigError for a preset of another family.
    """
    preset = _of_sentences(load_preset(asked.settings.preset))
    limit_threads(settings.model.threads)
    device = resolve_device(settings.device, force_cpu())
    listener.begin("data")
    files = data_files(asked.data)
    vectors = EmbeddedVectors.for_settings(settings, listener.say, _advance(listener))
    splits = load_splits(files, asked.settings.samples, vectors, listener.say)
    listener.data(splits.report)
    found = {"train": splits.train, "validation": splits.validation, "holdout": splits.holdout, "test": splits.test}
    _refuse_empty(found)
    outputs = taught_outputs(splits.train, {name: target.outputs for name, target in TARGETS.items()})
    columns = {name: [TARGETS[name].outputs.index(output) for output in taught] for name, taught in outputs.items()}
    found = {name: data.restricted(columns) for name, data in found.items()}
    _refuse_unjudged(found)
    listener.done("data")
    return Prepared(
        asked,
        settings,
        preset,
        found,
        splits.report,
        EncoderFacts(name=vectors.name, revision=vectors.revision, dim=vectors.dim, precision=vectors.key.precision),
        outputs,
        device,
        {_said(file): digest_of(file) for file in (*files, *_decompositions(files))},
    )


def _advance(listener: Listener) -> Callable[[int, int], None]:
    begun = False

    def progress(done: int, total: int) -> None:
        nonlocal begun
        if not begun:
            listener.begin("embedding", total)
            begun = True
        listener.advance(done, total)

    return progress


def _of_sentences(preset: Preset) -> Preset:
    if not isinstance(preset, SentencePreset):
        raise ConfigError(
            f"--preset '{preset.name}' reads the tokens of a sentence, and `redheart train` teaches networks that read "
            "its vector. Choose tiny, base or full; `scripts/make-model` makes the compact model."
        )
    return preset


def _refuse_empty(splits: Mapping[str, Dataset]) -> None:
    for name, data in splits.items():
        if not len(data):
            counts = ", ".join(f"{split} {len(found)}" for split, found in splits.items())
            raise InputError(
                f"the {name} split is empty ({counts} samples): nothing could be said of what was learned. Give more "
                "data."
            )
    if not splits["train"].taught():
        raise InputError("no label of the train split teaches any target. Give data with labels.")


def _refuse_unjudged(splits: Mapping[str, Dataset]) -> None:
    for name in ("validation", "holdout"):
        if not splits[name].taught():
            raise InputError(
                f"no label of the {name} split is one that the train split teaches: nothing could be said of what was "
                "learned. Give data whose splits have the same labels."
            )


def _flat(values: Mapping[str, object], prefix: str = "") -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in values.items():
        if isinstance(value, Mapping):
            found += _flat(value, f"{prefix}{key}.")
        else:
            found.append((f"{prefix}{key}", str(value)))
    return found


def _decompositions(files: Iterable[Path]) -> list[Path]:
    """Files with targets that were made of the data, which decide the figures as much as the data do."""
    places = (place for file in files for place in sidecar(file, ENDING, "decomposed").read)
    return [place for place in places if place.exists()]


def _said(file: Path) -> str:
    """Without the folders above, which are the user's own matter."""
    return os.path.join(file.parent.name, file.name)


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
