"""What keeping the branches in 8 bits costs: dev figures of the checkpoint beside those of the weights as learned.

    REDHEART_DATA=<folders> python -m redheart.training.packing_cost --run runs/compact [--json FILE]

`--run` is the folder that `redheart train --preset compact --out` filled.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from redheart.config.load import load_settings
from redheart.errors import RedHeartError
from redheart.training.dev_figures import DevFigures, dev_figures, known_figures
from redheart.training.evaluation.checkpoint_reads import CheckpointReads
from redheart.training.variants import Variant, with_unpacked_branches
from redheart.training.whole_file import write_whole

ALLOWED: Final = 0.002  # of a figure: 0.2 points
#: Figures that are compared: what a task is judged by, no calibration.
COMPARED: Final = (
    "macro_f1", "f1", "accuracy", "exact_match", "argmax_accuracy", "r_valence", "r_arousal", "r_dominance", "mean_r",
    "duration_accuracy",
)  # fmt: skip


def moved(packed: DevFigures, learned: DevFigures) -> dict[str, float]:
    """Task, data set and metric -> packed less learned."""
    return {
        f"{name}/{metric}": value - other
        for name, result in packed.results.items()
        for metric in COMPARED
        if (value := result.metrics.get(metric)) is not None
        and (other := learned.results[name].metrics.get(metric)) is not None
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what moved, the largest first; exit code 2 for what the user can mend."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--json", type=Path)
    given = parser.parse_args(arguments)
    try:
        settings = load_settings(None, (), None, {})
        stored = CheckpointReads(given.run / "checkpoint", settings)
        learned = Variant(stored.folder, settings, with_unpacked_branches(given.run))
        found = moved(known_figures(stored), dev_figures(learned))
        if given.json:
            told = {"allowed": ALLOWED, "largest": max(map(abs, found.values()), default=0.0), "moved": found}
            write_whole(given.json, (json.dumps(told, indent=1) + "\n").encode())
    except RedHeartError as error:
        print(f"packing cost: {error}", file=sys.stderr)
        return error.exit_code
    for name in sorted(found, key=lambda each: -abs(found[each])):
        print(f"{100 * found[name]:+.2f} points  {name}{'' if abs(found[name]) <= ALLOWED else '  MORE THAN ALLOWED'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
