"""Measures the floors of all tasks; a set that the file has is left alone.

python -m redheart.training.floors --out models/compact/floors.json
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from redheart.errors import RedHeartError
from redheart.training.floors.measure import FLOORS, measured
from redheart.training.floors.table import add_entry, read_table


def main(arguments: Sequence[str] | None = None) -> int:
    """Every set that the file lacks, one after another; the exit code."""
    parser = argparse.ArgumentParser(prog="redheart.training.floors", description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    names = [data for _, data in FLOORS]
    parser.add_argument("--sets", nargs="*", default=names, choices=names, metavar="SET", help=", ".join(names))
    given = parser.parse_args(arguments)
    try:
        for task, data in FLOORS:
            if data in given.sets and data not in read_table(given.out).sets:
                begun = time.monotonic()
                entry = measured(task, data)
                add_entry(given.out, data, entry)
                print(f"{data}: {entry.metrics} beside {entry.baseline}, {time.monotonic() - begun:.0f} s", flush=True)
    except RedHeartError as error:
        print(f"floors: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
