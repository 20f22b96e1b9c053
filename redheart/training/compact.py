"""Trains the `compact` model on cached features, plain heads with the trunk first, the other heads on a frozen trunk.

python -m redheart.training.compact --features runs/features --out models/compact --steps 6000
"""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from redheart.nn.model import Architecture, CompactModel
from redheart.training.batches import Batch, Dataset
from redheart.training.evaluate import dev_figures
from redheart.training.features import load
from redheart.training.publish import publish
from redheart.training.targets import TEACHES

#: Share of the steps that each set gets.
PLAIN_SETS = {
    "goemotions_en": 0.2, "goemotions_ko": 0.22, "kote": 0.12, "nsmc": 0.22, "emobank": 0.1,
    "ethics_utilitarianism": 0.14,
}  # fmt: skip
OWN_FILE_SETS = {"crowd_envent": 0.6, "semeval_cfd": 0.4}


def loss_of(model: CompactModel, name: str, batch: Batch) -> torch.Tensor:
    """Sum of the losses of the heads that the set teaches."""
    heads = TEACHES[name]
    pooled = model.pool(batch.tokens, batch.mask, heads)
    raw = model.read(pooled, batch.documents, heads)
    losses = [model.head(head).loss(raw[head], batch.targets[head]) for head in heads]
    return torch.stack([loss for loss in losses if not loss.isnan()]).sum()


@dataclass(frozen=True, slots=True)
class Recipe:
    """How long and how fast one stage learns."""

    steps: int
    batch_rows: int
    learning_rate: float
    seed: int


class Sampler:
    """Draws batches: a set by its share, then its next rows in an order shuffled anew every epoch."""

    def __init__(self, shares: dict[str, float], data: dict[str, Dataset], recipe: Recipe) -> None:
        self.rng, self.data, self.rows = np.random.default_rng(recipe.seed), data, recipe.batch_rows
        self.names, self.weights = list(shares), np.array(list(shares.values())) / sum(shares.values())
        self.orders = {name: self.rng.permutation(len(data[name])) for name in shares}
        self.cursor = dict.fromkeys(shares, 0)

    def draw(self) -> tuple[str, Batch]:
        """The name of a set, and a batch of it."""
        name = str(self.rng.choice(self.names, p=self.weights))
        if self.cursor[name] + self.rows > len(self.orders[name]):
            self.orders[name], self.cursor[name] = self.rng.permutation(len(self.data[name])), 0
        rows = self.orders[name][self.cursor[name] : self.cursor[name] + self.rows]
        self.cursor[name] += self.rows
        return name, self.data[name].batch(rows, self.rng)


def train(model: CompactModel, parameters: nn.Module, sampler: Sampler, recipe: Recipe) -> None:
    """The loop: draw, loss, backward, clip, step. Leaves the exponential average of `parameters` in their place."""
    trained = [p for p in parameters.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=recipe.learning_rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, recipe.learning_rate, total_steps=recipe.steps, pct_start=0.08
    )
    average = AveragedModel(parameters, multi_avg_fn=get_ema_multi_avg_fn(0.995))  # type: ignore[no-untyped-call]
    progress = Progress(recipe.steps)
    parameters.train()
    for _ in range(recipe.steps):
        name, batch = sampler.draw()
        loss = loss_of(model, name, batch)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        average.update_parameters(parameters)
        progress.report(name, loss.item())
    parameters.load_state_dict(average.module.state_dict())


class Progress:
    """Running mean loss of each set, printed every 200 steps."""

    def __init__(self, steps: int) -> None:
        self.steps, self.step, self.begun = steps, 0, time.monotonic()
        self.recent: dict[str, float] = {}

    def report(self, name: str, loss: float) -> None:
        """One step's loss."""
        self.step += 1
        self.recent[name] = 0.95 * self.recent.get(name, loss) + 0.05 * loss
        if self.step % 200 == 0:
            shown = "  ".join(f"{name} {value:.3f}" for name, value in sorted(self.recent.items()))
            print(f"step {self.step}/{self.steps}  {time.monotonic() - self.begun:.0f} s  {shown}", flush=True)


def fit_standardisation(model: CompactModel, data: dict[str, Dataset], tokens_a_set: int = 20_000) -> None:
    """Moments of the tokens of the plainly licensed sets, evenly from each."""
    parts = []
    for name in PLAIN_SETS:
        tokens = data[name].features.tokens
        parts.append(tokens[:: max(1, len(tokens) // tokens_a_set)].astype(np.float32))
    model.trunk.pooling.standardise.fit(torch.from_numpy(np.concatenate(parts)))


def load_sets(split: str, folder: Path) -> dict[str, Dataset]:
    """Every set's features and targets; prints how many rows, and the mean of every target."""
    data = {name: Dataset(name, load(name, split, folder)) for name in (*PLAIN_SETS, *OWN_FILE_SETS)}
    for name, rows in data.items():
        means = ", ".join(f"{head} {np.nanmean(target):.3f}" for head, target in rows.targets.items())
        print(f"{split} {name}: {len(rows)} rows, mean targets {means}", flush=True)
    return data


def learn(model: CompactModel, data: dict[str, Dataset], plain: Recipe, own_file: Recipe) -> None:
    """Trunk and plainly licensed heads together, then the other heads on what is frozen by then."""
    fit_standardisation(model, data)
    shared = nn.ModuleDict({"trunk": model.trunk, **{head: model.head(head) for head in heads_taught(PLAIN_SETS)}})
    train(model, shared, Sampler(PLAIN_SETS, data, plain), plain)
    shared.requires_grad_(False).eval()
    own = nn.ModuleDict({head: model.head(head) for head in heads_taught(OWN_FILE_SETS)})
    train(model, own, Sampler(OWN_FILE_SETS, data, own_file), own_file)
    own.requires_grad_(False).eval()


def heads_taught(sets: dict[str, float]) -> list[str]:
    """Heads that some sets teach, each once."""
    return list(dict.fromkeys(head for name in sets for head in TEACHES[name]))


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--features", type=Path, default=Path("runs/features"))
    parser.add_argument("--out", type=Path, default=Path("models/compact"))
    parser.add_argument("--steps", type=int, default=8000)
    parser.add_argument("--own-file-steps", type=int, default=2500)
    parser.add_argument("--batch-rows", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main() -> None:
    """Train, evaluate on dev, publish."""
    given = parse_arguments()
    torch.manual_seed(given.seed)
    model = CompactModel(Architecture(), heads_taught({**PLAIN_SETS, **OWN_FILE_SETS}))
    data = load_sets("train", given.features)
    recipe = Recipe(given.steps, given.batch_rows, given.learning_rate, given.seed)
    learn(model, data, recipe, replace(recipe, steps=given.own_file_steps))
    dev = load_sets("dev", given.features)
    figures = dev_figures(model, dev)
    print("\n".join(figures.lines()))
    publish(model, figures, dev, {name: len(rows) for name, rows in data.items()}, given.out)


if __name__ == "__main__":
    main()
