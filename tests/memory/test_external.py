"""What other processes hold: told, measured, gone."""

import os
import subprocess
import sys

import pytest

from redheart.errors import ConfigError
from redheart.memory.account import Account
from redheart.memory.external import Externals, birth_of
from redheart.types.residency import Tier


class World:
    """Processes that are born and end as a test says, and what a driver measures of them."""

    def __init__(self) -> None:
        self.born = {11: 1.0, 12: 2.0}
        self.measured: dict[int, int] = {}
        self.account = Account(Tier.DEVICE, 1000)
        self.externals = Externals(self.account, lambda: self.measured, self.born.get)


@pytest.fixture
def world():
    return World()


def test_registered_process_is_a_line_of_the_account(world):
    world.externals.register(11, "trainer", 300)
    assert (world.account.lines, world.account.room) == ({"external:trainer": 300}, 700)


def test_larger_of_told_and_measured_counts(world):
    world.externals.register(11, "trainer", 300)
    world.measured[11] = 450
    world.externals.refresh()
    assert world.account.lines == {"external:trainer": 450}
    world.measured[11] = 100
    world.externals.refresh()
    assert world.account.lines == {"external:trainer": 300}


def test_what_is_measured_counts_from_the_beginning(world):
    world.measured[11] = 450
    world.externals.register(11, "trainer", 300)
    assert world.account.room == 550


def test_process_that_has_ended_is_dropped_at_the_next_look(world):
    world.externals.register(11, "trainer", 300)
    world.externals.register(12, "viewer", 50)
    del world.born[11]
    world.externals.refresh()
    assert world.account.lines == {"external:viewer": 50}


def test_another_process_with_the_same_id_is_not_mistaken_for_it(world):
    world.externals.register(11, "trainer", 300)
    world.born[11] = 9.0
    world.externals.refresh()
    assert world.externals.holdings() == ()


def test_name_and_id_of_an_ended_process_can_be_used_again(world):
    world.externals.register(11, "trainer", 300)
    world.born[11] = 9.0
    world.externals.register(11, "trainer", 200)
    assert world.account.lines == {"external:trainer": 200}


def test_forgotten_process_gives_its_room_back(world):
    world.externals.register(11, "trainer", 300)
    world.externals.forget(11)
    assert world.account.room == 1000


@pytest.mark.parametrize(
    ("pid", "name", "nbytes", "said"),
    [
        (11, "other", 1, r"process '11' is already registered as 'trainer'. Forget it first"),
        (12, "trainer", 1, r"named 'trainer' is already registered. Give each its own name"),
        (99, "ghost", 1, r"process '99' \('ghost'\) does not run. Register it after it has started"),
        (12, "viewer", -1, r"cannot hold '-1' bytes. Give 0 or more"),
        pytest.param(os.getpid(), "self", 1, r"is this one: its modules are counted already", id="itself"),
    ],
)
def test_mistake_is_refused_with_the_mend_and_changes_nothing(world, pid, name, nbytes, said):
    world.externals.register(11, "trainer", 300)
    with pytest.raises(ConfigError, match=said):
        world.externals.register(pid, name, nbytes)
    assert world.account.lines == {"external:trainer": 300}


def test_unknown_process_cannot_be_forgotten(world):
    with pytest.raises(ConfigError, match=r"process '5' is not registered\. Registered: none"):
        world.externals.forget(5)


def test_real_process_is_born_and_gone_when_it_has_ended():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert birth_of(child.pid) == birth_of(child.pid) is not None
        child.communicate(b"\n")
    assert birth_of(child.pid) is None
