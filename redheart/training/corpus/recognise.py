"""What a file of rows teaches: by its name, else by its labels."""

from __future__ import annotations

from collections.abc import Iterable

from redheart.config.refusals import did_you_mean
from redheart.training.corpus.teaches import SETS, TEACH_NOTHING, VOCABULARIES, Teaching
from redheart.training.data import Row


class Unknown(Exception):
    """No telling what a file's rows teach; the message says why, and the mend."""


def known_set(name: str) -> Teaching | None:
    """What a set of this name teaches; None for an unknown name. Raises Unknown for one that teaches nothing."""
    if name in TEACH_NOTHING:
        raise Unknown(f"set '{name}' teaches no target: {TEACH_NOTHING[name]}. Choose one of: {', '.join(SETS)}.")
    return SETS.get(name)


def by_labels(name: str, rows: Iterable[Row]) -> tuple[str, Teaching]:
    """The one vocabulary in which all labels of these rows lie. Raises Unknown for none, or several."""
    labels = {label for row in rows for label in row.labels}
    fitting = [(words, teaching) for words, teaching in VOCABULARIES.items() if labels <= set(teaching.labels)]
    if labels and len(fitting) == 1:
        return fitting[0]
    if not labels:
        why = "its rows have no labels"
    elif fitting:
        why = f"all its labels ({_some(labels)}) lie in {' and in '.join(words for words, _ in fitting)}"
    else:
        why = f"no known vocabulary has all its labels ({_some(labels)})"
    raise Unknown(
        f"set '{name}' is unknown, and {why}. Rename the file to a known set, or relabel it: "
        f"{'; '.join(VOCABULARIES)}.{did_you_mean(name, SETS)}"
    )


def _some(labels: set[str]) -> str:
    shown = [f"'{label[:30]}'" for label in sorted(labels)[:5]]
    return ", ".join(shown) + (f" and {len(labels) - 5} more" if len(labels) > 5 else "")
