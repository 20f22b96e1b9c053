"""Builds what one run learns with: network, optimizer, learner, each from settings and seed alone."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from redheart.config.train import TrainSection
from redheart.devices import resolve_dtype
from redheart.errors import ConfigError
from redheart.nn.network.compiling import compile_blocks
from redheart.nn.network.network import Network
from redheart.nn.network.preset import Preset
from redheart.training.corpus.dataset import Dataset
from redheart.training.run.judge import NetworkJudge
from redheart.training.run.layer_decay import parameter_groups
from redheart.training.run.learner import Learner
from redheart.training.run.objective import Objective
from redheart.training.run.optimizers import build_stepper
from redheart.training.run.trials import Fresh


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What decides a network: `outputs` are the taught outputs by target; parts that have none are not built."""

    preset: Preset
    encoder_dim: int
    outputs: Mapping[str, tuple[str, ...]]
    settings: TrainSection
    device: torch.device

    def network(self) -> Network:
        """The initial network of the seed, the same whenever it is asked for, on the device."""
        torch.manual_seed(self.settings.seed)
        network = Network(self.preset, self.encoder_dim, outputs=self.outputs)
        network.recompute = self.settings.gradient_checkpointing
        placed: Network = network.to(self.device, resolve_dtype(self.settings.precision))
        if self.settings.compile:
            _refuse_no_compiler(self.device)
            compile_blocks(placed)
        return placed.train()

    def empty(self, untaught: bool = False) -> Network:
        """Its shapes without values; with `untaught`, every part of the preset."""
        with torch.device("meta"):
            return Network(self.preset, self.encoder_dim, outputs=None if untaught else self.outputs)

    def parameters(self) -> int:
        """How many numbers it learns."""
        return sum(parameter.numel() for parameter in self.empty().parameters())

    def learner(self, data: Dataset, seed: int) -> Learner:
        """A learner that has learned nothing yet; `seed` is that of its dropout."""
        s, network = self.settings, self.network()
        stepper = build_stepper(parameter_groups(network, s.layer_decay, s.weight_decay), s, self.device)
        return Learner(network, stepper, data, Objective.of(s), s.clip, seed)

    def fresh(self, train: Dataset, validation: Dataset, seed: int) -> Fresh:
        """The same, with what measures it: for a trial."""
        learner = self.learner(train, seed)
        return Fresh(learner, NetworkJudge(learner.network, {"validation": validation}, learner.objective))


def _refuse_no_compiler(device: torch.device) -> None:
    if device.type == "cpu" and not any(shutil.which(name) for name in ("g++", "clang++", "c++")):
        raise ConfigError("--compile needs a C++ compiler on a processor, and none of g++, clang++, c++ is there.")


def taught_outputs(train: Dataset, names: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Target -> its outputs of which the train split knows anything; `names` are all outputs by target."""
    found = {target: _known_names(values, names[target]) for target, values in train.targets.items()}
    found |= {target: names[target] for target, which in train.preferred.items() if (which >= 0).any()}
    return {target: outputs for target, outputs in found.items() if outputs}


def _known_names(values: Tensor, names: tuple[str, ...]) -> tuple[str, ...]:
    known = (~values.isnan()).any(0).tolist()
    return tuple(name for name, is_known in zip(names, known, strict=True) if is_known)
