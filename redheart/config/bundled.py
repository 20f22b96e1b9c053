"""Where the folders that travel with the package lie: `configs` and `models`."""

from pathlib import Path
from typing import Final, Literal

from redheart.errors import ConfigError

#: What must lie in a folder for it to be ours: another project's `configs` may stand beside an installed package.
_MARKS: Final[dict[str, str]] = {"configs": "default.yaml", "models": "compact"}


def bundled_folder(name: Literal["configs", "models"]) -> Path:
    """`<package>/_bundled/<name>` when installed from a wheel, else `<repository>/<name>`; ConfigError if neither."""
    package = Path(__file__).resolve().parents[1]
    candidates = [root / name for root in (package / "_bundled", package.parent)]
    for folder in candidates:
        if (folder / _MARKS[name]).exists():
            return folder
    raise ConfigError(
        f"the bundled folder '{name}' is in neither '{candidates[0]}' nor '{candidates[1]}'. Reinstall redheart."
    )
