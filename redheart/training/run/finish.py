"""The end of a run: sweet spots, crossover, figures on the test split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from redheart.nn.network.checkpoint_file import tensors
from redheart.nn.network.targets import TARGETS
from redheart.training.report.json_lines import read_records
from redheart.training.report.listener import Listener
from redheart.training.report.story import Score
from redheart.training.run.figures import EpochFigures
from redheart.training.run.intervals import interval
from redheart.training.run.judge import NetworkJudge, Predictions
from redheart.training.run.main_run import Learned
from redheart.training.run.metrics import MAIN, baseline_metrics
from redheart.training.run.prepared import Prepared
from redheart.training.run.store import NetworkStore
from redheart.training.selection.crossover import Crossover, Epochs
from redheart.training.selection.pruning import epoch_files
from redheart.training.selection.recommend import write_crossover, write_sweet_spots
from redheart.training.selection.sweet_spot import SweetSpots


@dataclass(frozen=True, slots=True)
class Selection:
    """What the validation split recommends, and what holdout said of it."""

    spots: SweetSpots
    crossover: Crossover


def select(prepared: Prepared, learned: Learned, listener: Listener) -> Selection:
    """Write sweet spots and `crossover_final.safetensors`; the network then has the recommended weights."""
    listener.begin("selection")
    folder = prepared.asked.folder
    figures = read_records(folder.epochs, EpochFigures)
    spots = write_sweet_spots(folder, figures, prepared.asked.plots)
    store = NetworkStore(learned.learner.network, prepared.facts(learned.course.steps, None))
    epochs = Epochs(epoch_files(folder), figures, spots)
    crossover = write_crossover(folder, epochs, learned.judge, store, prepared.train.seed)
    learned.learner.network.load_state_dict(dict(tensors(folder.crossover)), strict=True)
    listener.say(f"crossover {'accepted' if crossover.accepted else 'refused'}: {crossover.reason}")
    listener.done("selection")
    return Selection(spots, crossover)


def scores(prepared: Prepared, judge: NetworkJudge, listener: Listener) -> tuple[Score, ...]:
    """Every part's main metrics on the test split, once, beside the constant answer; thresholds are validation's."""
    listener.begin("test")
    fitted, judged = judge.predictions("validation"), judge.predictions("test")
    found = [_score(prepared, part, target, fitted, judged) for part, target in judged.raw]
    listener.done("test")
    return tuple(score for score in found if score is not None)


def unmeasured(judge: NetworkJudge, found: Iterable[Score]) -> tuple[str, ...]:
    """'<part> <target>' of everything that was taught and has no score."""
    scored = {(score.part, score.target) for score in found}
    outputs = judge.network.outputs
    return tuple(
        f"{part} {target}"
        for part, module in judge.network.parts().items()
        for target in module.targets
        if target in outputs and (part, target) not in scored
    )


def _score(prepared: Prepared, part: str, target: str, fitted: Predictions, judged: Predictions) -> Score | None:
    if (part, target) not in fitted.raw:
        return None
    raw, truth = judged.of(part, target)
    found = interval(target, fitted.of(part, target), (raw, truth))
    if found is None:
        return None
    return Score(
        part=part,
        target=target,
        metric=MAIN[TARGETS[target].kind],
        value=found.value,
        baseline=_baseline(prepared, target, _comparable(target, fitted.of(part, target)[1], truth)),
        low=found.low,
        high=found.high,
        entries=found.rows,
    )


def _comparable(target: str, fitted: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """`truth` of the labels that have a threshold: a baseline over more of them than the score is no comparison."""
    if TARGETS[target].kind != "labels":
        return truth
    found: np.ndarray = np.where((fitted == 1).any(0) & (fitted == 0).any(0), truth, np.nan)
    return found


def _baseline(prepared: Prepared, target: str, truth: np.ndarray) -> float | None:
    """Of the metric that is compared; one half for pairs."""
    kind = TARGETS[target].kind
    if kind == "pair":
        return 0.5
    return baseline_metrics(target, prepared.splits["train"].targets[target].numpy(), truth).get(MAIN[kind])


def validation_baselines(prepared: Prepared) -> dict[str, float]:
    """'<target> <metric>' -> what a constant answer reaches on the validation split."""
    train, validation = prepared.splits["train"], prepared.splits["validation"]
    found = {f"{name} accuracy": 0.5 for name in validation.preferred}
    for name, truth in validation.targets.items():
        metrics = baseline_metrics(name, train.targets[name].numpy(), truth.numpy())
        found |= {f"{name} {metric}": value for metric, value in metrics.items()}
    return found
