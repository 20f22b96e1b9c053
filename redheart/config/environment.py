"""What the process environment says: settings, provider keys, data folders."""

import os
from pathlib import Path
from typing import Final

from redheart.errors import ConfigError

SETTINGS_PREFIX: Final = "REDHEART__"
DATA_FOLDERS: Final = "REDHEART_DATA"
FORCE_CPU: Final = "FORCE_CPU_INIT"
PROVIDER_KEYS: Final = ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "PERPLEXITY_API_KEY")


def environment_settings() -> dict[str, str]:
    """REDHEART__SECTION__KEY variables as dotted keys: {'memory.policy': 'direct'}. Values as they stand."""
    return {
        name[len(SETTINGS_PREFIX) :].lower().replace("__", "."): value
        for name, value in sorted(os.environ.items())
        if name.upper().startswith(SETTINGS_PREFIX) and len(name) > len(SETTINGS_PREFIX)
    }


def force_cpu() -> bool:
    """True if FORCE_CPU_INIT=1 keeps everything off CUDA. Raises ConfigError for values other than 0, 1 and none."""
    value = os.environ.get(FORCE_CPU, "").strip()
    if value not in ("", "0", "1"):
        raise ConfigError(f"{FORCE_CPU} is '{value}'. Set it to 1 to keep everything on the CPU, to 0, or unset it.")
    return value == "1"


def provider_keys_present() -> dict[str, bool]:
    """Whether each provider's key is set. Never its value."""
    return {name: bool(os.environ.get(name, "").strip()) for name in PROVIDER_KEYS}


def data_folders() -> tuple[Path, ...]:
    """The folders named by REDHEART_DATA, in order; empty when it is not set."""
    return tuple(Path(part) for part in os.environ.get(DATA_FOLDERS, "").split(os.pathsep) if part)
