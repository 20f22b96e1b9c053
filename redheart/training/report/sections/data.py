"""What the data held: sets, splits, licences, labels, and what a constant answer reaches."""

from __future__ import annotations

from redheart.training.corpus.distribution import LabelShare, SetReport, TargetReport
from redheart.training.corpus.sample import SPLITS
from redheart.training.report.markdown import NOTHING, bullets, picture, score, section, table
from redheart.training.report.metric_name import spelled
from redheart.training.report.story import RunStory

_NAMED = 6  # labels of a target that are named
_ROUNDING = 1e-6  # a share is the mean of float32


def data_section(story: RunStory) -> str:
    """All of it; the full counts are in `data.json`."""
    report = story.data
    return section(
        "Data",
        _sets(story),
        "Sets and their licences:",
        bullets(_provenance(each) for each in report.sets),
        *(picture("Labels of the train split", file) for file in story.pictures if file.endswith("labels.png")),
        _targets(story),
        "What the best constant answer reaches, as the train split suggests it:",
        _baselines(story),
        bullets(f"{kind}: {spelled(what)}" for kind, what in report.baseline_is.items()),
        bullets(report.warnings),
    )


def _sets(story: RunStory) -> str:
    report = story.data
    head = ("set", "language", "licence", "read", *SPLITS, "dropped", "left out")
    rows = [_set(each) for each in report.sets]
    sums = tuple(f"**{report.splits[name].samples:,}**" for name in SPLITS)
    return table(head, [*rows, ("**samples**", "", "", "", *sums, "", "")], numbers=7)


def _set(each: SetReport) -> tuple[str, ...]:
    dropped = each.dropped_by_group + each.dropped_by_text + each.repeated + each.unlabelled
    numbers = (each.read, *(each.splits[name] for name in SPLITS), dropped, each.left_out)
    return each.name, ", ".join(each.languages) or NOTHING, each.licence, *(f"{number:,}" for number in numbers)


def _provenance(each: SetReport) -> str:
    taught = ", ".join(each.targets) or "nothing"
    said = f"`{each.name}` ({each.licence}): {each.provenance}. Teaches {taught}."
    return " ".join([said, *(f"{note[:1].upper()}{note[1:]}." for note in each.notes)])


def _targets(story: RunStory) -> str:
    head = ("target", "kind", *SPLITS, "in train, largest first", "nobody labelled")
    return table(head, [_target(target) for target in story.data.targets])


def _target(target: TargetReport) -> tuple[str, ...]:
    train = target.splits["train"]
    labels = sorted(train.labels, key=lambda label: (-label.share, -label.count))
    spreads = sorted(train.spreads, key=lambda each: -each.mean)
    told = [_label(label, target, train.known) for label in labels[:_NAMED]]
    told += [f"{each.name} {each.mean:.2f} ± {each.sd:.2f}" for each in spreads[:_NAMED]]
    rest = len(train.labels) + len(train.spreads) - len(told)
    said = ", ".join(told) + (f" and {rest} more" if rest else "")
    known = tuple(f"{target.splits[name].known:,}" for name in SPLITS)
    return target.name, target.kind, *known, said or NOTHING, ", ".join(target.masked) or NOTHING


def _label(label: LabelShare, target: TargetReport, known: int) -> str:
    """Its mean share; of classes that are given in shares also of how many documents it is the largest."""
    said = f"{label.name} {label.share:.1%}"
    soft = target.kind == "classes" and abs(label.share - label.count / known) > _ROUNDING
    return f"{said} (largest of {label.count:,})" if soft else said


def _baselines(story: RunStory) -> str:
    rows = [
        (target.name, spelled(metric), *(score(target.splits[name].baseline.get(metric)) for name in SPLITS[1:]))
        for target in story.data.targets
        for metric in _metrics(target)
    ]
    return table(("target", "metric", *SPLITS[1:]), rows, numbers=len(SPLITS) - 1)


def _metrics(target: TargetReport) -> dict[str, None]:
    return dict.fromkeys(metric for name in SPLITS[1:] for metric in target.splits[name].baseline)
