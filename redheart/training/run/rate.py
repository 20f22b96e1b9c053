"""The peak learning rate of a run: asked for, found by its sweep, or found by an earlier one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from pydantic import JsonValue

from redheart.errors import ConfigError
from redheart.training.report.listener import Listener
from redheart.training.run.learner import Learner
from redheart.training.run.micro_batches import MicroBatches
from redheart.training.run.oom import OomLog
from redheart.training.run.prepared import Prepared
from redheart.training.run.trials import NetworkTrials
from redheart.training.sweep.ledger import sweep_finished
from redheart.training.sweep.optimal import read_optimal
from redheart.training.sweep.reading import read_sweep
from redheart.training.sweep.result import SweepResult
from redheart.training.sweep.runner import TrialDone, trials_at_most
from redheart.training.sweep.sweep import run_sweep

#: Settings on which no trial depends but by how its dropout is drawn.
APART = frozenset(
    {"lr", "epochs", "monitor_every", "state_every", "disk_budget_mib", "device_budget_mib", "micro_batch"}
    # Where a sweep looks, and how often: a second one may look further.
    | {"lowest", "highest", "repeats", "leaders"}
)


@dataclass(frozen=True, slots=True)
class Rate:
    """A peak rate, and where it comes from."""

    lr: float
    source: Literal["asked", "sweep", "optimal_lr.json"]
    sweep: SweepResult | None = None


def choose_rate(prepared: Prepared, micro_batch: int, listener: Listener, stored: Callable[[], None]) -> Rate:
    """(1) A sweep was asked for: run it, or read it where it is done; a rate that was asked for still wins.
    (2) A rate was asked for. (3) What an earlier sweep left in the folder. `stored` is told of every trial that was.

    Raises ConfigError where there is none of them.
    """
    given = prepared.train.lr
    sweep = _swept(prepared, micro_batch, listener, stored) if prepared.asked.sweep else None  # (1)
    if given != "auto":  # (2)
        return Rate(given, "asked", sweep)
    if sweep:
        return Rate(sweep.optimal_lr, "sweep", sweep)
    return Rate(read_optimal(prepared.asked.folder.optimal), "optimal_lr.json")  # (3)


def refuse_no_rate(prepared_lr: object, sweep: bool, optimal_exists: bool) -> None:
    """Raises ConfigError before any work where no rate could come from anywhere."""
    if prepared_lr == "auto" and not sweep and not optimal_exists:
        raise ConfigError(
            "--lr auto: the folder of the run holds no optimal_lr.json. Add --lr-sweep, or give --lr a number."
        )


def _swept(prepared: Prepared, micro_batch: int, listener: Listener, stored: Callable[[], None]) -> SweepResult:
    folder = prepared.asked.folder
    if prepared.asked.resume and sweep_finished(folder.cumulative):
        return read_sweep(folder)
    listener.begin("sweep", trials_at_most(prepared.train.sweep))
    told = 0

    def on_trial(done: TrialDone) -> None:
        nonlocal told
        told += 1
        stored()
        listener.trial(done.trial, done.place.stage, told)

    result = run_sweep(
        trials(prepared, micro_batch),
        prepared.train.sweep,
        folder,
        conditions(prepared),
        listener.say,
        on_trial,
        prepared.asked.plots,
    )
    listener.done("sweep")
    return result


def trials(prepared: Prepared, micro_batch: int) -> NetworkTrials:
    """Trials of this run's own network, data and settings."""
    s, splits = prepared.train, prepared.splits
    return NetworkTrials(
        fresh=partial(prepared.blueprint.fresh, splits["train"], splits["validation"]),
        ladder=partial(_ladder, prepared),
        data=splits["train"],
        batch_size=prepared.batch_size,
        samples=s.sweep.samples,
        epochs=s.sweep.epochs,
        warmup=s.warmup,
        micro_batch=micro_batch,
    )


def _ladder(prepared: Prepared, learner: Learner, size: int) -> MicroBatches:
    return MicroBatches(size, OomLog.begun(None, size), prepared.device, learner.stepper.zero_grad)


def conditions(prepared: Prepared) -> dict[str, JsonValue]:
    """What a trial's loss depends on beyond the rate."""
    facts = {key: value for key, value in prepared.identity().facts.items() if key.rpartition(".")[2] not in APART}
    facts = {key: value for key, value in facts.items() if key not in ("sweep", "update")}
    plain = json.dumps([facts, sorted(prepared.digests.values())], sort_keys=True)
    return {
        "preset": prepared.preset.name,
        "seed": prepared.train.seed,
        "batch_size": prepared.batch_size,
        "samples": min(prepared.train.sweep.samples, len(prepared.splits["train"])),
        "settings_and_data": hashlib.sha256(plain.encode()).hexdigest()[:16],
    }
