"""Where the experience store lies when no setting says so."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path


def default_path(platform: str = sys.platform, environment: Mapping[str, str] = os.environ) -> Path:
    """`redheart/experience` in the user's data folder, by the habit of `platform` (a value of `sys.platform`)."""
    return _data_folder(platform, environment) / "redheart" / "experience"


def is_first_run(path: Path) -> bool:
    """True if no case was ever kept under `path`."""
    return not path.is_dir() or not any(path.iterdir())


def _data_folder(platform: str, environment: Mapping[str, str]) -> Path:
    if platform == "darwin":
        return Path.home() / "Library" / "Application Support"
    if platform == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    data_home = environment.get("XDG_DATA_HOME", "")
    # The XDG specification: a relative path there is invalid and to be ignored.
    return Path(data_home) if os.path.isabs(data_home) else Path.home() / ".local" / "share"
