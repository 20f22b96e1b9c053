"""Writes README.md into a checkpoint's folder: python -m redheart.training.card models/compact."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from string import Template

from redheart.errors import RedHeartError
from redheart.training.card.data import data_table
from redheart.training.card.figures import calibration_table, figures_table, rate
from redheart.training.card.other_parts import (
    ablation_table,
    packing_line,
    pruning_table,
    size_line,
    surd_table,
    trajectory_line,
    wide_table,
)
from redheart.training.card.probes import failures_table, groups_table, regret_table, utility_line
from redheart.training.factor_evidence import card_table
from redheart.training.whole_file import write_whole


def card(folder: Path) -> str:
    """Markdown. Raises InputError naming the command of a measurement that is missing."""
    template = Template((Path(__file__).parent / "template.md").read_text(encoding="utf-8"))
    return template.substitute(
        size=size_line(folder),
        data=data_table(folder),
        figures=figures_table(folder),
        rate=f"{rate(folder):.0f}",
        calibration=calibration_table(folder),
        factors=card_table(folder),
        regret=regret_table(folder),
        utility=utility_line(folder),
        failures=failures_table(folder),
        groups=groups_table(folder),
        pruning=pruning_table(folder),
        packing=packing_line(folder),
        wide=wide_table(folder),
        surd=surd_table(folder),
        trajectory=trajectory_line(folder),
        ablation=ablation_table(folder),
    )


def main() -> int:
    """Exit code; 2 where a measurement is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    try:
        write_whole(folder / "README.md", card(folder).encode())
    except RedHeartError as error:
        print(f"card: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
