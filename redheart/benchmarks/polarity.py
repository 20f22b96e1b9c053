"""How often the sign of `overall_sentiment` is right, on dev rows and on the forty plain sentences.

    REDHEART_DATA=<folders> python -m redheart.benchmarks.polarity [--rows 1000] [--plain tests/data/polarity.jsonl]

The whole way is measured, situation to result. Dev figures: these rows calibrated the slope, not the sign.
"""

from __future__ import annotations

import argparse
import json
from itertools import islice
from pathlib import Path
from typing import cast

from redheart.benchmarks.answers import ask, bench_settings
from redheart.training.data import Row, shuffled_rows
from redheart.training.targets import polarity_of
from redheart.types.situation import Language


def main() -> None:
    """Print one line a set."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--plain", type=Path)
    parser.add_argument("--sets", nargs="*", default=["nsmc", "goemotions_en", "goemotions_ko"])
    arguments = parser.parse_args()
    if arguments.plain:
        _plain(arguments.plain)
    for name in arguments.sets:
        _report(name, polar_dev_rows(name, arguments.rows))


def polar_dev_rows(name: str, limit: int) -> list[Row]:
    """The first `limit` dev rows of one polarity, in a shuffled order."""
    rows = (row for row in shuffled_rows(name, "dev") if polarity_of(row) in (0.0, 1.0))
    return list(islice(rows, limit))


def _plain(path: Path) -> None:
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    for language in ("ko", "en"):
        chosen = [line for line in lines if line["lang"] == language]
        labels = {"pleasant": "positive", "unpleasant": "negative"}
        rows = [Row(line["id"], line["text"], "plain", language, labels=(labels[line["polarity"]],)) for line in chosen]
        wrong = _report(f"plain {language}", rows)
        for row in wrong:
            print(f"    wrong: {row.id} {row.text}")


def _report(name: str, rows: list[Row]) -> list[Row]:
    language = cast(Language, rows[0].lang)
    answers = ask(bench_settings("medium"), [row.text for row in rows], language)
    right = [
        ((answer.integrated.overall_sentiment or 0.0) > 0) == (polarity_of(row) == 1.0)
        for answer, row in zip(answers.results, rows, strict=True)
    ]
    pleasant = sum(polarity_of(row) == 1.0 for row in rows) / len(rows)
    share, rate = sum(right) / len(rows), len(rows) / answers.seconds
    majority = max(pleasant, 1 - pleasant)
    print(f"{name}: sign right {sum(right)}/{len(rows)} = {share:.3f} (majority {majority:.3f}; {rate:.1f} texts/s)")
    return [row for row, good in zip(rows, right, strict=True) if not good]


if __name__ == "__main__":
    main()
