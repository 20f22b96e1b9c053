"""A whole main run over data that were never text: for tests of what a run does with settings, splits and files."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import torch

from redheart.config.schema import Settings
from redheart.config.train import TrainSection
from redheart.nn.network.header import EncoderFacts
from redheart.nn.network.preset import Preset, load_preset, preset_from
from redheart.nn.network.targets import TARGETS
from redheart.training.corpus.dataset import Dataset
from redheart.training.corpus.distribution import DataReport
from redheart.training.report.listener import Quiet
from redheart.training.run.asked import Asked
from redheart.training.run.folder import RunFolder
from redheart.training.run.main_run import Learned, learn
from redheart.training.run.prepared import Prepared
from tests.training.run.small import DIM, TAUGHT, dataset

SPLITS = {"train": 16, "validation": 10, "holdout": 24, "test": 9}
REPORT = DataReport(samples_asked=0, sets=(), splits={}, targets=(), baseline_is={}, warnings=())


def smallest(dropout: float = 0.1) -> Preset:
    """Every part there is, wrappers too, each as narrow as it may be."""
    layers = {"layers": 1, "feed_forward": 16}
    latents = {**layers, "latents": 2}
    values = load_preset("tiny").model_dump() | {
        "name": "smallest", "width": 16, "layers": 2, "attention_heads": 2, "feed_forward": 16, "projection": 16,
        "dropout": dropout, "planned": {},
        "head": {
            "emotion": {"experts": 2, "chosen": 2, "feed_forward": 16}, "bentham": {"feed_forward": 16},
            "regret": layers, "surd": {"feed_forward": 16, "codes": 8, "readout": 8},
        },
        "analyzer": {
            "emotion": layers, "bentham": layers, "regret": layers, "surd": {**layers, "readout": 8},
        },
        "auxiliary": {
            "dsp": {"channels": 4, "bands": 4, "feed_forward": 16}, "kalman": {"state": 4, "feed_forward": 16},
            "utility": layers,
        },
        "wrapper": {"emotion": latents, "bentham": latents, "regret": latents, "surd": latents},
    }  # fmt: skip
    return preset_from(values, "the tests")


def splits_of(targets: tuple[str, ...] = TAUGHT) -> dict[str, Dataset]:
    """The four splits, of different samples."""
    return {name: dataset(samples, seed, targets) for seed, (name, samples) in enumerate(SPLITS.items())}


def prepared(out: Path, splits: Mapping[str, Dataset] | None = None, **settings: object) -> Prepared:
    """A run of two epochs of two steps, unless the settings say otherwise; only its folder is made."""
    found = splits or splits_of()
    train = TrainSection(**{"preset": "tiny", "epochs": 2, "batch_size": 8, "micro_batch": 8, **settings})
    folder = RunFolder(out)
    folder.checkpoints.mkdir(parents=True)
    encoder = EncoderFacts(name="drawn", revision="1", dim=DIM, precision="float32")
    outputs = {name: TARGETS[name].outputs for name in TARGETS if name in found["train"].taught()}
    asked = Asked(train, (), folder, plots=False)
    return Prepared(
        asked, Settings(train=train), smallest(), found, REPORT, encoder, outputs, torch.device("cpu"), {"drawn": "ab"}
    )


def learned(of: Prepared, lr: float = 1e-3) -> Learned:
    """Its main run, with as many samples at once as were asked for."""
    size = of.train.micro_batch
    assert size != "auto"
    return learn(of, lr, size, Quiet())
