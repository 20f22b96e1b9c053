"""What a reduced precision moves, what it costs: encoder in bfloat16 against float32, side by side.

    python -m redheart.benchmarks.precision [--plain tests/data/polarity.jsonl] [--rounds 3]

Readings in [0, 1] may move by 5e-3 at most; where they move more, float32 stays the default.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path

from redheart.benchmarks.answers import Answers, ask, bench_settings
from redheart.devices import bfloat16_is_native
from redheart.types.result import InferResult


def main() -> None:
    """Print the largest move of a reading, and the ratio of times, round by round."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--plain", type=Path, default=Path("tests/data/polarity.jsonl"))
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    texts = [json.loads(line)["text"] for line in arguments.plain.read_text(encoding="utf-8").splitlines()]
    _ask("float32", texts[:2])  # warms what both share
    ratios = []
    for _ in range(arguments.rounds):
        full, reduced = _ask("float32", texts), _ask("bfloat16", texts)
        ratios.append(full.seconds / reduced.seconds)
    moves = [_moved(a, b) for a, b in zip(full.results, reduced.results, strict=True)]
    print(f"bfloat16 native on this processor: {bfloat16_is_native()}")
    middle = statistics.median(moves)
    print(f"largest move of a probability: {max(moves):.4f} (median over texts {middle:.4f}; allowed 0.005)")
    print(f"time float32 / bfloat16: median {statistics.median(ratios):.2f} of {[round(r, 2) for r in ratios]}")


def _ask(precision: str, texts: list[str]) -> Answers:
    return ask(bench_settings("medium", f"encoder.precision={precision}"), texts)


def _moved(one: InferResult, other: InferResult) -> float:
    """Largest difference of the readings in [0, 1]."""
    first, second = one.analysis.emotion.fused, other.analysis.emotion.fused
    gaps = [abs(first.probabilities[name] - second.probabilities[name]) for name in first.probabilities]
    gaps += [abs(first.kote[name] - second.kote[name]) for name in first.kote]
    gaps.append(abs(first.valence - second.valence) / 2)
    return max(gaps)


if __name__ == "__main__":
    main()
