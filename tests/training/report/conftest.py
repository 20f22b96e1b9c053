"""The invented run as fixtures."""

from collections.abc import Callable
from pathlib import Path

import pytest

from redheart.training.report.story import RunStory
from redheart.training.run.folder import RunFolder
from tests.training.report import invented


@pytest.fixture
def run_folder(tmp_path: Path) -> RunFolder:
    """A folder with the curves of the run."""
    return invented.write_curves(RunFolder(tmp_path / "run"))


@pytest.fixture
def make_story() -> Callable[..., RunStory]:
    """The story, some fields replaced."""
    return invented.make_story


@pytest.fixture
def story() -> RunStory:
    return invented.make_story()
