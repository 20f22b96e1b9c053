"""Gives heads of a model the wide parts that help on dev."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from redheart.nn.ngrams import counted
from redheart.nn.wide import WideTable, documents_of
from redheart.training.model_reads import ModelReads
from redheart.training.wide.blend import Blend, blend, blend_weight
from redheart.training.wide.heads import WidePart, part_of
from redheart.training.wide.learn import candidates, table_of
from redheart.training.wide.matrix import TextGrams
from redheart.training.wide.rows import Labelled, judged, taught
from redheart.training.wide.stored import file_of, load_table, save_table
from redheart.types.encoding import Passage


@dataclass(frozen=True, slots=True)
class Tried:
    """One head's wide part on dev: `weight` of its logits beside the deep ones, by all rows; whether it stays."""

    metric: str
    weight: float
    kept: bool
    sets: dict[str, Blend]

    def told(self) -> dict[str, Any]:
        """Plain fields."""
        return asdict(self)


def widen(
    reads: ModelReads, grams: Mapping[str, int], least_gain: float, folder: Path, done: Callable[[], None]
) -> dict[str, Tried]:
    """Try every head of `grams` that the model has, head -> n-grams; those that gain `least_gain` on average stay.

    Tables are kept in `folder`: what was learned is not learned again. Raises ConfigError for a head that may have no
    wide part.
    """
    found: dict[str, Tried] = {}
    for head, size in grams.items():
        part = part_of(head)
        if head in reads.model.heads:
            table = learned(part, size, folder)
            found[head] = tried(reads, part, table, least_gain)
            reads.model.head(head).wide = weighed(table, found[head].weight) if found[head].kept else None
        done()
    return found


def learned(part: WidePart, size: int, folder: Path) -> WideTable:
    """The table of a head, from its file where one of the same rows lies."""
    passages, truth = taught(part)
    path = folder / f"{digest_of(passages, truth)}.{size}.{file_of(part.head)}"
    if not path.exists():
        save_table(table_of(candidates(TextGrams(passages), truth), size), path)
    return load_table(path)


def digest_of(passages: Sequence[Passage], truth: np.ndarray) -> str:
    """Of the rows that a table is learned from: other rows, another file."""
    texts = json.dumps(list(passages), ensure_ascii=False).encode("utf-8", "surrogatepass")
    return hashlib.sha256(texts + np.ascontiguousarray(truth).tobytes()).hexdigest()[:12]


def tried(reads: ModelReads, part: WidePart, table: WideTable, least_gain: float) -> Tried:
    """Deep and wide logits of the dev rows of each set, apart and together."""
    sets = {name: judged(part, name) for name in part.judged_on}
    deep = {name: reads.raw(rows.documents, [part.head])[part.head] for name, rows in sets.items()}
    wide = {name: logits_of(table, rows) for name, rows in sets.items()}
    blends = {name: blend(deep[name], wide[name], rows.truth, part) for name, rows in sets.items()}
    truth = np.concatenate([rows.truth for rows in sets.values()])
    weight = blend_weight(np.concatenate(list(deep.values())), np.concatenate(list(wide.values())), truth)
    gain = float(np.mean([each.gain for each in blends.values()]))
    return Tried(part.metric, weight, gain >= least_gain, blends)


def logits_of(table: WideTable, rows: Labelled) -> np.ndarray:
    """(N, outputs) of documents of passages."""
    passages = [passage for document in rows.documents for passage in document]
    ends = np.cumsum([0, *map(len, rows.documents)]).tolist()
    places = [range(begin, end) for begin, end in itertools.pairwise(ends)]
    return table.read(counted(passages), documents_of(places, len(passages)))


def weighed(table: WideTable, weight: float) -> WideTable:
    """The same table, its logits times `weight`."""
    made = WideTable(*table.weights.shape)
    state = table.state_dict()
    made.load_state_dict({**state, "scale": state["scale"] * weight, "bias": state["bias"] * weight})
    return made
