"""Red Heart: what is felt, what it is worth, what may be regretted, what drives what, in one text.

The names below load on first use, so that importing the package costs nothing.
"""

from typing import TYPE_CHECKING, Any

from redheart.version import __version__

if TYPE_CHECKING:
    from redheart.assembly import build_orchestrator
    from redheart.config.load import load_settings
    from redheart.config.schema import Settings
    from redheart.types.result import InferResult

__all__ = ["InferResult", "Settings", "__version__", "build_orchestrator", "load_settings"]

_HOMES = {
    "InferResult": "redheart.types.result",
    "Settings": "redheart.config.schema",
    "build_orchestrator": "redheart.assembly",
    "load_settings": "redheart.config.load",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'redheart' has no attribute '{name}'")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
