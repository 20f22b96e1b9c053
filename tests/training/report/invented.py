"""An invented run: curves with a known best epoch, and a story with every section filled."""

import math
from typing import Any

from redheart.nn.network.targets import TARGETS
from redheart.training.corpus.distribution import (
    BASELINE_IS,
    DataReport,
    LabelShare,
    SetReport,
    SplitSize,
    Spread,
    TargetReport,
    TargetSplit,
)
from redheart.training.report.curve_file import CurveFile
from redheart.training.report.json_lines import JsonLines
from redheart.training.report.story import EnvironmentStory, MemoryStory, ModuleSize, RunStory, Score
from redheart.training.run.figures import EpochFigures, PartFigures, StepFigures
from redheart.training.run.folder import RunFolder
from redheart.training.run.monitor import Look, ModuleUpdate
from redheart.training.run.oom import OomStats, Refusal
from redheart.training.selection.crossover import Candidate, Crossover
from redheart.training.selection.paired import Comparison
from redheart.training.selection.sweet_spot import find_sweet_spots

PARTS = {"head.emotion": "emotion macro_f1", "analyzer.regret": "regret r", "auxiliary.utility": "utility accuracy"}
MODULES = ("backbone", *PARTS)
EPOCHS, STEPS_AN_EPOCH, BEST = 6, 10, 4
SPLITS = ("train", "validation", "holdout", "test")


def steps() -> list[StepFigures]:
    return [
        StepFigures(
            step=step,
            epoch=(step - 1) // STEPS_AN_EPOCH + 1,
            lr=1e-4 * step,
            loss=1 + 1 / step,
            gradient_norm=0.5,
            parts={part: 1 / (step + place) for place, part in enumerate(PARTS)},
        )
        for step in range(1, EPOCHS * STEPS_AN_EPOCH + 1)
    ]


def epoch(number: int) -> EpochFigures:
    """Every loss is lowest, every metric highest, at epoch BEST."""
    away = abs(number - BEST)
    return EpochFigures(
        epoch=number,
        step=number * STEPS_AN_EPOCH,
        lr=1e-4 * number,
        train_loss=1 / number,
        validation_loss=1 + 0.1 * away,
        parts={
            part: PartFigures(loss=0.3 + 0.03 * away, metrics={name: 0.6 - 0.02 * away}) for part, name in PARTS.items()
        },
        gradient_norms={module: math.exp(-number) for module in MODULES},
        update_ratios=dict.fromkeys(MODULES, 1e-3 / number),
        seconds=2.5,
        samples_per_second=800.0,
    )


def epochs() -> tuple[EpochFigures, ...]:
    """All epochs of the run."""
    return tuple(map(epoch, range(1, EPOCHS + 1)))


def write_curves(folder: RunFolder) -> RunFolder:
    """The curve files of the run."""
    folder.path.mkdir(exist_ok=True)
    with CurveFile(folder.steps, tuple(PARTS)) as curve, JsonLines(folder.epochs, EpochFigures) as judged:
        for each in steps():
            curve.append(each)
        for one in epochs():
            judged.append(one)
    return folder


def data_report() -> DataReport:
    return DataReport(
        samples_asked=0,
        sets=(_set("goemotions_en"), _set("ethics_utilitarianism")),
        splits={name: SplitSize(samples=40, documents=60, sentences=90) for name in SPLITS},  # type: ignore[misc]
        targets=(
            target(
                "emotion",
                labels=(LabelShare(name="joy", count=12, share=0.3), LabelShare(name="remorse", count=4, share=0.1)),
            ),
            target("kote", labels=(LabelShare(name="죄책감", count=3, share=0.25),)),
            target("dimensions", spreads=(Spread(name="valence", known=40, mean=-0.2, sd=0.4),)),
        ),
        baseline_is={"labels": BASELINE_IS["labels"]},
        warnings=("target 'kote': never in train: '없음': nothing learns to say so.",),
    )


def _set(name: str) -> SetReport:
    return SetReport(
        name=name, file=f"{name}.jsonl.gz", kind="rows", licence="plain", targets=("emotion",), provenance="its paper",
        notes=(), read=100, repeated=1, unlabelled=2, dropped_by_group=3, dropped_by_text=4, left_out=10,
        splits=dict.fromkeys(SPLITS, 20), languages={"en": 80}, documents=80, sentences=90, cut_documents=0,
        cut_sentences=0,
    )  # type: ignore[arg-type]  # fmt: skip


def target(name: str, **train: Any) -> TargetReport:
    split = TargetSplit(known=40, entries=80, baseline={"macro_f1": 0.125}, **train)
    return TargetReport(
        name=name,
        kind=TARGETS[name].kind,
        provenance=TARGETS[name].provenance,
        masked=(),
        splits=dict.fromkeys(SPLITS, split),  # type: ignore[arg-type]
    )


def make_story(**changes: Any) -> RunStory:
    """The story of the run, some fields replaced."""
    fields: dict[str, Any] = {
        "preset": "tiny",
        "encoder": "bundled",
        "encoder_dim": 384,
        "modules": modules(),
        "data": data_report(),
        "samples": dict.fromkeys(SPLITS, 40),
        "batch_size": 8,
        "micro_batch": 4,
        "lr": 3e-4,
        "lr_from": "asked for",
        "steps": EPOCHS * STEPS_AN_EPOCH,
        "epochs": epochs(),
        "baselines": {"emotion macro_f1": 0.125, "utility accuracy": 0.5},
        "sweet_spots": find_sweet_spots(epochs(), range(1, EPOCHS + 1)),
        "crossover": crossover(),
        "test": (score("head.emotion", 0.4, 0.3, 0.5), score("auxiliary.utility", 0.55, 0.49, 0.6, baseline=0.5)),
        "oom": OomStats(refused=1, micro_batch=4, refusals=(refusal(),)),
        "looks": (look(10, True), look(20, False)),
        "memory": MemoryStory(
            device="cpu",
            predicted={"weights": 4096, "total": 1 << 20},
            measured_peak=None,
            measured_how="RAM is shared with other work",
        ),
        "environment": environment(),
        "settings": {"train.epochs": EPOCHS, "train.seed": 0},
        "command": "redheart train --preset tiny --data kote --out run",
    }
    return RunStory(**(fields | changes))


def modules() -> tuple[ModuleSize, ...]:
    """All taught but the last."""
    taught = [ModuleSize(name=name, parameters=1000, planned=1010) for name in MODULES]
    return (*taught, ModuleSize(name="head.surd", parameters=0, planned=900, taught=False, targets=("surd",)))


def score(part: str, value: float, low: float, high: float, baseline: float = 0.125) -> Score:
    return Score(
        part=part,
        target=part.partition(".")[2],
        metric="macro_f1",
        value=value,
        baseline=baseline,
        low=low,
        high=high,
        entries=40,
    )


def refusal() -> Refusal:
    return Refusal(
        step=3,
        micro_batch=8,
        next_micro_batch=4,
        asked_bytes=1 << 21,
        allocated_bytes=None,
        reserved_bytes=None,
        message="no",
    )


def look(step: int, updated: bool) -> Look:
    norm = 0.5 if updated else 0.0
    module = ModuleUpdate(updated=updated, gradient_norm=norm, update_ratio=1e-3 * norm)
    moving = ModuleUpdate(updated=True, gradient_norm=0.5, update_ratio=1e-3)
    return Look(
        step=step,
        modules={**dict.fromkeys(MODULES, moving), "head.emotion": module},
        warnings={} if updated else {"head.emotion": f"step {step}: 'head.emotion' was not updated"},
    )


def crossover() -> Crossover:
    epoch = Candidate(strategy="epoch", recipe={"backbone": {BEST: 1.0}}, validation_loss=1.0, parts={})
    mixed = Candidate(strategy="selective", recipe={"backbone": {3: 1.0}}, validation_loss=0.9, parts={})
    return Crossover(
        accepted=False,
        reason="the gain of 'selective' on holdout is within the noise",
        strategy="epoch",
        best_epoch=BEST,
        finalist="selective",
        holdout=Comparison(samples=40, ours=0.99, theirs=1.0, difference=-0.01, upper=0.004, draws=10_000),
        impact={},
        candidates=(epoch, mixed),
        seed=0,
    )


def environment(**changes: Any) -> EnvironmentStory:
    fields: dict[str, Any] = {
        "redheart": "0.1.0",
        "python": "3.11.9",
        "torch": "2.13.0",
        "system": "Linux x86_64",
        "processor": "some processor",
        "threads": 2,
        "gpu": None,
        "finished": "2026-11-21T00:00:00+00:00",
        "seconds": {"training": 12.5},
        "samples_per_second": 800.0,
    }
    return EnvironmentStory(**(fields | changes))
