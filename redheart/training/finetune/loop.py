"""The loop: draw, loss, backward, clip, step, average. Every draw follows from seed and step, so a state is tensors."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import safe_open
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from redheart.errors import CheckpointError, RedHeartError
from redheart.nn.network.tensor_file import save_whole
from redheart.training.finetune.batches import Source
from redheart.training.finetune.network import FineTuned
from redheart.training.finetune.recipe import Stage
from redheart.training.finetune.start import section
from redheart.training.finetune.tasks import Task

#: What a head's loss counts for beside another one of the same data set: means over many labels are small.
WEIGHTS = {"emotion": 12.0, "kote": 6.0}
STATE_EVERY = 240.0  # seconds
LARGEST = 2.0  # norm of a gradient, in running means of its kind
CONSISTENCY = 0.5  # how much of a twin's target is what the model says of the original


class Schedule:
    """Which rows a step learns from, by seed and step alone."""

    def __init__(self, tasks: Sequence[Task], sizes: Mapping[str, int], stage: Stage, seed: int) -> None:
        self.tasks, self.sizes, self.seed, self.shares = tasks, sizes, seed, [stage.tasks[task.name] for task in tasks]
        shares = np.array([each.share for each in self.shares])
        self.order = np.random.default_rng(seed).choice(len(tasks), stage.steps, p=shares / shares.sum())

    def draw(self, step: int) -> tuple[Task, np.ndarray]:
        """The task of a step, and its rows."""
        at = int(self.order[step])
        task, size, rows = self.tasks[at], self.sizes[self.tasks[at].name], self.shares[at].rows
        before = int((self.order[:step] == at).sum())
        epoch, place = divmod(before, max(1, size // rows))
        shuffled = np.random.default_rng([self.seed, at, epoch]).permutation(size)
        return task, shuffled[place * rows : (place + 1) * rows]


class Loop:
    """One run. `folder` holds its state and its log."""

    def __init__(self, network: FineTuned, sources: dict[str, Source], stage: Stage, seed: int, folder: Path) -> None:
        self.network, self.sources, self.stage, self.seed, self.folder = network, sources, stage, seed, folder
        self.optimiser = torch.optim.AdamW(
            _groups(network, stage), betas=(0.9, 0.98), fused=True, weight_decay=stage.weight_decay
        )
        self.rates = [group["lr"] for group in self.optimiser.param_groups]
        self.average = {name: value.detach().clone() for name, value in network.state_dict().items()}
        self.step = 0
        self.stopped = False  # set by whoever wants it to end after the step that is under way
        self.recent: dict[str, float] = {}
        self.norms: dict[str, float] = {}  # data set -> running mean of its gradients' norm

    def run(self, schedule: Schedule, tell: Callable[[int, dict[str, float]], None]) -> None:
        """Go on to the last step, or until `stopped`; the state is written every few minutes and at the end.

        `tell` hears of steps done and recent losses.
        """
        twins = _places_of_twins(schedule.tasks, self.sources)
        written = begun = time.monotonic()
        self.network.train()
        while self.step < self.stage.steps and not self.stopped:
            task, rows = schedule.draw(self.step)
            torch.manual_seed(self.seed * 1_000_003 + self.step)
            losses = self._losses(task, rows, twins)
            if losses:
                weighed = [WEIGHTS.get(head, 1.0) * loss for head, loss in losses.items()]
                self._descend(task.name, torch.stack(weighed).sum())
            self._note(losses, begun)
            self.step += 1
            tell(self.step, self.recent)
            if time.monotonic() - written > STATE_EVERY:
                self.save()
                written = time.monotonic()
        self.save()

    def _losses(self, task: Task, rows: np.ndarray, twins: dict[str, dict[str, int]]) -> dict[str, Tensor]:
        rng = np.random.default_rng([self.seed, self.step])
        batch = self.sources[task.name].batch(rows, rng)
        raw = self.network.outputs(batch, task.heads)
        every = [self._losses_of(raw, batch.targets)]
        if task.twin is not None:
            teacher = {head: raw[head].detach() for head in task.heads}
            every.append(self._twin_losses(task, rows, twins[task.twin], teacher))
        known = {head: [each[head] for each in every if head in each] for head in task.heads}
        return {head: torch.stack(parts).sum() for head, parts in known.items() if parts}

    def _losses_of(self, raw: Mapping[str, Tensor], targets: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Of the heads whose target some row knows."""
        known = [head for head in raw if not bool(targets[head].isnan().all())]
        return {head: self.network.model.head(head).loss(raw[head], targets[head]) for head in known}

    def _twin_losses(
        self, task: Task, rows: np.ndarray, places: dict[str, int], teacher: dict[str, Tensor]
    ) -> dict[str, Tensor]:
        """Of the same rows in the other language, half towards the labels, half towards what the original gave."""
        source = self.sources[task.name]
        ids = [source.documents.rows[int(row)].id for row in rows]
        known = np.array([name in places for name in ids])
        mine = np.array([places[name] for name in ids if name in places])
        assert task.twin is not None
        batch = self.sources[task.twin].batch(mine, np.random.default_rng([self.seed, self.step]))
        raw = self.network.outputs(batch, task.heads)
        losses = self._losses_of(raw, batch.targets)
        if known.all():
            soft = binary_cross_entropy_with_logits(raw["emotion"], teacher["emotion"].sigmoid())
            losses["emotion"] = (1 - CONSISTENCY) * losses["emotion"] + CONSISTENCY * soft
        return losses

    def _descend(self, name: str, loss: Tensor) -> None:
        """One step. Each data set's gradient is divided by the running mean of its own norm.

        So none drowns the others by the scale of its loss (in the spirit of GradNorm, Chen et al., ICML 2018).
        """
        factor = self.stage.factor(self.step)
        for group, rate in zip(self.optimiser.param_groups, self.rates, strict=True):
            group["lr"] = rate * factor
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        gradients = [p.grad for p in self._parameters() if p.grad is not None]
        norm = float(nn.utils.get_total_norm(gradients))
        if not math.isfinite(norm):
            raise RedHeartError(
                f"the gradient of '{name}' is '{norm}' at step {self.step + 1}; the state that was stored last is "
                "kept. Lower the rates in the recipe, and begin anew."
            )
        self.norms[name] = 0.95 * self.norms.get(name, norm) + 0.05 * norm
        torch._foreach_mul_(gradients, min(1 / self.norms[name], LARGEST / max(norm, 1e-12)))
        self.optimiser.step()
        decay = min(self.stage.average, (self.step + 1) / (self.step + 10))
        with torch.no_grad():
            for name, value in self.network.state_dict().items():
                self.average[name].lerp_(value, 1 - decay)

    def _note(self, losses: dict[str, Tensor], begun: float) -> None:
        for head, loss in losses.items():
            self.recent[head] = 0.97 * self.recent.get(head, loss.item()) + 0.03 * loss.item()
        if (self.step + 1) % 100 == 0:
            entry = {"step": self.step + 1, "seconds": round(time.monotonic() - begun, 1), "losses": self.recent}
            with (self.folder / "log.jsonl").open("a", encoding="utf-8") as log:
                log.write(json.dumps(entry) + "\n")

    def save(self) -> None:
        """Write weights, average and the optimiser's moments, whole or not at all."""
        tensors = {f"network/{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"average/{name}": value for name, value in self.average.items()}
        for number, parameter in enumerate(self._parameters()):
            for name, value in self.optimiser.state.get(parameter, {}).items():
                tensors[f"optimiser/{number}/{name}"] = value
        plain = {name: value.detach().contiguous().clone() for name, value in tensors.items()}
        written = {
            "step": str(self.step),
            "norms": json.dumps(self.norms),
            "learned_by": json.dumps(self._learned_by()),
        }
        save_whole(self.folder / "state.safetensors", plain, written)

    def restore(self) -> None:
        """Go on where `save` left off, if it did. Raises CheckpointError for a state learned by another recipe."""
        if not (self.folder / "state.safetensors").exists():
            return
        with safe_open(self.folder / "state.safetensors", framework="pt") as stored:
            written = stored.metadata() or {}
            refuse_another_recipe(self.folder, json.loads(written.get("learned_by", "{}")), self._learned_by())
            self.step, self.norms = int(written["step"]), json.loads(written["norms"])
            tensors: dict[str, Tensor] = {name: stored.get_tensor(name) for name in stored.keys()}
        self.network.load_state_dict(section(tensors, "network/"))
        self.average = section(tensors, "average/")
        for number, parameter in enumerate(self._parameters()):
            moments: dict[str, Any] = section(tensors, f"optimiser/{number}/")
            if moments:
                self.optimiser.state[parameter] = moments

    def _learned_by(self) -> dict[str, Any]:
        return {"seed": self.seed, **self.stage.model_dump(mode="json")}

    def _parameters(self) -> list[nn.Parameter]:
        return [parameter for group in self.optimiser.param_groups for parameter in group["params"]]


def refuse_another_recipe(folder: Path, state: Mapping[str, Any], recipe: Mapping[str, Any]) -> None:
    """Raises CheckpointError that names what differs."""
    other = next((name for name in recipe if state.get(name) != recipe[name]), None)
    if other is not None:
        raise CheckpointError(
            f"the state in '{folder}' was learned with {other} '{state.get(other)}', the recipe has '{recipe[other]}'. "
            "Go on with its recipe, or begin in another folder."
        )


def _groups(network: FineTuned, stage: Stage) -> list[dict[str, Any]]:
    """A group a layer, slower towards the stem; then trunk and heads."""
    layers = list(network.branch.layers)
    groups = [
        {"params": list(layer.parameters()), "lr": stage.branch_rate * stage.layer_decay ** (len(layers) - 1 - at)}
        for at, layer in enumerate(layers)
    ]
    others = [
        value for name, value in network.named_parameters() if value.requires_grad and not name.startswith("branch.")
    ]
    return [*groups, {"params": others, "lr": stage.rate}]


def _places_of_twins(tasks: Sequence[Task], sources: Mapping[str, Source]) -> dict[str, dict[str, int]]:
    """Data set of a twin -> row id -> where it is."""
    names = [task.twin for task in tasks if task.twin]
    return {name: {row.id: at for at, row in enumerate(sources[name].documents.rows)} for name in names}
