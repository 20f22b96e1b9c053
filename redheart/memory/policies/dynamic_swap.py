"""The sparing policy: only as much leaves as must."""

from redheart.memory.ledger import ModuleState, Snapshot


class DynamicSwap:
    """Evicts until the missing bytes fit: lowest priority first, then least recently used, then largest."""

    name = "dynamic_swap"

    def victims(self, snapshot: Snapshot, needed: frozenset[str]) -> tuple[str, ...]:
        """The first spare modules that free enough; all of them if even that is too little."""
        shortage, chosen = snapshot.shortage(needed), []
        for module in sorted(snapshot.spare(needed), key=_tenure):
            if shortage <= 0:
                break
            shortage -= module.nbytes
            chosen.append(module.name)
        return tuple(chosen)


def _tenure(module: ModuleState) -> tuple[int, int, int, str]:
    return module.priority, module.last_use, -module.nbytes, module.name
