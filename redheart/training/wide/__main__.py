"""Learns the wide parts, writes their tables, and says what each reaches alone on dev.

python -m redheart.training.wide --out runs/wide [--sizes 20000 80000] [--heads kote]
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from redheart.errors import RedHeartError
from redheart.nn.wide import WideTable
from redheart.training.whole_file import write_whole
from redheart.training.wide.heads import WIDE_PARTS, WidePart, part_of
from redheart.training.wide.learn import Candidates, candidates, table_of
from redheart.training.wide.matrix import TextGrams
from redheart.training.wide.stored import file_of, save_table
from redheart.training.wide.texts import logits_of


def learned(part: WidePart) -> Candidates:
    """Candidates of all train rows of the sets that teach a head."""
    rows = [row for name in part.taught_by for row in part.rows(name, "train")]
    return candidates(TextGrams([row.text for row in rows]), part.targets(rows))


def figures_of(part: WidePart, table: WideTable) -> dict[str, float]:
    """'<set> <metric>' of the table alone on dev."""
    figures = {}
    for name in part.judged_on:
        rows = part.rows(name, "dev")
        logits = logits_of(table, [row.text for row in rows])
        figures[f"{name} {part.metric}"] = part.figure(logits, part.targets(rows))
    return figures


def make(part: WidePart, sizes: Sequence[int], folder: Path) -> None:
    """Write the table of the head's own size, and figures of it and of every further size."""
    begun, found, figures = time.monotonic(), learned(part), {}
    for size in sorted({part.size, *sizes}):
        table = table_of(found, size)
        kept, mebibytes = len(table.keys), sum(each.nbytes for each in table.state_dict().values()) / 2**20
        figures[kept] = figures_of(part, table) | {"mebibytes": mebibytes}
        if size == part.size:
            save_table(table, folder / file_of(part.head))
        print(f"{part.head} {kept}: {figures[kept]}, {time.monotonic() - begun:.0f} s", flush=True)
    write_whole(folder / f"wide.{part.head}.json", (json.dumps(figures, indent=1) + "\n").encode())


def main(arguments: Sequence[str] | None = None) -> int:
    """The heads that are named, one after another; the exit code."""
    parser = argparse.ArgumentParser(prog="redheart.training.wide", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--heads", nargs="*", default=[part.head for part in WIDE_PARTS])
    parser.add_argument("--sizes", nargs="*", type=int, default=[], help="further numbers of n-grams to measure")
    given = parser.parse_args(arguments)
    try:
        for part in [part_of(head) for head in given.heads]:
            make(part, given.sizes, given.out)
    except RedHeartError as error:
        print(f"wide: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
