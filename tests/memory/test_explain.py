"""Why a module is where it is."""

import pytest
from watching import Books

from redheart.errors import ConfigError
from redheart.memory.budgets import MIB
from redheart.memory.plan import Outlook
from redheart.memory.states import Piece
from redheart.memory.watch.explain import explain


@pytest.fixture
def books():
    return Books()


def said(books, module="llm", outlook=None):
    return explain(books.journal, books.ledger, module, *([outlook] if outlook else []))


def test_module_nobody_asked_for_is_said_to_be_lazy(books):
    assert said(books) == (
        "'llm' is not in memory (60.0 MiB, 2 chunks). Nobody has asked for it yet: nothing is loaded before its "
        "first use."
    )


def test_eviction_is_told_with_bytes_step_reason_needer_and_what_would_have_kept_it(books):
    books.bring("llm", 0)
    books.decide("evict", "llm", "it is needed last of all, in 3 steps", 20, step="embed", room_before=15 * MIB)
    books.decide("load", "encoder", "step 'embed' needs it", 30, room_after=5 * MIB)
    assert said(books, outlook=Outlook("embed", next_use={"llm": 3})) == (
        "'llm' is in memory in part: 1 of 2 chunks are in, 40.0 MiB of 60.0 MiB. 20.0 MiB of it were evicted during "
        "step 'embed': it is needed last of all, in 3 steps; 'encoder' needed the room, when 15.0 MiB were free. By "
        "the plan it is needed again in 3 steps. 15.0 MiB more in memory.host_budget_mib, or its name in "
        "memory.resident, would have kept it."
    )


def test_needer_that_the_reason_names_is_not_named_twice(books):
    books.decide("evict", "llm", "room for 'encoder': off plan", 60)
    books.decide("load", "encoder", "wanted", 30, room_after=0)
    assert said(books).count("'encoder'") == 1


def test_eviction_that_was_not_needed_points_at_the_policy(books):
    books.decide("evict", "llm", "everything idle leaves", 60)
    books.decide("load", "encoder", "wanted", 30, room_after=70 * MIB)
    assert "70.0 MiB were still free afterwards: it left by the policy, not for want of room." in said(books)


def test_refusal_is_told_with_its_reason(books):
    books.decide("refuse", "llm", "'llm' must be in memory: 160.0 MiB. Raise memory.host_budget_mib.", step="embed")
    assert said(books).endswith(
        "It was refused during step 'embed': 'llm' must be in memory: 160.0 MiB. Raise memory.host_budget_mib."
    )


def test_wait_that_is_over_is_no_reason(books):
    books.decide("load", "llm", "wanted", 60, actual_s=0.08)
    books.decide("wait", "llm", "others' leases leave too little room")
    books.bring("llm", 0, 1)
    assert said(books) == "'llm' is in memory, all of it (60.0 MiB, 2 chunks). It came in (60.0 MiB in 80 ms): wanted."


def test_module_that_waits_says_for_what(books):
    books.decide("wait", "llm", "others' leases leave too little room")
    assert said(books).endswith("It waits: others' leases leave too little room.")


def test_held_module_says_that_it_cannot_leave(books):
    books.bring("encoder", 0)
    books.ledger.lease(["encoder"])
    assert "cannot leave: 1 holder uses it now" in said(books, "encoder")


def test_backbone_says_that_it_never_leaves(books):
    books.bring("body", 0)
    assert "never leaves: its priority is BACKBONE" in said(books, "body")


def test_module_on_its_way_says_what_is_promised(books):
    books.ledger.reserve([Piece("llm", 1)])
    books.decide("prefetch", "llm", "the next step needs it", 20, step="circuit")
    assert said(books) == (
        "'llm' is on its way: 0 of 2 chunks are in, 0.0 MiB of 60.0 MiB, and 20.0 MiB are promised to it. It was "
        "brought ahead of time during step 'circuit' (20.0 MiB): the next step needs it."
    )


def test_forgotten_decisions_are_owned_up_to(books):
    books.journal.counts["load"] += 5
    assert "the 5 oldest decisions are no longer kept" in said(books)


def test_module_no_step_needs_is_said_to_be_so(books):
    assert "By the plan no step needs it again." in said(books, outlook=Outlook("embed", next_use={"encoder": 0}))


def test_answer_is_at_most_four_sentences(books):
    books.decide("evict", "llm", "room for 'encoder'", 60, step="embed")
    books.decide("load", "encoder", "wanted", 30, room_after=0)
    answer = said(books, outlook=Outlook("embed", next_use={"llm": 1}))
    assert answer.count(". ") + 1 <= 4 and answer.endswith(".")


def test_unknown_module_is_refused_with_the_known_ones(books):
    with pytest.raises(ConfigError, match=r"unknown module 'lm'\. Registered: llm, encoder, body"):
        said(books, "lm")
