"""What was decided, and for how long that is remembered."""

import pytest

from redheart.memory.journal import Decision, Journal


def test_decisions_are_kept_oldest_first_with_their_time():
    journal = Journal()
    for module in "ab":
        journal.write(Decision("load", module, "it is needed"))
    first, second = journal
    assert (first.module, second.module) == ("a", "b")
    assert 0 < first.at_s <= second.at_s


def test_time_of_its_own_is_left_alone():
    journal = Journal()
    journal.write(Decision("load", "a", "it is needed", at_s=12.5))
    assert next(iter(journal)).at_s == 12.5


def test_only_the_newest_are_kept_but_all_are_counted():
    journal = Journal(capacity=2)
    for kind in ("load", "evict", "load"):
        journal.write(Decision(kind, "a", "because"))
    assert [decision.kind for decision in journal] == ["evict", "load"]
    assert journal.counts == {"load": 2, "evict": 1}


def test_decisions_about_one_module_are_found():
    journal = Journal()
    for module in ("a", "b", "", "a"):
        journal.write(Decision("evict", module, f"reason of '{module}'"))
    assert [decision.reason for decision in journal.about("a")] == ["reason of 'a'"] * 2
    assert journal.about("c") == []


def test_journal_may_grow_while_it_is_read():
    journal = Journal(capacity=3)
    journal.write(Decision("load", "a", "it is needed"))
    for decision in journal:
        journal.write(decision)
    assert journal.counts["load"] == 2


def test_decision_is_frozen():
    with pytest.raises(AttributeError):
        Decision("load", "a", "it is needed").module = "b"
