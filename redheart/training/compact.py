"""Trains the `compact` model on cached features, plain heads with the trunk first, the other heads on a frozen trunk.

python -m redheart.training.compact --features runs/features --out models/compact --steps 6000
"""

from __future__ import annotations

import argparse
import time
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
    "goemotions_en": 0.2, "goemotions_ko": 0.22, "kote": 0.14, "nsmc": 0.18, "emobank": 0.1,
    "ethics_utilitarianism": 0.16,
}  # fmt: skip
OWN_FILE_SETS = {"crowd_envent": 0.6, "semeval_cfd": 0.4}


def loss_of(model: CompactModel, name: str, batch: Batch) -> torch.Tensor:
    """Sum of the losses of the heads that the set teaches."""
    heads = TEACHES[name]
    pooled = model.pool(batch.tokens, batch.mask, heads)
    raw = model.read(pooled, batch.documents, heads)
    losses = [model.head(head).loss(raw[head], batch.targets[head]) for head in heads]
    return torch.stack([loss for loss in losses if not loss.isnan()]).sum()


def train(
    model: CompactModel,
    sets: dict[str, float],
    data: dict[str, Dataset],
    parameters: nn.Module,
    steps: int,
    batch_rows: int,
    learning_rate: float,
    seed: int,
) -> nn.Module:
    """The loop: draw a set, draw rows, loss, backward, clip, step. Returns the exponential average of `parameters`."""
    rng = np.random.default_rng(seed)
    trained = [p for p in parameters.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=learning_rate, weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, learning_rate, total_steps=steps, pct_start=0.08)
    average = AveragedModel(parameters, multi_avg_fn=get_ema_multi_avg_fn(0.995))  # type: ignore[no-untyped-call]
    orders = {name: rng.permutation(len(data[name])) for name in sets}
    cursor = dict.fromkeys(sets, 0)
    names, weights = list(sets), np.array(list(sets.values())) / sum(sets.values())
    recent: dict[str, float] = {}
    begun = time.monotonic()
    parameters.train()
    for step in range(steps):
        name = str(rng.choice(names, p=weights))
        if cursor[name] + batch_rows > len(orders[name]):
            orders[name], cursor[name] = rng.permutation(len(data[name])), 0
        rows = orders[name][cursor[name] : cursor[name] + batch_rows]
        cursor[name] += batch_rows
        loss = loss_of(model, name, data[name].batch(rows, rng))
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(trained, 1.0)
        optimiser.step()
        schedule.step()
        average.update_parameters(parameters)
        recent[name] = 0.95 * recent.get(name, loss.item()) + 0.05 * loss.item()
        if step % 200 == 199:
            shown = "  ".join(f"{k} {v:.3f}" for k, v in sorted(recent.items()))
            print(f"step {step + 1}/{steps}  {time.monotonic() - begun:.0f} s  {shown}", flush=True)
    return average.module.eval()


def fit_standardisation(model: CompactModel, data: dict[str, Dataset], tokens_a_set: int = 20_000) -> None:
    """Moments of the tokens of the plainly licensed sets, evenly from each."""
    parts = []
    for name in PLAIN_SETS:
        tokens = data[name].features.tokens
        parts.append(tokens[:: max(1, len(tokens) // tokens_a_set)].astype(np.float32))
    model.trunk.pooling.standardise.fit(torch.from_numpy(np.concatenate(parts)))


def main() -> None:
    """Train, evaluate on dev, publish."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--features", type=Path, default=Path("runs/features"))
    parser.add_argument("--out", type=Path, default=Path("models/compact"))
    parser.add_argument("--steps", type=int, default=6000)
    parser.add_argument("--own-file-steps", type=int, default=1200)
    parser.add_argument("--batch-rows", type=int, default=64)
    parser.add_argument("--learning-rate", type=float, default=3e-3)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    plain = [head for name in PLAIN_SETS for head in TEACHES[name]]
    model = CompactModel(Architecture(), list(dict.fromkeys([*plain, "appraisal", "counterfactual"])))
    train_data = {
        name: Dataset(name, load(name, "train", arguments.features)) for name in (*PLAIN_SETS, *OWN_FILE_SETS)
    }
    for name, data in train_data.items():
        print(
            f"{name}: {len(data)} rows, mean targets "
            + ", ".join(f"{h} {np.nanmean(t):.3f}" for h, t in data.targets.items())
        )
    fit_standardisation(model, train_data)
    shared = nn.ModuleDict({"trunk": model.trunk, **{h: model.head(h) for h in dict.fromkeys(plain)}})
    average = train(
        model,
        PLAIN_SETS,
        train_data,
        shared,
        arguments.steps,
        arguments.batch_rows,
        arguments.learning_rate,
        arguments.seed,
    )
    shared.load_state_dict(average.state_dict())
    shared.requires_grad_(False).eval()
    own = nn.ModuleDict({head: model.head(head) for head in ("appraisal", "counterfactual")})
    average = train(
        model,
        OWN_FILE_SETS,
        train_data,
        own,
        arguments.own_file_steps,
        arguments.batch_rows,
        arguments.learning_rate,
        arguments.seed,
    )
    own.load_state_dict(average.state_dict())
    for module in model.modules().values():
        module.requires_grad_(False).eval()
    dev_data = {name: Dataset(name, load(name, "dev", arguments.features)) for name in (*PLAIN_SETS, *OWN_FILE_SETS)}
    figures = dev_figures(model, dev_data)
    for line in figures.lines():
        print(line)
    publish(model, figures, dev_data, arguments.out)


if __name__ == "__main__":
    main()
