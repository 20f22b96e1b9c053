"""A small problem for the tests of optimizers."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from redheart.config.train import TrainSection
from redheart.training.run.optimizers import ParameterGroup, Stepper, build_stepper

CPU = torch.device("cpu")
ARRANGEMENTS = [
    (optimizer, precision) for optimizer in ("adamw", "offloaded", "adamw8bit") for precision in ("float32", "bfloat16")
]


@dataclass
class Problem:
    """A network that learns what another one does."""

    network: nn.Sequential
    stepper: Stepper
    losses: list[float]

    def learn(self, steps: int, lr: float = 1e-3) -> "Problem":
        """The samples of a step follow from its number."""
        for _ in range(steps):
            x, y = samples_of(len(self.losses))
            dtype = self.network[0].weight.dtype
            loss = (self.network(x.to(dtype)).float() - y).square().mean()
            loss.backward()
            for group in self.stepper.param_groups:
                group["lr"] = lr * group["lr_scale"]
            self.stepper.step()
            self.stepper.zero_grad()
            self.losses.append(float(loss.detach()))
        return self


def problem(optimizer: str = "adamw", precision: str = "float32", lr_scale: float = 1.0) -> Problem:
    """Weights large enough for 8 bits and small enough not to be, drawn from seed 0; two groups."""
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(32, 150), nn.GELU(), nn.Linear(150, 150), nn.GELU(), nn.Linear(150, 32))
    network.to({"float32": torch.float32, "bfloat16": torch.bfloat16}[precision])
    settings = TrainSection.model_validate({"optimizer": optimizer, "precision": precision})
    named = list(network.named_parameters())
    halves = [
        ParameterGroup(tuple(name for name, _ in part), tuple(p for _, p in part), scale, 0.01)
        for part, scale in ((named[:2], lr_scale), (named[2:], 1.0))
    ]
    return Problem(network, build_stepper(halves, settings, CPU), [])


def samples_of(number: int) -> tuple[Tensor, Tensor]:
    """64 inputs with the outputs of a fixed map."""
    teacher = torch.randn(32, 32, generator=torch.Generator().manual_seed(7)) / 6
    x = torch.randn(64, 32, generator=torch.Generator().manual_seed(number))
    return x, (x @ teacher).tanh()


def weights(learned: Problem) -> dict[str, Tensor]:
    """Copies of all weights."""
    return {name: value.detach().clone() for name, value in learned.network.named_parameters()}
