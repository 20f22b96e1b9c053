"""The bytes of one tier."""

import pytest

from redheart.memory.account import Account
from redheart.types.residency import Tier


@pytest.fixture
def account():
    return Account(Tier.HOST, 100)


def test_promises_fillings_and_lines_all_take_room(account):
    account.promise(30)
    account.fill(20)
    account.set_line("context", 15)
    assert (account.reserved, account.committed, account.room) == (10, 20, 55)


def test_promise_taken_back_and_bytes_that_left_are_room_again(account):
    account.promise(30)
    account.fill(10)
    account.promise(-20)
    account.leave(10)
    assert (account.reserved, account.committed, account.room) == (0, 0, 100)


def test_line_is_replaced_not_added_and_zero_removes_it(account):
    account.set_line("work", 40)
    account.set_line("work", 25)
    assert account.room == 75
    account.set_line("work", 0)
    account.set_line("never", 0)
    assert (account.room, account.lines) == (100, {})


def test_line_of_others_may_outgrow_the_budget(account):
    account.set_line("pid 7", 130)
    assert account.room == -30


def test_peak_is_the_most_that_was_ever_filled(account):
    account.promise(60)
    account.fill(60)
    account.leave(50)
    account.promise(20)
    account.fill(20)
    assert (account.committed, account.peak) == (30, 60)


def test_report_is_frozen_in_time(account):
    account.set_line("context", 5)
    report = account.report(measured=7)
    account.set_line("context", 50)
    account.promise(10)
    assert report.model_dump() == {
        "tier": Tier.HOST,
        "budget": 100,
        "reserved": 0,
        "committed": 0,
        "lines": {"context": 5},
        "measured": 7,
    }
