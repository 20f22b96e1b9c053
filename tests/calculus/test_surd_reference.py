"""The authors' implementation of SURD, on stored inputs: term by term, or by kind where terms tie."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from redheart.calculus.surd import SurdResult, surd, surd_series
from tests.reference import WHERE, reference_folder

FOLDER = reference_folder()
CASES = sorted((FOLDER / "surd").glob("*.json")) if FOLDER else []
#: Inputs in which sets tell exactly the same, in states of one or two samples at least: the reference gives all of it
#: to the set that rounding puts first, we give each its part.
TIED = ("redundant_collider", "emotion_like_ar4_60", "mediator", "synergistic_collider", "confounder", "ding")

pytestmark = pytest.mark.skipif(not CASES, reason=WHERE)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_every_stored_result_is_met(path: Path) -> None:
    rows = np.load(path.with_suffix(".npz"))
    x = rows[next(iter(rows))].astype(np.float64)
    results = json.loads(path.read_text())["results"]
    assert results
    for stored in results:
        compare(ours_of(x, stored), stored, tied=path.stem in TIED)


def ours_of(x: NDArray[np.float64], stored: dict[str, Any]) -> SurdResult:
    bins = stored.get("nb", stored.get("nbins"))
    if stored.get("method") == "surd_hd" and "nlag_stack" in stored:
        lags = stored["nlag_stack"]
        agents = np.vstack([x[:, lag : lag - lags - 1] for lag in range(lags, 0, -1)])
        return surd(x[stored["target"] - 1, lags + 1 :], agents, bins=bins, max_order=stored["max_combs"])
    if "target" in stored:
        return surd_series(x, stored["target"], stored["lag"], bins=bins, max_order=stored.get("max_combs"))
    return surd(x[0], x[1:], bins=bins)


def compare(ours: SurdResult, stored: dict[str, Any], tied: bool) -> None:
    kinds = (("I_R", ours.redundant), ("I_U", ours.unique), ("I_S", ours.synergistic))
    for key, mine in kinds:
        theirs = named(stored[key])
        assert set(mine) == set(theirs)
        assert sum(mine.values()) == pytest.approx(sum(theirs.values()), abs=1e-9)
        if not (tied and key == "I_S"):
            assert mine == pytest.approx(theirs, abs=1e-9)
    assert ours.mutual_information == pytest.approx(named(stored["MI"]), abs=1e-9)
    assert ours.leak == pytest.approx(stored["leak"], abs=1e-9)


def named(terms: dict[str, float]) -> dict[tuple[int, ...], float]:
    return {tuple(map(int, names.split(","))): bits for names, bits in terms.items()}
