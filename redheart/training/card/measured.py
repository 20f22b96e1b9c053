"""What lies beside a checkpoint's weights: one file a measurement, each made by one command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from redheart.errors import InputError

#: File -> the command that makes it.
MADE_BY: Final = {
    "dev_figures.json": "python -m redheart.training.dev_figures --checkpoint {folder}",
    "floors.json": "python -m redheart.training.floors --out {folder}/floors.json",
    "factors.json": "python -m redheart.training.factor_evidence --model {folder}",
    "surd_head.json": "python -m redheart.training.surd_head --model {folder}",
    "probes.json": "python -m redheart.training.probes.run --checkpoint {folder} --json {folder}/probes.json",
    "pruning.json": "python -m redheart.training.pruning --model {folder} --json {folder}/pruning.json",
    "packing.json": "python -m redheart.training.packing_cost --run RUN --json {folder}/packing.json",
    "ablation.json": "python -m redheart.training.ablation --run RUN --before FIGURES --out {folder}/ablation.json",
    "wide.json": "redheart train --preset compact",
    "rows.json": "redheart train --preset compact",
}


def measured(folder: Path, name: str) -> Any:
    """The JSON of one measurement. Raises InputError naming the command where it is missing."""
    path = folder / name
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"'{path}' is missing. Make it: {_command(name, folder)}") from error
    except ValueError as error:
        raise InputError(f"'{path}' is not JSON ({error}). Make it again: {_command(name, folder)}") from error


def _command(name: str, folder: Path) -> str:
    return MADE_BY[name].format(folder=folder)
