"""What is doubtful in the data of a run: said before anything is trained, for figures would not show it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from redheart.training.corpus.distribution import SetReport, TargetReport, TargetSplit

_NAMED: Final = 6
_STILL: Final = 1e-9  # a standard deviation that is none
_MANY_DROPPED: Final = 0.1  # of a file's rows
_LONG_CHAIN: Final = 0.25  # of a file's rows


def doubts(sets: Sequence[SetReport], targets: Sequence[TargetReport]) -> Iterator[str]:
    """Warnings, a sentence each."""
    for target in targets:
        train = target.splits["train"]
        if not train.known:
            yield f"target '{target.name}': train says nothing of it, so nothing learns it."
            continue
        yield from _constant(target, train)
        yield from _never(target, train)
        for name, split in target.splits.items():
            if not split.known:
                yield f"target '{target.name}': the {name} split says nothing of it, so it has no figure there."
    for each in sets:
        yield from _sums(each)
        yield from _dropped(each)
        yield from _chained(each)
    yield from _terms(sets)


def _sums(found: SetReport) -> Iterator[str]:
    if found.sums:
        named = ", ".join(f"line {line} to {total:.4g}" for line, total in found.sums.first.items())
        rest = found.sums.count - len(found.sums.first)
        more = f" and {rest:,} more" if rest else ""
        yield (
            f"data file '{found.file}': the emotion shares of {found.sums.count:,} of {found.read:,} records do not "
            f"sum to 1 ({named}{more}): each is divided by its sum. Mend them if they are no shares."
        )


def _dropped(found: SetReport) -> Iterator[str]:
    dropped = found.dropped_by_group + found.dropped_by_text
    if dropped > _MANY_DROPPED * found.read:
        yield (
            f"data file '{found.file}': {dropped:,} of {found.read:,} samples are kept out of train, for a held-out "
            "split has their group, a text of theirs or a piece of one."
        )


def _chained(found: SetReport) -> Iterator[str]:
    if found.chain and found.chain.samples > _LONG_CHAIN * found.read:
        yield (
            f"data file '{found.file}': {found.chain.samples:,} of {found.read:,} samples hang together by texts or "
            f"pieces that they share, so all of them are in {found.chain.split}."
        )


def _constant(target: TargetReport, train: TargetSplit) -> Iterator[str]:
    if target.kind == "classes" and train.labels[0].count == train.known:
        yield _meaningless(f"'{target.name}'", f"'{train.labels[0].name}' is the label of all {train.known} documents")
    if target.kind == "labels":
        for label in train.labels:
            if label.count == train.known:
                yield _meaningless(f"'{target.name}'", f"label '{label.name}' is said of all {train.known} documents")
            elif len(train.labels) == 1 and label.count == 0:
                yield _meaningless(
                    f"'{target.name}'", f"label '{label.name}' is said of none of {train.known} documents"
                )
    for spread in train.spreads:
        if spread.sd < _STILL:
            where = f"'{target.name}', '{spread.name}'"
            what = f"all {spread.known} values are {spread.mean:.3g}"
            yield f"target {where}: in train {what}: a constant value makes a correlation meaningless."


def _meaningless(where: str, what: str) -> str:
    return f"target {where}: in train {what}: a constant label makes accuracy meaningless."


def _never(target: TargetReport, train: TargetSplit) -> Iterator[str]:
    """Labels of several that never occur: the constants of single ones are told already."""
    never = [f"'{label.name}'" for label in train.labels if label.share == 0 and len(train.labels) > 1]
    if target.kind == "classes" and train.labels[0].count == train.known:
        return
    if never:
        more = f" and {len(never) - _NAMED} more" if len(never) > _NAMED else ""
        yield f"target '{target.name}': never in train: {', '.join(never[:_NAMED])}{more}: nothing learns to say so."


def _terms(sets: Sequence[SetReport]) -> Iterator[str]:
    bound = [f"'{each.name}' ({each.licence})" for each in sets if each.licence != "plain"]
    if bound:
        yield f"no plain licence: {', '.join(bound)}. Read their terms before such weights go elsewhere."
