"""Sections of the card about single parts: encoder, packing, words, SURD head, trajectory, ablations."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from redheart.nn.checkpoint import build_model, read_config
from redheart.training.card.measured import measured
from redheart.training.card.table import figure, table

DIMENSIONS = ("valence", "arousal", "dominance")


def size_line(folder: Path) -> str:
    """Counted parameters, and bytes of the folder."""
    heads = sum(
        p.numel() for module in build_model(read_config(folder)).modules().values() for p in module.parameters()
    )
    megabytes = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    return f"{heads:,} parameters in trunk and heads; {megabytes:.1f} MB on disk in all."


def pruning_table(folder: Path) -> str:
    """Cosines of sentence vectors with those of the whole vocabulary."""
    found = measured(folder, "pruning.json")
    rows = []
    for language, said in (("Korean", found["ko"]), ("English", found["en"])):
        same, other = said["cosines_where_kept"], said["cosines_where_not"]
        share = f"{said['every_piece_kept']:,} of {said['sentences']:,}"
        rows.append(
            [language, share, _cosine(same, "least"), *(_cosine(other, key) for key in ("median", "10%", "1%"))]
        )
    head = ("language", "every piece kept", "least cosine there", "median elsewhere", "tenth", "hundredth")
    return table(head, rows)


def _cosine(found: dict[str, Any], key: str) -> str:
    return figure(found[key], 4) if key in found else "none"


def packing_line(folder: Path) -> str:
    """How far 8 bits move the figures on dev."""
    told = measured(folder, "packing.json")
    moved: dict[str, float] = told["moved"]
    furthest = max(moved, key=lambda name: abs(moved[name]))
    beyond = sum(abs(value) > told["allowed"] for value in moved.values())
    return (
        f"Of {len(moved)} figures on dev the one that moves furthest is {furthest}, by {100 * moved[furthest]:+.2f} "
        f"points; {beyond} move by more than {100 * told['allowed']:.1f}."
    )


def wide_table(folder: Path) -> str:
    """What linear logits of words add on dev, head by head."""
    rows = [
        [
            head,
            name,
            tried["metric"],
            *(figure(found[key]) for key in ("wide", "deep", "blended")),
            f"{100 * found['gain']:+.1f} ({100 * found['gain_low']:+.1f} to {100 * found['gain_high']:+.1f})",
            "yes" if tried["kept"] else "no",
        ]
        for head, tried in measured(folder, "wide.json")["heads"].items()
        for name, found in tried["sets"].items()
    ]
    return table(("head", "set", "figure", "words", "encoder", "both", "gain in points, 95 %", "kept"), rows)


def surd_table(folder: Path) -> str:
    """What the SURD head is off by, beside the mean share of each language's training texts."""
    figures = measured(folder, "surd_head.json")
    rows = [
        [
            share,
            *(figure(figures[language][key][share]) for language in ("ko", "en") for key in ("mae", "mae_of_the_mean")),
        ]
        for share in figures["all"]["mae"]
    ]
    return table(("share", "Korean", "its mean", "English", "its mean"), rows)


def trajectory_line(folder: Path) -> str:
    """Coverage of the bands as it was measured when they were fitted. Raises ValueError where none were."""
    found = read_config(folder).trajectory
    if found is None:
        raise ValueError(f"'{folder}' has no calibration of the trajectory; run redheart.training.trajectory")
    shares = ", ".join(f"{name} {figure(share)}" for name, share in zip(DIMENSIONS, found.coverage, strict=True))
    return f"On {found.rows:,} EmoBank dev rows, each fifth of the documents by what the others gave: {shares}."


def ablation_table(folder: Path) -> str:
    """What each idea gave, as written down beside the runs."""
    told = measured(folder, "ablation.json")
    return f"{table(told['head'], told['rows'])}\n\n{told['about']}"
