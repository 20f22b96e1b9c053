"""Makes the shipped model: the reading branch, then the extensions, then the checkpoint around them."""

from __future__ import annotations

import itertools
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import torch
from torch import Tensor

from redheart.encoders.bundled import TOKENIZER, WEIGHTS, BundledEncoder
from redheart.encoders.bundled_facts import CONFIG, Branch
from redheart.encoders.layers import Packing
from redheart.nn.model import CompactModel
from redheart.training.finetune.batches import Source
from redheart.training.finetune.documents import documents, rows_of
from redheart.training.finetune.loop import Loop, Schedule
from redheart.training.finetune.network import FineTuned
from redheart.training.finetune.publish import publish
from redheart.training.finetune.recipe import CompactRecipe, Stage
from redheart.training.finetune.start import Stem, Tokenizer, begin, begin_extension, fit_biases, fit_standardisation
from redheart.training.finetune.stem_cache import StemCache
from redheart.training.finetune.store import loaded_encoder, write_branch
from redheart.training.finetune.tasks import OUTSIDE_TASKS, OWN_TASKS, TASKS, Task
from redheart.training.model_reads import ModelReads
from redheart.training.whole_file import write_whole
from redheart.training.wide.choose import widen

#: Of the reading branch, below an extension.
SHARED_LAYERS: Final = 3
#: Heads that begin at the log odds of their labels.
BIASED: Final = frozenset(
    {"emotion", "kote", "polarity", "justice", "deontology", "virtue", "violations", "counterfactual", "amcd"}
)
#: Stage, steps done, recent losses by head.
Tell = Callable[[str, int, dict[str, float]], None]


class Stopped(Exception):
    """Asked to end; the state is written."""


@dataclass(frozen=True, slots=True)
class Making:
    """One run: `start` holds the pre-trained encoder, `cache` what the stem made of the rows, `out` all else."""

    recipe: CompactRecipe
    start: Path
    cache: Path
    out: Path
    tell: Tell
    stopped: Callable[[], bool]

    @property
    def checkpoint(self) -> Path:
        """Where the finished model lies."""
        return self.out / "checkpoint"


def make(making: Making) -> Path:
    """Everything, or what is left of it; the checkpoint's folder. Raises Stopped."""
    folder = _begun(making)
    model = learn_reading(making, folder)
    extension = learn_extension(making, folder, model, making.recipe.own, OWN_TASKS)
    return _published(making, folder, [model, extension], [*_with_twins(TASKS), *OWN_TASKS])


def make_outside(making: Making, finished: CompactModel) -> Path:
    """A checkpoint beside the finished one whose extension learned from sets for research only. Raises Stopped."""
    folder, model = making.out / "research", _reading_alone(finished)
    folder.mkdir(parents=True, exist_ok=True)
    for name in (WEIGHTS, TOKENIZER, CONFIG, "encoder.reading.safetensors"):
        shutil.copy(making.checkpoint / name, folder / name)
    extension = learn_extension(making, folder, model, making.recipe.outside, OUTSIDE_TASKS)
    return _published(making, folder, [model, extension], [*_with_twins(TASKS), *OUTSIDE_TASKS])


def _reading_alone(finished: CompactModel) -> CompactModel:
    """Without the heads of an extension."""
    heads = [name for name in finished.heads if finished.head(name).branch == "reading" and name != "surd"]
    model = CompactModel(finished.architecture, heads)
    model.trunk.load_state_dict(finished.trunk.state_dict())
    for name in heads:
        deep = {key: value for key, value in finished.heads[name].state_dict().items() if not key.startswith("wide.")}
        model.heads[name].load_state_dict(deep)
    return model


def learn_reading(making: Making, folder: Path) -> CompactModel:
    """The `reading` branch, written into `folder`, and the trunk and heads that ask it."""
    encoder = BundledEncoder(making.start)
    state = encoder.load_state()
    heads = sorted({head for task in TASKS for head in task.heads})
    network = begin(encoder, state, heads, making.recipe.seed, making.recipe.reading.dropout)
    sources = _sources(making, encoder, state, _with_twins(TASKS))
    _fit(network, sources)
    learned = _learn(making, "reading", network, sources, making.recipe.reading, TASKS)
    layers = encoder.facts.num_hidden_layers - encoder.facts.stem_layers
    write_branch(folder, "reading", learned.branch.state_dict(), Branch(file="", sha256="", layers=layers))
    return learned.model


def learn_extension(
    making: Making, folder: Path, model: CompactModel, stage: Stage, tasks: Sequence[Task]
) -> CompactModel:
    """The `own` branch, written into `folder`, and the heads that ask it."""
    encoder = loaded_encoder(folder, without=frozenset({"own"}))
    heads = [head for task in tasks for head in task.heads]
    network = begin_extension(encoder, model, heads, SHARED_LAYERS, making.recipe.seed, stage.dropout)
    sources = _sources(making, encoder, dict(encoder.module.state_dict()), tasks)
    fit_biases(network, _targets(sources))
    name = "own" if tasks is OWN_TASKS else "outside"
    learned = _learn(making, name, network, sources, stage, tasks)
    branch = Branch(
        file="", sha256="", layers=len(learned.branch.layers), grows_from="reading", trunk_layers=SHARED_LAYERS
    )
    write_branch(folder, "own", learned.branch.state_dict(), branch)
    return learned.model


def _begun(making: Making) -> Path:
    """The checkpoint's folder with the pre-trained encoder in it, no branch yet."""
    folder = making.checkpoint
    folder.mkdir(parents=True, exist_ok=True)
    for name in (WEIGHTS, TOKENIZER):
        shutil.copy(making.start / name, folder / name)
    facts = BundledEncoder(making.start).facts.model_copy(update={"branches": {}})
    write_whole(folder / CONFIG, (facts.model_dump_json(indent=2) + "\n").encode())
    return folder


def _learn(
    making: Making, name: str, network: FineTuned, sources: dict[str, Source], stage: Stage, tasks: Sequence[Task]
) -> FineTuned:
    """Learn to the last step; what is left is the average, ready to read. Raises Stopped."""
    folder = making.out / name
    folder.mkdir(parents=True, exist_ok=True)
    loop = Loop(network, sources, stage, making.recipe.seed, folder)
    loop.restore()

    def tell(step: int, losses: dict[str, float]) -> None:
        making.tell(name, step, losses)
        loop.stopped = making.stopped()

    chosen = [task for task in tasks if task.name in stage.tasks]
    loop.run(Schedule(chosen, {task.name: len(sources[task.name]) for task in chosen}, stage, making.recipe.seed), tell)
    if loop.step < stage.steps:
        raise Stopped
    network.load_state_dict(loop.average)
    return network.eval().requires_grad_(False)


def _published(making: Making, folder: Path, models: Sequence[CompactModel], tasks: Sequence[Task]) -> Path:
    """All heads on one trunk, with the encoder as it was written and the wide parts that help."""
    encoder = loaded_encoder(folder)
    whole = CompactModel(models[0].architecture, [head for model in models for head in model.heads], encoder.branches)
    whole.trunk.load_state_dict(models[0].trunk.state_dict())
    for model in models:
        for name, head in model.heads.items():
            whole.heads[name].load_state_dict(head.state_dict())
    for module in whole.modules().values():
        module.eval().requires_grad_(False)
    _widen(making, ModelReads(encoder, whole), folder)
    publish(encoder, whole, tasks, folder)
    counted = {task.name: {split: len(rows_of(task, split)) for split in ("train", "dev")} for task in tasks}
    write_whole(folder / "rows.json", (json.dumps(counted, indent=1) + "\n").encode())
    return folder


def _widen(making: Making, reads: ModelReads, folder: Path) -> None:
    recipe, tried = making.recipe.wide, itertools.count(1)
    found = widen(
        reads, recipe.grams, recipe.least_gain, making.out / "wide", lambda: making.tell("wide", next(tried), {})
    )
    told = {"least_gain": recipe.least_gain, "heads": {head: each.told() for head, each in found.items()}}
    write_whole(folder / "wide.json", (json.dumps(told, indent=1) + "\n").encode())


def _with_twins(tasks: Sequence[Task]) -> list[Task]:
    return [*tasks, *(replace(task, name=task.twin, twin=None) for task in tasks if task.twin)]


def _sources(
    making: Making, encoder: BundledEncoder, state: Mapping[str, Tensor], tasks: Sequence[Task]
) -> dict[str, Source]:
    stem, tokenizer = Stem(encoder, state), Tokenizer(encoder)
    found = {}
    for task in tasks:
        made = documents(task, "train", tokenizer, making.cache)
        path = making.cache / f"{task.name}-train.f16"
        found[task.name] = Source(made, StemCache(made, stem.read, encoder.dim, path, encoder.digests()[WEIGHTS]))
    return found


def _fit(network: FineTuned, sources: Mapping[str, Source]) -> None:
    """Moments of what the branch gives at first, and the heads' biases."""
    rows = np.random.default_rng(0).permutation(200)
    batches = [source.batch(rows % len(source), None) for source in sources.values()]
    lengths = [int(count) for batch in batches for count in batch.packing.mask.sum(1)]
    fit_standardisation(network, torch.cat([batch.tokens for batch in batches]), Packing.of(lengths))
    fit_biases(network, _targets(sources))


def _targets(sources: Mapping[str, Source]) -> dict[str, list[np.ndarray]]:
    """Head -> targets of every set that teaches it."""
    found: dict[str, list[np.ndarray]] = {}
    for source in sources.values():
        for head in BIASED & {*source.task.heads}:
            found.setdefault(head, []).append(source.documents.targets[head])
    return found
