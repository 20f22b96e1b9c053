"""Everything a run needs before its first step: data as tensors, network as a blueprint, the place on disk."""

from __future__ import annotations

import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass

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
from redheart.training.corpus.distribution import DataReport
from redheart.training.corpus.embedded import EmbeddedVectors
from redheart.training.corpus.load import load_splits
from redheart.training.corpus.sources import data_files
from redheart.training.report.listener import Listener
from redheart.training.run.asked import Asked
from redheart.training.run.begun import Begun, flat
from redheart.training.run.build import Blueprint, taught_outputs
from redheart.training.run.course import usual_batch
from redheart.training.run.digests import digests_of
from redheart.training.run.identity import Identity, refuse_other_run
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
        machine = {
            "redheart": __version__,
            "torch": torch.__version__,
            "python": platform.python_version(),
            "device": _device_name(self.device),
            "threads": str(torch.get_num_threads()),
        }
        return Identity(
            facts=_facts(self.asked, self.preset, self.encoder),
            data=dict(self.digests),
            machine=machine,
            begun=Begun.of(self.asked, self.settings),
        )


def prepare(asked: Asked, settings: Settings, listener: Listener) -> Prepared:
    """Read, check, split and embed the data; a run that is gone on with is first compared with what it was begun as.

    Raises InputError for data that cannot be learned from, ConfigError for a preset of another family or another run.
    """
    preset = _of_sentences(load_preset(asked.settings.preset))
    limit_threads(settings.model.threads)
    device = resolve_device(settings.device, force_cpu())
    listener.begin("data")
    files = data_files(asked.data)
    vectors = EmbeddedVectors.for_settings(settings, listener.say, _advance(listener))
    encoder = EncoderFacts(
        name=vectors.name, revision=vectors.revision, dim=vectors.dim, precision=vectors.key.precision
    )
    digests = digests_of(files)
    if asked.resume:
        # Before a row is read: embedding may take hours.
        refuse_other_run(asked.folder, _facts(asked, preset, encoder), digests)
    splits = load_splits(files, asked.settings.samples, vectors, listener.say)
    listener.data(splits.report)
    found, outputs = _taught({name: getattr(splits, name) for name in ("train", "validation", "holdout", "test")})
    listener.done("data")
    return Prepared(asked, settings, preset, found, splits.report, encoder, outputs, device, digests)


def _facts(asked: Asked, preset: Preset, encoder: EncoderFacts) -> dict[str, str]:
    """Everything that was asked and decides figures, as text: known before a row is read."""
    facts = {f"train.{key}": str(value) for key, value in flat(asked.settings.model_dump(mode="json"))}
    return facts | {
        "preset": preset.model_dump_json(),
        "encoder": f"{encoder.name} {encoder.revision} {encoder.precision}",
        "sweep": str(asked.sweep),
        "update": str(asked.update),
    }


def _taught(splits: Mapping[str, Dataset]) -> tuple[dict[str, Dataset], dict[str, tuple[str, ...]]]:
    """The splits with the outputs alone that the train split teaches, and those outputs by target."""
    _refuse_empty(splits)
    outputs = taught_outputs(splits["train"], {name: target.outputs for name, target in TARGETS.items()})
    columns = {name: [TARGETS[name].outputs.index(output) for output in taught] for name, taught in outputs.items()}
    found = {name: data.restricted(columns) for name, data in splits.items()}
    _refuse_unjudged(found)
    return found, outputs


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
            "its vector. Choose tiny, base or full; `--preset compact` learns by a recipe of its own."
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


def _device_name(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu"
