"""Writes a trained model with its calibration, neutral set and probe as a checkpoint folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from redheart.encoders.bundled import CONFIG as ENCODER_CONFIG
from redheart.encoders.bundled import BundledEncoder
from redheart.nn.checkpoint import CheckpointConfig, Probe, save_checkpoint
from redheart.nn.model import CompactModel
from redheart.nn.neutral import NEUTRAL_SENTENCES
from redheart.training.batches import Dataset
from redheart.training.evaluate import Figures

PROBE_TEXTS = (
    "약속을 어겨서 미안했지만 친구는 웃으며 용서해 주었다.",
    "I kept the money I found, and I wish I had not.",
)


def publish(
    model: CompactModel, figures: Figures, dev: dict[str, Dataset], train_rows: dict[str, int], folder: Path
) -> None:
    """Write everything of the checkpoint but the encoder, which must already lie in `folder`."""
    encoder = BundledEncoder(folder)
    encoder.module.load_state_dict(encoder.load_state(), strict=True, assign=True)
    heads = list(model.heads)
    config = CheckpointConfig(
        architecture=model.architecture.as_dict(),
        heads=tuple(heads),
        encoder=encoder.name,
        encoder_revision=encoder.revision,
        encoder_sha256=json.loads((folder / ENCODER_CONFIG).read_text(encoding="utf-8"))["weights_sha256"],
        platt={head: tuple(pair) for head, pair in figures.platt.items()},
        base_rates={head: tuple(rates) for head, rates in figures.base_rates.items()},
        conformal=figures.conformal,
        conformal_coverage=figures.coverage,
        neutral_utility={
            language: _utilities(model, encoder, sentences) for language, sentences in NEUTRAL_SENTENCES.items()
        },
        embedding_mean=_embedding_mean(encoder, dev),
        appraisal_errors=figures.appraisal_errors,
        probe=Probe(texts=PROBE_TEXTS, outputs=_probe(model, encoder, heads)),
    )
    save_checkpoint(model, config, folder)
    report = {
        "metrics": figures.metrics,
        "rows": figures.rows,
        "train_rows": train_rows,
        "dev_rows": {name: len(rows) for name, rows in dev.items()},
    }
    (folder / "dev_figures.json").write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _read(
    model: CompactModel, encoder: BundledEncoder, texts: tuple[str, ...], heads: list[str]
) -> dict[str, torch.Tensor]:
    encoded = encoder.encode(texts)
    with torch.inference_mode():
        pooled = model.pool(encoded.tokens, encoded.mask, heads)
        return model.read(pooled, torch.arange(len(texts)).unsqueeze(1), heads)


def _utilities(model: CompactModel, encoder: BundledEncoder, sentences: tuple[str, ...]) -> tuple[float, ...]:
    return tuple(_read(model, encoder, sentences, ["utility"])["utility"][:, 0].tolist())


def _probe(model: CompactModel, encoder: BundledEncoder, heads: list[str]) -> dict[str, Any]:
    raw = _read(model, encoder, PROBE_TEXTS, heads)
    return {head: tuple(tuple(row) for row in raw[head].tolist()) for head in heads}


def _embedding_mean(encoder: BundledEncoder, dev: dict[str, Dataset]) -> tuple[float, ...]:
    """Mean sentence vector over dev texts of both languages: cosines are taken after subtracting it."""
    texts = [
        row.text
        for name in ("goemotions_en", "goemotions_ko", "kote", "ethics_utilitarianism")
        for row in dev[name].features.rows[:100]
    ]
    pooled = torch.cat([encoder.encode(texts[at : at + 32]).pooled for at in range(0, len(texts), 32)])
    return tuple(torch.nn.functional.normalize(pooled, dim=-1).mean(0).tolist())
