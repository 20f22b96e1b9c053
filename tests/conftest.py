"""No test touches the user's files: every test runs in a folder of its own."""

from pathlib import Path

import pytest

from redheart.config.environment import FORCE_CPU, PROVIDER_KEYS, SETTINGS_PREFIX, environment_settings


@pytest.fixture(autouse=True)
def private_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Experiences, XDG folders and the current folder point into `tmp_path`; no setting or key comes from outside."""
    for key in environment_settings():
        monkeypatch.delenv(SETTINGS_PREFIX + key.upper().replace(".", "__"), raising=False)
    for name in (*PROVIDER_KEYS, FORCE_CPU):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("REDHEART__EXPERIENCE__PATH", str(tmp_path / "experience"))
    monkeypatch.chdir(tmp_path)
