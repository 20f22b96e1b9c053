"""Measures the ten factors of a checkpoint against labelled dev rows; records what it found in the checkpoint.

    REDHEART_DATA=<folders> python -m redheart.training.factor_evidence [--model FOLDER]

Writes `factors.json` into the folder, every signal with its figures, and into the config the one that decides of each
route. Weights stay.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from redheart.calculus.felicific.evidence_weights import (
    LEAST_CORRELATION,
    LEAST_ROWS,
    UNMEASURED_WEIGHT,
    evidence_weight,
    has_evidence,
)
from redheart.circuit.evidence import Evidence
from redheart.nn.checkpoint import read_config, write_config
from redheart.training.factor_signals import SIGNALS, Signal
from redheart.training.factor_texts import FactorTexts, factor_by
from redheart.training.whole_file import write_whole
from redheart.types.readings import FactorEvidence

FILE = "factors.json"
#: Half of the 95 % of a normal distribution, for Fisher's z.
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Measured:
    """One signal with what was found."""

    signal: Signal
    evidence: FactorEvidence

    def line(self) -> str:
        """For the screen."""
        found, signal = self.evidence, self.signal
        figures = "not measured" if found.r is None else f"r {found.r:+.3f}"
        mark = "" if not signal.decides else "low evidence" if self.low else "evidence"
        return f"{signal.factor:14s} {signal.route:13s} {figures:12s} n {found.n:4d}  {mark:12s} {found.on}"

    @property
    def low(self) -> bool:
        """Below the stated quality."""
        return not has_evidence(self.evidence.r, self.evidence.n)

    def entry(self) -> dict[str, object]:
        """For `factors.json`."""
        signal, found = self.signal, self.evidence
        return {
            "route": signal.route, "set": signal.data, "among": signal.among, "signal": signal.about,
            "decides": signal.decides,
            "n": found.n, "r": found.r, "interval": found.interval, "rmse": found.rmse,
            "low_evidence": self.low, "weight": evidence_weight(found.r, found.n),
        }  # fmt: skip


def measure(texts: FactorTexts, signals: Sequence[Signal] = SIGNALS) -> list[Measured]:
    """Every signal; each text is read once. Raises InputError where a set is not there."""
    labelled = {signal: list(signal.rows()) for signal in signals}
    distinct = list(dict.fromkeys(text for rows in labelled.values() for text, _ in rows))
    read = dict(zip(distinct, texts.evidence(distinct), strict=True))
    return [Measured(signal, _agreement(signal, rows, read)) for signal, rows in labelled.items()]


def _agreement(signal: Signal, rows: Sequence[tuple[str, float]], read: Mapping[str, Evidence]) -> FactorEvidence:
    pairs = [
        (factor.value, value)
        for text, value in rows
        if (factor := factor_by(signal.route, signal.factor, read[text])) is not None and factor.value is not None
    ]
    computed, labels = (np.array(column) for column in zip(*pairs, strict=True)) if pairs else (np.array([]),) * 2
    return agreement(computed, labels, f"English {signal.data} {signal.among}: {signal.about}", signal.same_unit)


def agreement(computed: np.ndarray, labels: np.ndarray, on: str, same_unit: bool) -> FactorEvidence:
    """Pearson's r of (N,) values with (N,) labels; none where fewer than four rows, or one side never varies.

    Against a label of two values it is the point-biserial correlation.
    """
    n = len(computed)
    if n < 4 or computed.std() == 0 or labels.std() == 0:
        return FactorEvidence(on=on, n=n)
    r = float(np.clip(np.corrcoef(computed, labels)[0, 1], -1, 1))
    rmse = float(np.sqrt(((computed - labels) ** 2).mean())) if same_unit else None
    return FactorEvidence(r=r, n=n, on=on, interval=_interval(r, n), rmse=rmse)


def _interval(r: float, n: int) -> tuple[float, float]:
    z, half = math.atanh(min(max(r, -1 + 1e-12), 1 - 1e-12)), _Z95 / math.sqrt(n - 3)
    return math.tanh(z - half), math.tanh(z + half)


def report(found: Sequence[Measured]) -> dict[str, object]:
    """`factors.json`: the rule, then all signals by factor. A route that the checkpoint does not take is left out."""
    factors: dict[str, list[dict[str, object]]] = {}
    for each in found:
        if each.evidence.n:
            factors.setdefault(each.signal.factor, []).append(each.entry())
    return {
        "least_correlation": LEAST_CORRELATION,
        "least_rows": LEAST_ROWS,
        "unmeasured_weight": UNMEASURED_WEIGHT,
        "factors": factors,
    }


def deciding(found: Sequence[Measured]) -> dict[str, FactorEvidence]:
    """'<factor>/<route>' -> evidence, for the config."""
    return {
        f"{each.signal.factor}/{each.signal.route}": each.evidence
        for each in found
        if each.signal.decides and each.evidence.n
    }


def record(folder: Path, found: Sequence[Measured]) -> None:
    """Both files. The config is read only now: what others recorded meanwhile must not be lost."""
    write_whole(folder / FILE, (json.dumps(report(found), indent=1) + "\n").encode())
    write_config(read_config(folder).model_copy(update={"factor_evidence": deciding(found)}), folder)


def card_table(folder: Path) -> str:
    """Markdown for the model card, of a folder that was measured: the routes that decide, then the other signals."""
    told = json.loads((folder / FILE).read_text(encoding="utf-8"))
    lines = ["| factor | by | against (English) | rows | r | 95 % | weighs |", "|---|---|---|---|---|---|---|"]
    entries = [(name, each) for name, several in told["factors"].items() for each in several]
    for name, each in sorted(entries, key=lambda entry: not entry[1]["decides"]):
        low, high = each["interval"] or (math.nan, math.nan)
        r = "" if each["r"] is None else f"{each['r']:.3f}"
        weighs = (
            "" if not each["decides"] else f"x{each['weight']:.2f}{', low evidence' if each['low_evidence'] else ''}"
        )
        lines.append(
            f"| {name} | {each['route']} | {each['set']} {each['among']}: {each['signal']} | {each['n']:,} | {r} "
            f"| {low:.2f} to {high:.2f} | {weighs} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Measure, print, record."""
    from redheart.config.schema import Settings
    from redheart.nn.interpret import Interpreter
    from redheart.training.evaluation.checkpoint_reads import CheckpointReads

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--model", type=Path, default=Path("models/compact"))
    folder: Path = parser.parse_args().model
    settings = Settings()
    interpreter = Interpreter(read_config(folder), settings.emotion.llm_deviation)
    found = measure(FactorTexts(CheckpointReads(folder, settings), interpreter))
    for each in found:
        print(each.line())
    record(folder, found)


if __name__ == "__main__":
    main()
