"""Where memory's own files lie in the user's home, by the XDG specification."""

import os
from collections.abc import Mapping
from pathlib import Path


def timeline_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where timelines are stored: `redheart/memory` in the user's state folder."""
    return _home("XDG_STATE_HOME", Path(".local") / "state", environment) / "redheart" / "memory"


def weights_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where copies of weights are kept that can be made again: `redheart/weights` in the user's cache folder."""
    return _home("XDG_CACHE_HOME", Path(".cache"), environment) / "redheart" / "weights"


def _home(variable: str, usual: Path, environment: Mapping[str, str]) -> Path:
    """The XDG specification: a relative path there is invalid, so it is ignored."""
    named = environment.get(variable, "")
    return Path(named) if os.path.isabs(named) else Path.home() / usual
