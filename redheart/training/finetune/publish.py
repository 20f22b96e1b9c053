"""Writes a fine-tuned model with its calibration, neutral set and probe as a checkpoint folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

import torch

from redheart.encoders.bundled import BundledEncoder
from redheart.nn.checkpoint import CheckpointConfig, Probe, save_checkpoint
from redheart.nn.model import CompactModel
from redheart.nn.neutral import NEUTRAL_SENTENCES
from redheart.situation.sentences import split_sentences
from redheart.training.data import read_rows
from redheart.training.finetune.calibrations import Judged, calibrations
from redheart.training.finetune.documents import rows_of
from redheart.training.finetune.tasks import Document, Task, passages, targets
from redheart.training.model_reads import ModelReads
from redheart.types.encoding import Passage
from redheart.types.situation import Language

PROBE_TEXTS: Final = (
    "약속을 어겨서 미안했지만 친구는 웃으며 용서해 주었다.",
    "I kept the money I found, and I wish I had not.",
)
#: Sets whose dev texts give the mean sentence vector, and how many of each.
MEAN_OF: Final = ("goemotions_en", "goemotions_ko", "kote", "ethics_utilitarianism")
MEAN_ROWS: Final = 100


def publish(encoder: BundledEncoder, model: CompactModel, tasks: Sequence[Task], folder: Path) -> None:
    """Write everything of the checkpoint but the encoder's files, which lie in `folder` and are what `encoder` loaded.

    What calibrates is read from the dev rows of `tasks` by just these weights.
    """
    reads = ModelReads(encoder, model)
    judged = [each for task in tasks for each in judge(reads, task)]
    digests, branches = encoder.digests(), [encoder.facts.branches[name] for name in encoder.branches]
    config = CheckpointConfig(
        architecture=model.architecture.as_dict(),
        heads=tuple(model.heads),
        branches=encoder.branches,
        wide={head: table.keys.numel() for head, table in model.wide().items()} or None,
        branch_files={branch.file: branch.sha256 for branch in branches},
        encoder=encoder.name,
        encoder_revision=encoder.revision,
        encoder_sha256=digests["encoder.safetensors"],
        neutral_utility={
            language: tuple(reads.raw([[text] for text in texts], ["utility"])["utility"][:, 0].tolist())
            for language, texts in NEUTRAL_SENTENCES.items()
        },
        embedding_mean=embedding_mean(encoder),
        probe=probe(reads, tuple(model.heads)),
        **calibrations(judged),
    )
    save_checkpoint(model, config, folder)


def judge(reads: ModelReads, task: Task) -> list[Judged]:
    """Every head of a task on its dev rows."""
    rows = rows_of(task, "dev")
    documents = [_sentences(document, cast(Language, row.lang)) for row in rows for document in passages(task, row)]
    raw, truth = reads.raw(documents, task.heads), targets(task, rows)
    return [Judged(head, raw[head], truth[head]) for head in task.heads]


def _sentences(document: Document, language: Language) -> list[Passage]:
    if isinstance(document, list):
        return document
    return [sentence.text for sentence in split_sentences(document, language)]


def probe(reads: ModelReads, heads: Sequence[str]) -> Probe:
    """What the two texts give, each as a single sentence, in float32."""
    raw = reads.raw([[text] for text in PROBE_TEXTS], heads)
    return Probe(texts=PROBE_TEXTS, outputs={head: tuple(map(tuple, raw[head].tolist())) for head in heads})


def embedding_mean(encoder: BundledEncoder) -> tuple[float, ...]:
    """Mean sentence vector over dev texts of both languages: cosines are taken after subtracting it."""
    texts = [row.text for name in MEAN_OF for row in [row for row in read_rows(name) if row.split == "dev"][:MEAN_ROWS]]
    parts = [encoder.encode(texts[at : at + 32]).pooled for at in range(0, len(texts), 32)]
    return tuple(torch.nn.functional.normalize(torch.cat(parts), dim=-1).mean(0).tolist())
