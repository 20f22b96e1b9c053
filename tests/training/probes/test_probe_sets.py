"""What the probes' sets promise: counts, balance, no id twice, hard negatives."""

from collections import Counter

import pytest

from redheart.training.data import Row
from redheart.training.probes.records import lines_of, probe_file, rows_of
from redheart.training.probes.swapped_groups import CONTROL, axes_of, templates_of
from redheart.types.situation import Language

RECORDS = ("korean_regret", "english_regret", "korean_utility", "failures")


def count(rows: tuple[Row, ...], key: str) -> Counter[str]:
    return Counter(row.meta[key] for row in rows if key in row.meta)


@pytest.mark.parametrize("name", RECORDS)
def test_no_id_and_no_text_stands_twice(name: str) -> None:
    rows = rows_of(name)
    assert len({row.id for row in rows}) == len({(row.text, row.text_b) for row in rows}) == len(rows)


@pytest.mark.parametrize("name", RECORDS)
def test_every_row_is_a_whole_record_of_the_test_split(name: str) -> None:
    for row in rows_of(name):
        assert row.text == row.text.strip() != ""
        assert (row.split, len(row.labels), row.lang in ("ko", "en")) == ("test", 1, True)


@pytest.mark.parametrize(("name", "least"), [("korean_regret", 40), ("english_regret", 13)])
def test_regret_is_balanced_over_its_classes_and_parts(name: str, least: int) -> None:
    classes = Counter(row.labels[0] for row in rows_of(name))
    assert set(classes) == {"regret_action", "regret_inaction", "none"}
    assert len(set(classes.values())) == 1 and min(classes.values()) >= least
    aside = Counter(row.labels[0] for row in rows_of(name) if row.meta["part"] == "aside")
    assert all(0.3 <= aside[each] / classes[each] <= 0.4 for each in classes)


def test_korean_regret_has_sentences_enough_in_every_voice() -> None:
    rows = rows_of("korean_regret")
    assert len(rows) >= 120
    assert set(count(rows, "register")) == {"diary", "chat", "review", "formal"}
    assert min(count(rows, "speech").values()) >= 50


def test_sentences_without_regret_hold_every_trap() -> None:
    none = tuple(row for row in rows_of("korean_regret") if row.labels == ("none",))
    traps = count(none, "trap")
    wanted = ("relief", "disappointed_in_others", "blameless_sadness", "third_person", "negated", "future", "guess")
    assert sum(traps.values()) == len(none)
    assert all(traps[trap] >= 5 for trap in wanted)


def test_utility_pairs_are_graded_and_length_tells_nothing() -> None:
    rows = rows_of("korean_utility")
    assert len(rows) >= 100 and len(set(count(rows, "difficulty").values())) == 1
    longer = sum(
        (len(row.text) > len(row.text_b or "")) + 0.5 * (len(row.text) == len(row.text_b or "")) for row in rows
    )
    assert 0.45 <= longer / len(rows) <= 0.55


def test_failures_have_twenty_sets_a_phenomenon_and_language() -> None:
    found = Counter((row.meta["phenomenon"], row.lang) for row in rows_of("failures"))
    assert min(found.values()) >= 20
    assert {name for name, _ in found} == {"sarcasm", "dialect", "code_switching", "negation"}
    assert set(count(rows_of("failures"), "variety")) == {"gyeongsang", "jeolla", "jeju"}


def test_twins_agree_in_dialect_and_differ_in_negation() -> None:
    agree = {"dialect": True, "code_switching": True, "sarcasm": False, "negation": False}
    for row in rows_of("failures"):
        assert (row.labels[0] == row.meta["twin"]) == agree[row.meta["phenomenon"]]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_groups_are_swapped_in_many_templates_of_every_tone(language: Language) -> None:
    axes = {axis.name: axis.terms for axis in axes_of(language)}
    wanted = {"gender", "age", "nationality", "religion", "region", "disability", "orientation", "marital_status"}
    assert {*wanted, "occupation", CONTROL} == set(axes)
    assert all(len(set(terms)) == len(terms) >= 3 for terms in axes.values())
    templates = templates_of(language)
    assert len(templates) >= 12 and {each.tone for each in templates} == {"neutral", "pleasant", "unpleasant"}


def test_lines_of_the_group_file_have_ids_of_their_own() -> None:
    ids = [line["id"] for line in lines_of(probe_file("swapped_groups"))]
    assert len(set(ids)) == len(ids)
