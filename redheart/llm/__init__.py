"""Language models: the table of providers, and the door through which one is built."""

from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Final

from redheart.config.refusals import did_you_mean
from redheart.config.schema import LLMSection
from redheart.devices import DeviceName
from redheart.errors import ConfigError
from redheart.llm.base import LLMPlugin

ENTRY_POINTS: Final = "redheart.llms"


def _none() -> type[LLMPlugin]:
    from redheart.llm.none import NoLLM

    return NoLLM


def _scripted() -> type[LLMPlugin]:
    from redheart.llm.scripted import ScriptedLLM

    return ScriptedLLM


def _local() -> type[LLMPlugin]:
    from redheart.llm.local import LocalLLM  # torch comes with it

    return LocalLLM


PROVIDERS: Final[dict[str, Callable[[], type[LLMPlugin]]]] = {"none": _none, "scripted": _scripted, "local": _local}


def build_llm(settings: LLMSection, device: DeviceName = "auto") -> LLMPlugin:
    """The provider that the settings name, its settings checked, no weights read.

    Packages outside offer theirs under the entry point group `redheart.llms`; one is imported only when it is named.
    Raises ConfigError for an unknown backend, and what the provider says of its settings.
    """
    return _provider(settings.backend)(settings, device)


def llm_names() -> tuple[str, ...]:
    """Names that `llm.backend` can have: the built-in providers, then those of outside packages; imports none."""
    outside = {point.name for point in entry_points(group=ENTRY_POINTS)}
    return (*PROVIDERS, *sorted(outside - set(PROVIDERS)))


def check_llm_name(name: str) -> None:
    """Raises ConfigError for a backend that nobody offers; imports none."""
    if name not in llm_names():
        raise ConfigError(f"unknown LLM backend '{name}'.{did_you_mean(name, llm_names())}")


def _provider(name: str) -> type[LLMPlugin]:
    if name in PROVIDERS:
        return PROVIDERS[name]()
    check_llm_name(name)
    outside = {point.name: point for point in entry_points(group=ENTRY_POINTS)}
    plugin = outside[name].load()
    if not (isinstance(plugin, type) and issubclass(plugin, LLMPlugin)):
        raise ConfigError(
            f"LLM backend '{name}' ({outside[name].value}) is no LLMPlugin. Update or remove that package."
        )
    return plugin
