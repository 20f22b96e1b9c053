"""The table of dev figures: each task beside TF-IDF, a constant, what is published."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from redheart.training.card.measured import measured
from redheart.training.card.table import figure, interval, table

#: Metrics shown, in this order; the rest is in the file.
SHOWN: Final = (
    "macro_f1", "f1", "r_valence", "r_arousal", "r_dominance", "accuracy", "exact_match", "argmax_accuracy", "mean_r",
    "duration_accuracy",
)  # fmt: skip
#: Figures on the sets' own test rows, by task and metric: beside dev rows they are a rough guide.
PUBLISHED: Final = {
    ("goemotions/goemotions_en", "macro_f1"): "BERT-base .46 (Demszky et al., 2020)",
    ("goemotions/goemotions_ko", "macro_f1"): "KoELECTRA-base-v1 .44 (its repository)",
    ("kote/kote", "macro_f1"): "KcELECTRA .56, from 40,000 rows (Jeon et al., 2022)",
    ("emobank/emobank", "r_valence"): "RoBERTa-large .84 (Park et al., 2021)",
    ("emobank/emobank", "r_arousal"): "RoBERTa-large .57",
    ("emobank/emobank", "r_dominance"): "RoBERTa-large .54",
    ("ethics_utilitarianism/ethics_utilitarianism", "accuracy"): "BERT-base .734 on test (Hendrycks et al., 2021)",
    ("ethics_justice/ethics_justice", "exact_match"): "BERT-base .260 on test",
    ("ethics_deontology/ethics_deontology", "exact_match"): "BERT-base .388 on test",
    ("nsmc/nsmc", "accuracy"): "KoELECTRA-small .888, another split (its repository)",
    ("semeval_cfd/semeval_cfd", "f1"): "BERT-base .85 (SemEval-2020 task 5)",
    ("ecare/ecare", "accuracy"): "BERT-base .755 (Du et al., 2022)",
}


def figures_table(folder: Path) -> str:
    """Every task that the checkpoint has a head for."""
    results, floors = measured(folder, "dev_figures.json")["results"], measured(folder, "floors.json")["sets"]
    rows = [
        cells
        for name, result in results.items()
        for cells in _rows(name, result, floors.get(name.split("/")[1], {}).get("metrics", {}))
    ]
    return table(("set", "figure", "rows", "compact", "95 %", "TF-IDF", "constant", "published"), rows)


def _rows(name: str, result: dict[str, Any], floor: dict[str, float | None]) -> list[list[str]]:
    return [
        [
            name.split("/")[1],
            metric,
            f"{result['n']:,}",
            *_better(result["metrics"][metric], floor.get(metric), result["ci95"].get(metric)),
            figure(result["baseline"].get(metric)),
            PUBLISHED.get((name, metric), ""),
        ]
        for metric in SHOWN
        if result["metrics"].get(metric) is not None
    ]


def _better(value: float, floor: float | None, bounds: list[float] | None) -> tuple[str, str, str]:
    """The figure, its interval and the floor's figure: the better of the two in bold."""
    ours, theirs = figure(value), figure(floor)
    if floor is None:
        return ours, interval(bounds), theirs
    return (f"**{ours}**", interval(bounds), theirs) if value >= floor else (ours, interval(bounds), f"**{theirs}**")


def calibration_table(folder: Path) -> str:
    """Expected calibration error before and after, classification alone."""
    results = measured(folder, "dev_figures.json")["results"]
    rows = [
        [name.split("/")[1], key.removesuffix("ece") or "–", f"{result['n']:,}", *_errors(result["metrics"], key)]
        for name, result in results.items()
        for key in ("ece", "duration_ece")
        if result["metrics"].get(key) is not None
    ]
    return table(("set", "part", "rows", "before", "after"), rows)


def _errors(metrics: dict[str, float | None], key: str) -> tuple[str, str]:
    return figure(metrics.get(f"{key}_before")), figure(metrics[key])


def rate(folder: Path) -> float:
    """Rows a second over all dev rows."""
    results = measured(folder, "dev_figures.json")["results"].values()
    return float(sum(each["n"] for each in results) / sum(each["n"] / each["rows_per_second"] for each in results))
