"""Labels of a row -> target vectors of the heads it can teach. A target nobody labelled is NaN, never a default."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from redheart.nn.heads import HEADS
from redheart.nn.heads.appraisal import DURATIONS, EVENT_EMOTIONS, SCORES
from redheart.training.data import Row
from redheart.types.emotions import EMOTIONS, KOTE, KOTE_TO_EMOTION, POLARITY

#: Which heads a data set teaches.
TEACHES: dict[str, tuple[str, ...]] = {
    "goemotions_en": ("emotion", "polarity"), "goemotions_ko": ("emotion", "polarity"), "kote": ("kote", "polarity"),
    "nsmc": ("polarity",), "emobank": ("dimensions",), "ethics_utilitarianism": ("utility",),
    "crowd_envent": ("appraisal",), "semeval_cfd": ("counterfactual",),
}  # fmt: skip
#: KOTE names whose sign is plain though they have no canonical counterpart.
KOTE_SIGN = {
    "재미없음": -1,
    "한심함": -1,
    "부담/안_내킴": -1,
    "귀찮음": -1,
    "힘듦/지침": -1,
    "우쭐댐/무시함": -1,
    "의심/불신": -1,
}


def target(head: str, row: Row) -> np.ndarray:
    """(outputs,) float32 of one head for one row."""
    values = _MAKERS[head](row)
    assert values.shape == (len(HEADS[head].names),), head
    return values.astype(np.float32)


def _marked(names: tuple[str, ...], labels: tuple[str, ...]) -> np.ndarray:
    """1 where a name is among the labels."""
    return np.array([name in labels for name in names], dtype=np.float32)


def polarity_of(row: Row) -> float:
    """1 pleasant, 0 unpleasant, 1/2 neutral; NaN where the labels are mixed or open."""
    signs = {_sign(label) for label in row.labels} - {None}
    if "positive" in row.labels or signs == {1}:
        return 1.0
    if "negative" in row.labels or signs == {-1}:
        return 0.0
    return 0.5 if row.labels in (("neutral",), ("없음",)) else float("nan")


def _sign(label: str) -> int | None:
    """Sign of a label; None for one that says nothing either way."""
    sign = KOTE_SIGN.get(label) or POLARITY.get(KOTE_TO_EMOTION.get(label, label))
    return sign or None


def _dimensions(row: Row) -> np.ndarray:
    return np.array([(row.scores[key] - 3) / 2 for key in ("V", "A", "D")])


def _appraisal(row: Row) -> np.ndarray:
    ratings = [(row.scores[name] - 1) / 4 if name in row.scores else float("nan") for name in SCORES]
    durations = _marked(DURATIONS, (row.meta["event_duration"],))
    return np.concatenate([ratings, durations, _marked(EVENT_EMOTIONS, row.labels)])


_MAKERS: dict[str, Callable[[Row], np.ndarray]] = {
    "emotion": lambda row: _marked(EMOTIONS, row.labels),
    "kote": lambda row: _marked(KOTE, row.labels),
    "polarity": lambda row: np.array([polarity_of(row)]),
    "dimensions": _dimensions,
    "utility": lambda row: np.array([1.0]),
    "appraisal": _appraisal,
    "counterfactual": lambda row: np.array(["counterfactual" in row.labels]),
}
