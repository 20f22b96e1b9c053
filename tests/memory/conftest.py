"""A house of three modules, A, B and C, 4 MiB each."""

import pytest
from fake_modules import House


@pytest.fixture
def house():
    """Room for two of the three."""
    house = House(8)
    for name in "ABC":
        house.add(name, 4)
    return house
