"""Fits the SURD head on a frozen model, judges it on texts of other sentences, then records it in the checkpoint.

    REDHEART_DATA=<folders> python -m redheart.training.surd_head [--model FOLDER]

Takes about half an hour; a rerun goes on where the last one stopped.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch

from redheart.nn.checkpoint import CheckpointConfig, file_of, read_config, record_module, write_config
from redheart.nn.heads.surd import SurdHead
from redheart.nn.model import CompactModel
from redheart.training.loaded import loaded_reads
from redheart.training.long_texts import LongTexts, long_texts
from redheart.training.model_reads import ModelReads
from redheart.training.whole_file import write_whole

PARTS: Final = SurdHead.names
PENALTIES: Final = tuple(10.0**power for power in range(0, 7))
_LEAST: Final = 1e-3  # a smaller share counts as this one in logarithms


def fit(texts: LongTexts) -> tuple[np.ndarray, np.ndarray]:
    """Weights (4, q * d) and bias (4,) of the logits: ridge on centred log shares, penalty by five-fold."""
    scale = texts.gathered.std(0) + 1e-6
    mean = texts.gathered.mean(0)
    inputs, outputs = (texts.gathered - mean) / scale, log_shares(texts.shares)
    fold = np.arange(len(texts)) % 5
    best = min(PENALTIES, key=lambda penalty: _held_out_error(inputs, outputs, fold, penalty))
    weights, bias = _ridge(inputs, outputs, best)
    return weights / scale, bias - weights @ (mean / scale)


def _ridge(inputs: np.ndarray, outputs: np.ndarray, penalty: float) -> tuple[np.ndarray, np.ndarray]:
    centre, middle = inputs.mean(0), outputs.mean(0)
    centred = inputs - centre
    gram = centred.T @ centred + penalty * np.eye(inputs.shape[1])
    weights = np.linalg.solve(gram, centred.T @ (outputs - middle)).T
    bias: np.ndarray = middle - weights @ centre
    return weights, bias


def _held_out_error(inputs: np.ndarray, outputs: np.ndarray, fold: np.ndarray, penalty: float) -> float:
    total = 0.0
    for held in range(5):
        weights, bias = _ridge(inputs[fold != held], outputs[fold != held], penalty)
        total += float(((inputs[fold == held] @ weights.T + bias - outputs[fold == held]) ** 2).sum())
    return total


def log_shares(shares: np.ndarray) -> np.ndarray:
    """(N, 4) -> (N, 4), rows of mean 0."""
    logs = np.log(np.maximum(shares, _LEAST))
    centred: np.ndarray = logs - logs.mean(1, keepdims=True)
    return centred


def predicted(weights: np.ndarray, bias: np.ndarray, gathered: np.ndarray) -> np.ndarray:
    """(N, 4) shares of sum 1."""
    powers = np.exp(gathered @ weights.T + bias)
    shares: np.ndarray = powers / powers.sum(1, keepdims=True)
    return shares


def judge(weights: np.ndarray, bias: np.ndarray, train: LongTexts, dev: LongTexts) -> dict[str, Any]:
    """Mean absolute error of each share on dev, beside that of the training texts' mean share in each language."""
    means = np.where(dev.korean[:, None], train.shares[train.korean].mean(0), train.shares[~train.korean].mean(0))
    guess = predicted(weights, bias, dev.gathered)
    figures: dict[str, Any] = {"train_texts": len(train), "dev_texts": len(dev)}
    for name, chosen in (("all", np.full(len(dev), True)), ("ko", dev.korean), ("en", ~dev.korean)):
        truth = dev.shares[chosen]
        figures[name] = {
            "mae": dict(zip(PARTS, np.abs(guess[chosen] - truth).mean(0).tolist(), strict=True)),
            "mae_of_the_mean": dict(zip(PARTS, np.abs(means[chosen] - truth).mean(0).tolist(), strict=True)),
            "explained": dict(
                zip(
                    PARTS,
                    (1 - ((guess[chosen] - truth) ** 2).sum(0) / ((means[chosen] - truth) ** 2).sum(0)).tolist(),
                    strict=True,
                )
            ),
        }
    return figures


def head_of(model: CompactModel, weights: np.ndarray, bias: np.ndarray) -> SurdHead:
    """The queries are those of utility: what drives the utility is asked of the same words."""
    head = SurdHead(model.architecture.width)
    head.load_state_dict(
        {
            "queries": model.head("utility").queries.detach().clone(),
            "weight": torch.from_numpy(weights).float(),
            "bias": torch.from_numpy(bias).float(),
        }
    )
    return head.eval().requires_grad_(False)


def record(folder: Path, reads: ModelReads, head: SurdHead, figures: dict[str, Any]) -> None:
    """Store the head beside the others, its outputs on the probe, and its dev figures."""
    config = read_config(folder)
    outputs = {**config.probe.outputs, head.name: _probe(reads, head, config.probe.texts)}
    recorded = {
        "files": {**config.files, **record_module(f"head.{head.name}", head, folder)},
        "heads": tuple(dict.fromkeys((*config.heads, head.name))),
        "surd_errors": {language: figures[language]["mae"] for language in ("ko", "en")},
        "probe": config.probe.model_copy(update={"outputs": outputs}),
    }
    write_config(config.model_copy(update=recorded), folder)
    write_whole(folder / "surd_head.json", (json.dumps(figures, indent=1) + "\n").encode())


def _probe(reads: ModelReads, head: SurdHead, texts: tuple[str, ...]) -> tuple[tuple[float, ...], ...]:
    """Its queries are those of utility, so what these pool is what it reads."""
    with torch.inference_mode():
        pooled = reads.pooled(texts, ("utility",))
        raw = head(reads.model.trunk.backbone(pooled[:, None], torch.ones(len(texts), 1, dtype=torch.bool)))
    return tuple(tuple(row) for row in raw.tolist())


def weights_digest(config: CheckpointConfig, encoder: Mapping[str, str]) -> str:
    """Of all that the texts are decomposed by: what one model was asked for says nothing of another."""
    asked = [config.files[file_of(name)] for name in ("backbone", "head.utility")]
    return hashlib.sha256("\n".join([*asked, *sorted(encoder.values())]).encode()).hexdigest()[:16]


def main() -> None:
    """Make the texts, fit, judge, record."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("models/compact"))
    parser.add_argument("--out", type=Path, default=Path("runs/surd_head"))
    parser.add_argument("--texts", type=int, nargs=2, default=(900, 240), metavar=("TRAIN", "DEV"))
    given = parser.parse_args()
    reads = loaded_reads(given.model)
    out = given.out / weights_digest(read_config(given.model), reads.encoder.digests())
    out.mkdir(parents=True, exist_ok=True)
    dev = long_texts(reads, "dev", given.texts[1], out, seed=1)
    train = long_texts(reads, "train", given.texts[0], out, seed=0)
    weights, bias = fit(train)
    figures = judge(weights, bias, train, dev)
    print(json.dumps(figures, indent=1))
    record(given.model, reads, head_of(reads.model, weights, bias), figures)


if __name__ == "__main__":
    main()
