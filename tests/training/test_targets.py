import numpy as np
import pytest

from redheart.nn.heads import HEADS
from redheart.training.data import Row
from redheart.training.targets import polarity_of, target
from redheart.types.emotions import EMOTIONS, KOTE


def row(*labels: str, **fields: object) -> Row:
    return Row(id="1", text="t", split="train", lang="en", labels=labels, **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (("positive",), 1.0),
        (("negative",), 0.0),
        (("gratitude", "joy"), 1.0),
        (("remorse",), 0.0),
        (("고마움", "기쁨"), 1.0),
        (("한심함", "짜증"), 0.0),
        (("neutral",), 0.5),
        (("없음",), 0.5),
    ],
)
def test_plain_labels_have_a_polarity(labels: tuple[str, ...], expected: float) -> None:
    assert polarity_of(row(*labels)) == expected


@pytest.mark.parametrize("labels", [("joy", "anger"), ("surprise",), (), ("고마움", "슬픔")])
def test_mixed_or_open_labels_have_none_and_get_no_default(labels: tuple[str, ...]) -> None:
    assert np.isnan(polarity_of(row(*labels)))


def test_every_label_of_a_row_is_marked_and_no_other() -> None:
    values = target("emotion", row("fear", "joy"))
    assert {name for name, value in zip(EMOTIONS, values, strict=True) if value} == {"fear", "joy"}


def test_ratings_map_to_the_unit_interval_and_a_missing_one_stays_missing() -> None:
    values = target("appraisal", row("anger", scores={"intensity": 5, "urgency": 1}, meta={"event_duration": "hours"}))
    found = dict(zip(HEADS["appraisal"].names, values.tolist(), strict=True))
    assert found["intensity"] == 1.0 and found["urgency"] == 0.0
    assert np.isnan(found["suddenness"])
    assert found["duration:hours"] == 1.0 and found["duration:days"] == 0.0
    assert found["emotion:anger"] == 1.0


def test_emobank_ratings_are_centred() -> None:
    values = target("dimensions", row(scores={"V": 5, "A": 3, "D": 1}))
    assert values.tolist() == [1.0, 0.0, -1.0]


def test_the_vocabularies_have_their_published_sizes_without_twins() -> None:
    assert (len(EMOTIONS), len(KOTE)) == (28, 44)
    assert (len(set(EMOTIONS)), len(set(KOTE))) == (28, 44)
