"""A residency plan as people read it: step by step, in words or as JSON. Nothing is computed here but sums."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from redheart.memory.plan import ResidencyPlan

_MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class PlannedStep:
    """One position of the plan. Bytes: what the step needs is `already` there or is `brought`; `kept` is for others.

    The sum of the four with `work` is `peak`.
    """

    name: str
    modules: tuple[str, ...]
    already: int
    brought: int
    kept: int
    work: int

    @property
    def weights(self) -> int:
        """Bytes of the modules it needs."""
        return self.already + self.brought

    @property
    def peak(self) -> int:
        """Bytes filled during the step."""
        return self.weights + self.kept + self.work


@dataclass(frozen=True, slots=True)
class PlannedModule:
    """One module: `shares` is the share of its bytes that is there at each position, `needed` whether it is used."""

    name: str
    nbytes: int
    chunks: int
    shares: tuple[float, ...]
    needed: tuple[bool, ...]

    @property
    def stays(self) -> bool:
        """Wholly there all the time."""
        return min(self.shares) == 1


def planned_steps(plan: ResidencyPlan) -> tuple[PlannedStep, ...]:
    """Every position, in order; where the plan spans several cycles, their number stands behind the name."""
    count = len(plan.cycle.steps)
    rows = []
    for position, (brought, peak) in enumerate(zip(plan.bytes_in, plan.peak, strict=True)):
        step = plan.cycle.steps[position % count]
        weights = plan.cycle.size(step.modules)
        rows.append(
            PlannedStep(
                name=step.name if plan.cycles == 1 else f"{step.name} {position // count + 1}",
                modules=tuple(sorted(step.modules)),
                already=weights - brought,
                brought=brought,
                kept=peak - step.work_bytes - weights,
                work=step.work_bytes,
            )
        )
    return tuple(rows)


def planned_modules(plan: ResidencyPlan) -> tuple[PlannedModule, ...]:
    """Every module that some step needs, the largest first."""
    cycle = plan.cycle
    used = frozenset().union(*(step.modules for step in cycle.steps)) | cycle.pinned
    rows = (_module(plan, name) for name in used)
    return tuple(sorted(rows, key=lambda module: (-module.nbytes, module.name)))


def _module(plan: ResidencyPlan, name: str) -> PlannedModule:
    sizes, steps = plan.cycle.chunks[name], plan.cycle.steps
    there = (sum(sizes[chunk] for chunk in kept.get(name, ())) for kept in plan.keep)
    return PlannedModule(
        name=name,
        nbytes=sum(sizes),
        chunks=len(sizes),
        shares=tuple(nbytes / sum(sizes) for nbytes in there),
        needed=tuple(name in steps[position % len(steps)].modules for position in range(len(plan.keep))),
    )


@dataclass(frozen=True, slots=True)
class PlanReport:
    """A plan with the settings it was made for. `auto_policy` is what policy `auto` would choose."""

    plan: ResidencyPlan
    mode: str
    policy: str
    auto_policy: str

    def as_dict(self) -> dict[str, Any]:
        """For JSON; bytes."""
        return {
            "mode": self.mode,
            "policy": self.policy,
            "auto_policy": self.auto_policy,
            "budget": self.plan.capacity,
            "fits": True,  # a plan that does not is refused before it is one
            "cycles": self.plan.cycles,
            "bytes_per_request": self.plan.total_in,
            "bound_bytes": self.plan.bound_bytes,
            "peak": max(self.plan.peak),
            "steps": [
                {**asdict(step), "weights": step.weights, "peak": step.peak} for step in planned_steps(self.plan)
            ],
            "modules": [{**asdict(module), "stays": module.stays} for module in planned_modules(self.plan)],
        }

    def lines(self) -> list[str]:
        """For people."""
        plan, steps = self.plan, planned_steps(self.plan)
        return [
            f"memory plan: mode {self.mode}, policy {self.policy} (auto would choose {self.auto_policy}), budget "
            f"{_mib(plan.capacity)} MiB. Nothing is loaded.",
            "",
            *_table(steps, plan.capacity),
            "",
            *_residents(planned_modules(plan)),
            "",
            _traffic(plan),
            _verdict(plan, steps),
        ]


_COLUMNS = ("needs", "work", "already in", "brought in", "kept", "peak", "of budget")


def _table(steps: tuple[PlannedStep, ...], budget: int) -> list[str]:
    """MiB; wide enough for the longest step name."""
    width = max(len("step"), *(len(step.name) for step in steps))
    rows = [f"{'step (MiB)':<{width + 6}}" + "".join(f"{name:>12}" for name in _COLUMNS)]
    for step in steps:
        numbers = (step.weights, step.work, step.already, step.brought, step.kept, step.peak)
        row = "".join(f"{_mib(nbytes):>12}" for nbytes in numbers)
        rows.append(f"{step.name:<{width + 6}}{row}{step.peak / budget:>11.0%} ")
    return [row.rstrip() for row in rows]


def _residents(modules: tuple[PlannedModule, ...]) -> list[str]:
    stay = [f"{module.name} {_mib(module.nbytes)}" for module in modules if module.stays]
    part = [_part(module) for module in modules if not module.stays and min(module.shares) > 0]
    go = [f"{module.name} {_mib(module.nbytes)}" for module in modules if min(module.shares) == 0]
    told = (("stay all the time", stay), ("stay in part", part), ("come and go", go))
    return [f"{what + ':':<19}{', '.join(names) if names else 'none'}" for what, names in told]


def _part(module: PlannedModule) -> str:
    least = min(module.shares)
    return f"{module.name} {_mib(module.nbytes * least)} of {_mib(module.nbytes)} ({module.chunks} chunks)"


def _traffic(plan: ResidencyPlan) -> str:
    over = plan.total_in / plan.bound_bytes - 1 if plan.bound_bytes else 0.0
    above = f", {over:.1%} above it" if over >= 0.0005 else ", which is reached"
    alternate = f" (on the average of {plan.cycles} requests by turns)" if plan.cycles > 1 else ""
    return (
        f"A request brings in {_mib(plan.total_in)} MiB{alternate} once warm; no plan brings in less than "
        f"{_mib(plan.bound_bytes)}{above}."
    )


def _verdict(plan: ResidencyPlan, steps: tuple[PlannedStep, ...]) -> str:
    fullest = max(steps, key=lambda step: step.peak)
    return f"It fits: at most {_mib(fullest.peak)} of {_mib(plan.capacity)} MiB are filled, in step '{fullest.name}'."


def _mib(nbytes: float) -> str:
    return f"{nbytes / _MIB:,.1f}"
