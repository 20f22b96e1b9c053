from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from redheart.training.corpus.sample import SPLITS, Document, OwnSplit, Sample, Taught
from redheart.training.corpus.sampling import limit_of, sampled, shares
from redheart.training.corpus.split import part, split_of


def sample(number: int, text: str = "", group: str = "", own: OwnSplit | None = None, name: str = "a") -> Sample:
    document = Document((text or f"{name} {number}",), {"regret": (0.5,)})
    return Sample(name, str(number), number, "en", own, group or f"{name}/{number}", Taught((document,)))


def test_shares_of_a_set_without_splits_are_near_those_promised() -> None:
    counts = Counter(split_of(f"group {i}", None) for i in range(10_000))
    wanted = {"train": 0.8, "validation": 0.08, "holdout": 0.04, "test": 0.08}
    assert all(abs(counts[name] / 10_000 - share) < 0.01 for name, share in wanted.items())


def test_own_splits_are_kept_and_dev_is_divided() -> None:
    assert {split_of(f"g{i}", "train") for i in range(100)} == {"train"}
    assert {split_of(f"g{i}", "test") for i in range(100)} == {"test"}
    counts = Counter(split_of(f"g{i}", "dev") for i in range(10_000))
    assert counts["train"] == 0
    assert abs(counts["holdout"] / 10_000 - 0.2) < 0.015
    assert abs(counts["test"] / 10_000 - 0.4) < 0.02


def test_the_split_of_a_group_never_changes() -> None:
    told = ["train", "validation", "test", "validation", "holdout"]
    assert [split_of(f"text:{i}", None) for i in (0, 3, 5, 6, 10)] == told


@given(st.permutations(range(60)), st.integers(0, 60))
def test_order_and_other_rows_change_no_split(order: list[int], fewer: int) -> None:
    where = {s.id: name for name, found in part(map(sample, range(60))).samples.items() for s in found}
    again = part([sample(i) for i in order[:fewer]]).samples
    assert all(where[s.id] == name for name, found in again.items() for s in found)


owns = st.sampled_from([None, "train", "dev", "test"])
rows = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12), owns, st.sampled_from("abc")), max_size=60)


@given(rows)
def test_no_two_splits_share_a_group_or_a_text_and_every_drop_is_counted(
    drawn: list[tuple[int, int, OwnSplit, str]],
) -> None:
    samples = [sample(i, f"Text  {t}", f"g{g}", own, name) for i, (t, g, own, name) in enumerate(drawn)]
    parted = part(samples)
    for key in (lambda s: s.group, lambda s: s.taught.documents[0].text):
        seen = [{key(s) for s in parted.samples[name]} for name in SPLITS]
        assert sum(map(len, seen)) == len(set().union(*seen))
    dropped = sum(parted.dropped_by_group.values()) + sum(parted.dropped_by_text.values())
    assert dropped + sum(map(len, parted.samples.values())) == len(samples)
    assert len(parted.samples["train"]) == sum(split_of(s.group, s.own_split) == "train" for s in samples)


def test_the_same_text_in_other_writing_is_dropped_from_the_other_split() -> None:
    parted = part([sample(1, "So it  goes.", own="train"), sample(2, "SO IT GOES．", own="test", name="b")])
    assert [s.id for s in parted.samples["train"]] == ["1"]
    assert parted.dropped_by_text == {"b": 1}


@given(st.dictionaries(st.sampled_from("abcdefg"), st.integers(0, 50), min_size=1), st.integers(1, 200))
def test_sets_share_equally_and_small_ones_give_all(available: dict[str, int], limit: int) -> None:
    given_out = shares(available, limit)
    assert sum(given_out.values()) == min(limit, sum(available.values()))
    most = max(given_out.values())
    assert all(count == available[name] or count >= most - 1 for name, count in given_out.items())


def test_fewer_samples_are_a_part_of_more_whatever_their_order() -> None:
    every = [sample(i, name=name) for name in "abc" for i in range(100)]
    more, fewer = sampled(every, 90), sampled(every[::-1], 30)
    assert len(fewer) == 30
    assert {(s.set_name, s.id) for s in fewer} < {(s.set_name, s.id) for s in more}
    assert Counter(s.set_name for s in fewer) == {"a": 10, "b": 10, "c": 10}
    assert sampled(every, 0) == sampled(every[::-1], 300)


def test_other_splits_are_bounded_by_the_train_samples_asked_for() -> None:
    assert [limit_of(name, 2000) for name in SPLITS] == [2000, 500, 250, 500]
    assert [limit_of(name, 100) for name in SPLITS] == [100, 250, 250, 250]
    assert [limit_of(name, 0) for name in SPLITS] == [0, 0, 0, 0]
