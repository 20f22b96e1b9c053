"""What is said of data in which something does not vary."""

import pytest

from redheart.training.corpus.distribution import LabelShare, Spread, TargetReport, TargetSplit
from redheart.training.corpus.doubts import doubts
from redheart.training.corpus.sample import SPLITS


def said_of(name: str, kind: str, train: TargetSplit) -> list[str]:
    report = TargetReport(name=name, kind=kind, provenance="", masked=(), splits=dict.fromkeys(SPLITS, train))  # type: ignore[arg-type]
    return list(doubts((), (report,)))


@pytest.mark.parametrize(("name", "kind"), [("surd", "shares"), ("regret", "scores"), ("dimensions", "dimensions")])
def test_a_number_that_never_varies_is_a_constant_value_and_no_label(name: str, kind: str) -> None:
    still = TargetSplit(known=9, entries=9, spreads=(Spread(name="unique", known=9, mean=0.25, sd=0.0),))
    (said,) = said_of(name, kind, still)
    assert "all 9 values are 0.25: a constant value makes a correlation meaningless" in said
    assert "label" not in said


def test_a_class_that_all_documents_have_is_a_constant_label() -> None:
    same = TargetSplit(known=9, entries=9, labels=(LabelShare(name="hours", count=9, share=1.0),))
    (said,) = said_of("duration", "classes", same)
    assert "a constant label makes accuracy meaningless" in said
