"""Why a chunk was chosen to leave, in words. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from redheart.memory.states import ModuleState, Snapshot


def listed(names: Iterable[str]) -> str:
    """The names in quotes, sorted."""
    return ", ".join(f"'{name}'" for name in sorted(names)) or "nothing"


def eviction_reasons(snapshot: Snapshot, leaving: Collection[str], needed: Collection[str]) -> dict[str, str]:
    """Module -> why it, or a part of it, makes room for `needed`."""
    whom = f"room for {listed(needed)}"
    return {
        module.name: f"{whom}: {_standing(module, snapshot)}" for module in snapshot.modules if module.name in leaving
    }


def _standing(module: ModuleState, snapshot: Snapshot) -> str:
    outlook = snapshot.outlook
    steps = outlook.next_use.get(module.name)
    when = "no step of the plan needs it" if steps is None else f"it is needed again in {steps} steps"
    if steps == 1:
        when = "it is needed again in the next step"
    if not outlook.step:
        return f"off plan, priority {module.priority.name}, last used at tick {module.last_use}" + (
            f", {when}" if outlook.next_use else ""
        )
    kept = len(outlook.keep.get(module.name, ()))
    return f"{when}; during '{outlook.step}' the plan keeps {kept} of its {len(module.chunks)} chunks"
