"""What a step changed in every module: weights that should learn and do not are named."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from redheart.nn.network.network import Network
from redheart.types.base import Frozen

#: Relative change of weights by one step, beyond which something is wrong: they stand still, or they are thrown about.
STILL, WILD = 1e-9, 0.1


class ModuleUpdate(Frozen):
    """One module at one step."""

    updated: bool  # any weight changed
    gradient_norm: float
    update_ratio: float  # |change| / |weights before|
    still: tuple[str, ...] = ()  # tensors of it that did not change: readouts of what no sample of the step taught


class Look(Frozen):
    """One look of the monitor."""

    step: int
    modules: dict[str, ModuleUpdate]
    warnings: dict[str, str]  # module -> what is wrong with it


class UpdateMonitor:
    """Compares every weight before and after a step. A copy lies in RAM for as long as the step takes."""

    def __init__(self, network: Network) -> None:
        self._modules = {
            name: dict(module.named_parameters()) for name, module in network.named_modules_of_plan().items()
        }
        self._before: dict[str, list[Tensor]] = {}

    def before(self) -> None:
        """Remember the weights."""
        self._before = {name: _copies(parameters) for name, parameters in self._modules.items()}

    def after(self, step: int, gradient_norms: Mapping[str, float]) -> Look:
        """What the step changed; forgets the copy."""
        found = {name: self._update(name, gradient_norms[name]) for name in self._modules}
        self._before = {}
        return Look(step=step, modules=found, warnings=_warnings(step, found))

    def _update(self, name: str, gradient_norm: float) -> ModuleUpdate:
        before = self._before[name]
        weights = torch.stack(torch._foreach_norm(before)).double()
        torch._foreach_sub_(before, _copies(self._modules[name]))
        changes = torch.stack(torch._foreach_norm(before)).double()
        whole = float(weights.norm())
        still = [key for key, change in zip(self._modules[name], changes.tolist(), strict=True) if change == 0.0]
        return ModuleUpdate(
            updated=len(still) < len(before),
            gradient_norm=gradient_norm,
            update_ratio=float(changes.norm()) / whole if whole else 0.0,
            still=tuple(still),
        )


def _copies(parameters: Mapping[str, Tensor]) -> list[Tensor]:
    """In RAM, in float32."""
    return [value.detach().to("cpu", torch.float32, copy=True) for value in parameters.values()]


def _warnings(step: int, found: Mapping[str, ModuleUpdate]) -> dict[str, str]:
    said = {name: _warning(module) for name, module in found.items()}
    return {name: f"step {step}: '{name}' {words}" for name, words in said.items() if words}


def _warning(module: ModuleUpdate) -> str:
    if not module.updated:
        return f"was not updated (gradient norm {module.gradient_norm:.3g})"
    if module.gradient_norm == 0:
        return "gets no gradient: weight decay alone moves it"
    if module.update_ratio < STILL:
        return f"hardly moves: update/weight {module.update_ratio:.1e}"
    if module.update_ratio > WILD:
        return f"is thrown about: update/weight {module.update_ratio:.2f}"
    return ""
