from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from redheart.training.corpus.sample import SPLITS, Document, OwnSplit, Sample, Taught
from redheart.training.corpus.sampling import limit_of, sampled, shares
from redheart.training.corpus.split import part, split_of


def sample(number: int, text: str = "", group: str = "", own: OwnSplit | None = None, name: str = "a") -> Sample:
    document = Document((text or f"{name} {number}",), {"regret": (0.5,)})
    return Sample(name, str(number), number, "en", own, group or f"{name}/{number}", Taught((document,)))


def pair(number: int, first: str, second: str, group: str = "", own: OwnSplit | None = None, name: str = "a") -> Sample:
    """Two pieces that are one document, such as a premise and what follows."""
    document = Document((first, second), {"regret": (0.5,)})
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
places = st.integers(0, 20)
rows = st.lists(st.tuples(places, places, places, owns, st.sampled_from("abc")), max_size=40)


def pieces(found: Sample) -> set[str]:
    return {piece for document in found.taught.documents for piece in document.pieces}


@given(rows)
def test_no_two_splits_share_a_group_a_text_or_a_piece_and_every_drop_is_counted(
    drawn: list[tuple[int, int, int, OwnSplit, str]],
) -> None:
    samples = [pair(i, f"Text  {t}", f"{u}", f"g{g}", own, name) for i, (t, u, g, own, name) in enumerate(drawn)]
    parted = part(samples)
    for keys in (lambda s: {s.group}, pieces):
        seen = [set().union(*(keys(s) for s in parted.samples[name])) for name in SPLITS]
        assert sum(map(len, seen)) == len(set().union(*seen))
    dropped = sum(parted.dropped_by_group.values()) + sum(parted.dropped_by_text.values())
    assert dropped + sum(map(len, parted.samples.values())) == len(samples)
    kept = {s.id for found in parted.samples.values() for s in found}
    assert all(s.own_split == "train" for s in samples if s.id not in kept)


@given(rows)
def test_the_split_that_a_file_names_is_kept(drawn: list[tuple[int, int, int, OwnSplit, str]]) -> None:
    samples = [pair(i, f"t{t}", f"{u}", f"g{g}", own, name) for i, (t, u, g, own, name) in enumerate(drawn)]
    for name, found in part(samples).samples.items():
        assert all(s.own_split in (None, "train") for s in found if name == "train")
        assert all(s.own_split != "train" for s in found if name != "train")
        assert all(s.own_split != "test" for s in found if name != "test")


@given(st.permutations(range(40)))
def test_chains_do_not_depend_on_the_order_of_rows(order: list[int]) -> None:
    samples = [pair(i, f"premise {i // 3}", f"choice {i % 17}") for i in range(40)]
    where = {s.id: name for name, found in part(samples).samples.items() for s in found}
    assert where == {s.id: name for name, found in part([samples[i] for i in order]).samples.items() for s in found}


def test_rows_that_share_a_premise_lie_in_one_split_and_so_do_those_that_a_third_row_joins() -> None:
    samples = [pair(2 * i, f"premise {i}", f"choice {i}") for i in range(300)]
    samples += [pair(2 * i + 1, f"premise {i}", f"choice {i + 1000}", f"other/{i}") for i in range(300)]
    samples += [pair(10_000 + i, f"alone {i}", f"choice {i + 1000}", f"third/{i}") for i in range(300)]
    parted = part(samples)
    where = {s.id: name for name, found in parted.samples.items() for s in found}
    for i in range(300):
        assert where[str(2 * i)] == where[str(2 * i + 1)] == where[str(10_000 + i)]
    assert all(parted.samples.values()) and not parted.dropped_by_text
    assert parted.longest["a"][0] == 3


def test_a_train_row_that_shares_a_piece_with_a_held_out_row_is_dropped_and_counted() -> None:
    rows = [pair(i, "It rained.", f"Ending {i}.", f"g{i}", "train") for i in range(3)]
    parted = part([*rows, pair(3, "IT  rained.", "He fell.", "g3", "dev", "b"), pair(4, "Sun.", "Ha.", own="train")])
    assert [s.id for s in parted.samples["train"]] == ["4"]
    assert (parted.dropped_by_text, parted.dropped_by_group) == ({"a": 3}, {})
    assert sum(len(parted.samples[name]) for name in SPLITS[1:]) == 1


def test_a_piece_that_is_a_whole_text_elsewhere_is_claimed_too() -> None:
    parted = part([sample(1, "He fell.", own="train"), pair(2, "It rained.", "He fell.", own="test", name="b")])
    assert parted.dropped_by_text == {"a": 1}


def test_the_same_text_in_other_writing_is_dropped_from_train() -> None:
    parted = part([sample(1, "So it  goes.", own="train"), sample(2, "SO IT GOES．", own="test", name="b")])
    assert [s.id for s in parted.samples["test"]] == ["2"]
    assert parted.dropped_by_text == {"a": 1}


def test_a_row_without_a_split_joins_the_split_of_those_it_shares_a_text_with() -> None:
    free = [sample(i, f"text {i}", f"free/{i}", name="b") for i in range(60)]
    owns: tuple[OwnSplit, ...] = ("train", "test")
    bound = [sample(i, f"text {i}", f"bound/{i}", owns[i % 2]) for i in range(60)]
    parted = part([*free, *bound])
    assert {s.id for s in parted.samples["test"] if s.set_name == "b"} == {str(i) for i in range(1, 60, 2)}
    assert {s.id for s in parted.samples["train"] if s.set_name == "b"} == {str(i) for i in range(0, 60, 2)}
    assert not parted.dropped_by_text


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
