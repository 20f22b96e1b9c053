"""The authors' implementation, run from a checkout of their repository: nothing of it is part of this project."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from redheart.benchmarks.surd.systems import Values
from redheart.errors import ConfigError

Terms = dict[tuple[int, ...], float]

_MODULES: Final[tuple[str, ...]] = ("surd", "it_tools")
_FUNCTIONS: Final[tuple[str, ...]] = ("surd", "surd_hd")


@dataclass(frozen=True, slots=True)
class Authors:
    """`surd(histogram)` changes its argument in place, and returns I_R (unique among them), I_S, MI and the leak.

    `surd_hd(rows, bins, max_order)`, target first, leaves larger sets out, and returns I_R, I_S and MI.
    """

    surd: Callable[[Any], tuple[Terms, Terms, Terms, float]]
    surd_hd: Callable[[Any, int, int], tuple[Terms, Terms, Terms]]

    def decompose(self, x: Values, target: int, lag: int, bins: int, max_order: int | None) -> tuple[Terms, Terms]:
        """As their notebooks do it: stack, histogram, decompose. Terms in bits: redundant and unique, synergistic."""
        rows = np.vstack([x[target - 1, lag:], x[:, :-lag]])
        if max_order is not None:
            redundant, synergistic, _ = self.surd_hd(rows, bins, max_order)
            return redundant, synergistic
        histogram, _ = np.histogramdd(rows.T, bins)
        redundant, synergistic, _, _ = self.surd(histogram)
        return redundant, synergistic


def load_authors(checkout: Path) -> Authors:
    """Import `utils/surd.py` of a checkout. Raises ConfigError if it is not there or cannot be imported."""
    folder = checkout / "utils"
    missing = [f"utils/{name}.py" for name in _MODULES if not (folder / f"{name}.py").is_file()]
    if missing:
        raise ConfigError(
            f"--authors '{checkout}' has no {' and no '.join(missing)}. "
            "Name a checkout of github.com/Computational-Turbulence-Group/SURD."
        )
    with _importable(folder.resolve()):
        try:
            module = importlib.import_module("surd")
        except ImportError as error:
            raise ConfigError(
                f"--authors '{checkout}' needs '{error.name}', which is not installed: "
                "pip install matplotlib pymp-pypi."
            ) from error
    for name in _FUNCTIONS:
        if not callable(getattr(module, name, None)):
            raise ConfigError(f"--authors '{checkout}': its utils/surd.py has no '{name}'. Update the checkout.")
    return Authors(module.surd, module.surd_hd)


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Its modules have everyday names, so they are found first, and forgotten after; it also mutes warnings."""
    kept = {name: sys.modules.pop(name) for name in _MODULES if name in sys.modules}
    sys.path.insert(0, str(folder))
    try:
        with warnings.catch_warnings():
            yield
    finally:
        sys.path.remove(str(folder))
        for name in _MODULES:
            sys.modules.pop(name, None)
        sys.modules.update(kept)
