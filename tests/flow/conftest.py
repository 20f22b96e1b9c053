"""The sample text, answered once."""

import pytest

from redheart.types.result import InferResult
from tests.flow.asking import COVER_UP, ask, settings_of


@pytest.fixture(scope="session")
def cover_up() -> InferResult:
    """The sample text's answer in medium mode."""
    return ask(settings_of("medium"), COVER_UP)
