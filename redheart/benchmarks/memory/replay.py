"""Bytes that a contender moves in a cycle of steps, once it repeats itself."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Final, NamedTuple

from redheart.benchmarks.memory.peers import Peer, Scene
from redheart.memory.ledger import Ledger
from redheart.memory.plan import Cycle, ResidencyPlan
from redheart.memory.policies import Policy
from redheart.memory.states import OFF_PLAN, ModuleState, Piece
from redheart.types.residency import SwapPriority, Tier

PATIENCE: Final = 1000  # cycles after which a contender should have begun to repeat itself


class Moved(NamedTuple):
    """Bytes in and out."""

    bytes_in: float
    bytes_out: float

    def plus(self, other: Moved) -> Moved:
        """Both together."""
        return Moved(self.bytes_in + other.bytes_in, self.bytes_out + other.bytes_out)


def replay_peer(peer: Peer, cycle: Cycle, capacity: int) -> Moved:
    """What a peer moves in a cycle of its steady state, on the average."""
    resident: dict[str, int] = {}
    last_use: dict[str, int] = {}

    def enter(position: int) -> Moved:
        scene = Scene(cycle, capacity, position, dict(resident), dict(last_use))
        missing, leaving = scene.missing, peer.leaving(scene)
        for name, nbytes in leaving.items():
            resident[name] -= nbytes
        for name in cycle.needed(position):
            resident[name], last_use[name] = cycle.size([name]), position
        return Moved(missing, sum(leaving.values()) if peer.copies_out else 0)

    return _steady(enter, lambda: tuple(sorted(resident.items())), len(cycle.steps))


def replay_policy(policy: Policy, cycle: Cycle, capacity: int, plan: ResidencyPlan | None = None) -> Moved:
    """What a policy of ours moves in a cycle of its steady state, on the average, following a plan if there is one.

    Raises BudgetError if what it leaves does not fit: no step ever exceeds `capacity`.
    """
    ledger = Ledger(Tier.DEVICE, capacity)
    for name, sizes in cycle.chunks.items():
        priority = SwapPriority.BACKBONE if name in cycle.pinned else SwapPriority.PRIMARY
        ledger.register(ModuleState(name, priority, sizes))

    def enter(position: int) -> Moved:
        ledger.account.set_line("work", cycle.steps[position % len(cycle.steps)].work_bytes)
        snapshot = ledger.snapshot(plan.outlook(position) if plan else OFF_PLAN)
        needed = cycle.needed(position)
        ledger.evict(policy.victims(snapshot, needed, snapshot.shortage(needed)))
        missing = [Piece(module.name, chunk) for module in snapshot.missing(needed) for chunk in module.absent]
        ledger.reserve(missing)
        ledger.commit(missing)
        ledger.lease(needed)
        ledger.release(needed)
        return Moved(ledger.size(missing), 0)

    def state() -> Hashable:
        return tuple(module.resident for module in ledger.snapshot().modules)

    steps = len(plan.keep) if plan else len(cycle.steps)
    moved = _steady(enter, state, steps)
    cycles = steps // len(cycle.steps)
    return Moved(moved.bytes_in / cycles, moved.bytes_out / cycles)


def _steady(enter: Callable[[int], Moved], state: Callable[[], Hashable], steps: int) -> Moved:
    """Enter steps until the state at the end of a round is one that was seen; the average of the rounds since then."""
    seen: dict[Hashable, tuple[int, Moved]] = {}
    done = Moved(0, 0)
    for rounds in range(PATIENCE):
        if rounds and state() in seen:
            since, then = seen[state()]
            count = rounds - since
            return Moved((done.bytes_in - then.bytes_in) / count, (done.bytes_out - then.bytes_out) / count)
        if rounds:  # nothing has been used before the first round, so that it tells nothing of the later ones
            seen[state()] = rounds, done
        for position in range(rounds * steps, (rounds + 1) * steps):
            done = done.plus(enter(position))
    raise RuntimeError(f"no state came back within {PATIENCE} rounds of {steps} steps")
