"""A small encoder, a small model, a few rows."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from redheart.encoders.layers import LayerStack
from redheart.nn.model import Architecture, CompactModel
from redheart.training.data import Row
from redheart.training.finetune.batches import Source
from redheart.training.finetune.documents import Documents
from redheart.training.finetune.network import FineTuned
from redheart.training.finetune.recipe import Share, Stage
from redheart.training.finetune.stem_cache import StemCache
from redheart.training.finetune.tasks import Task, targets

WIDTH = 16
SMALL = Architecture(encoder_dim=WIDTH, width=16, attention_heads=2, feed_forward=16, dropout=0.0)
REVIEWS = Task("nsmc", ("polarity",), "text")


def stem(sentences: list[np.ndarray]) -> torch.Tensor:
    """Pieces below 50 point one way, the others the opposite one."""
    ids = torch.from_numpy(np.concatenate(sentences).astype(np.int64))
    noise = torch.sin(ids[:, None] * torch.arange(1, WIDTH + 1))
    return noise + (ids < 50).float()[:, None] * 2 - 1


def reviews(count: int) -> tuple[Row, ...]:
    labels = ["positive" if at % 2 else "negative" for at in range(count)]
    return tuple(Row(str(at), f"t{at}", "train", "ko", labels=(label,)) for at, label in enumerate(labels))


def documents_of(task: Task, rows: Sequence[Row], sentences: Sequence[int]) -> Documents:
    """Two pieces a sentence; those of a positive row are small numbers."""
    each = 2 if task.form == "ranked" else 1
    owner = np.repeat(np.repeat(np.arange(len(rows)), each), sentences)
    positive = np.array(["positive" in row.labels for row in rows])[owner]
    ids = np.where(positive, 10, 90).repeat(2) + np.arange(2 * len(owner)) % 7
    ends = np.concatenate([[0], np.cumsum(sentences)])
    return Documents(
        task, tuple(rows), ids.astype(np.int32), 2 * np.arange(len(owner) + 1), ends, targets(task, list(rows))
    )


def source(folder: Path, task: Task = REVIEWS, rows: Sequence[Row] | None = None, sentences: int = 1) -> Source:
    known = reviews(64) if rows is None else rows
    each = 2 if task.form == "ranked" else 1
    made = documents_of(task, known, [sentences] * (each * len(known)))
    return Source(made, StemCache(made, stem, WIDTH, folder / f"{task.name}.f16", "key"))


def network(heads: Sequence[str] = ("polarity",)) -> FineTuned:
    torch.manual_seed(0)
    return FineTuned(LayerStack(1, WIDTH, 2, 32, 1e-12, 0.1), CompactModel(SMALL, heads))


def stage(steps: int, **tasks: int) -> Stage:
    shares = {name: Share(share=1.0, rows=rows) for name, rows in (tasks or {"nsmc": 16}).items()}
    return Stage(
        steps=steps, decay_steps=max(1, steps // 2), warm_up=5, branch_rate=1e-2, rate=1e-2, average=0.5, tasks=shares
    )
