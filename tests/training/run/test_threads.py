from collections.abc import Iterator

import pytest
import torch

from redheart.training.run.threads import SMALL, learning_threads


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


@pytest.mark.parametrize(("parameters", "asked", "inside"), [(SMALL - 1, 0, 1), (SMALL, 0, 2), (1000, 2, 2)])
def test_a_small_network_learns_on_one_thread_unless_a_number_is_asked_for(
    parameters: int, asked: int, inside: int
) -> None:
    with learning_threads(parameters, torch.device("cpu"), asked):
        assert torch.get_num_threads() == inside
    assert torch.get_num_threads() == 2


def test_the_threads_of_the_process_come_back_after_an_error() -> None:
    with pytest.raises(RuntimeError), learning_threads(1, torch.device("cpu"), 0):
        raise RuntimeError
    assert torch.get_num_threads() == 2
