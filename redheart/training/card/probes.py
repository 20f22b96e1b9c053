"""What the probes say: regret in Korean words, known failures, swapped groups, Korean utility."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from redheart.training.card.measured import measured
from redheart.training.card.table import figure, interval, table

#: Of the many readings, those that a reader looks for first.
READINGS: Final = ("polarity", "valence", "arousal", "dominance", "utility")
LANGUAGES: Final = {"ko": "Korean", "en": "English"}


def regret_table(folder: Path) -> str:
    """The rules on the third of each set that they were not tuned on."""
    rules = measured(folder, "probes.json")["regret"]["rules"]
    rows = []
    for language, parts in rules.items():
        aside = parts["aside"]
        shown = [f"{figure(each['precision'], 2)} / {figure(each['recall'], 2)}" for each in aside["classes"].values()]
        rows.append([LANGUAGES[language], *_share(aside["accuracy"]), *shown])
    classes = list(rules["ko"]["aside"]["classes"])
    return table(("language", "right", "95 %", *(f"{name} P / R" for name in classes)), rows)


def failures_table(folder: Path) -> str:
    """Each phenomenon beside its twins without it."""
    phenomena = measured(folder, "probes.json")["failures"]["phenomena"]
    rows = [
        [name, *_counts(each["text"]), *_counts(each["twin"]), *(_counts(each["order"]) if each["order"] else ("",))]
        for name, each in phenomena.items()
    ]
    return table(("phenomenon", "texts right", "twins right", "order right"), rows)


def groups_table(folder: Path) -> str:
    """The largest shift of each reading between two sentences that differ in a group term alone."""
    largest = measured(folder, "probes.json")["swapped_groups"]["largest"]
    rows = [
        [LANGUAGES[language], name, *_shift(found[name])]
        for language, found in largest.items()
        for name in READINGS
        if name in found
    ]
    return table(("language", "reading", "largest shift", "axis", "lower", "higher", "between unrelated words"), rows)


def utility_line(folder: Path) -> str:
    """Pairs of the project's own in Korean."""
    found = measured(folder, "probes.json")["korean_utility"]
    by = ", ".join(f"{name} {each['right']} of {each['rows']}" for name, each in found["by_difficulty"].items())
    every = found["all"]
    return f"{every['right']} of {every['rows']} Korean pairs in their right order ({by})."


def _share(share: dict[str, Any]) -> tuple[str, str]:
    return f"{share['right']} of {share['rows']}", interval(share["ci95"])


def _counts(share: dict[str, Any]) -> tuple[str]:
    return (f"{share['right']} of {share['rows']}",)


def _shift(found: dict[str, Any]) -> list[str]:
    shift = found["shift"]
    return [figure(shift["largest"], 2), found["axis"], shift["low"], shift["high"], figure(found["control"], 2)]
