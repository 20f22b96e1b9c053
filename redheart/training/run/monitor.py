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
        self._modules = network.named_modules_of_plan()
        self._before: dict[str, dict[str, Tensor]] = {}

    def before(self) -> None:
        """Remember the weights."""
        self._before = {
            name: {key: value.detach().to("cpu", copy=True) for key, value in module.named_parameters()}
            for name, module in self._modules.items()
        }

    def after(self, step: int, gradient_norms: Mapping[str, float]) -> Look:
        """What the step changed; forgets the copy."""
        found = {name: self._update(name, gradient_norms[name]) for name in self._modules}
        self._before = {}
        return Look(step=step, modules=found, warnings=_warnings(step, found))

    def _update(self, name: str, gradient_norm: float) -> ModuleUpdate:
        changed = weights = 0.0
        still = []
        for key, value in self._modules[name].named_parameters():
            before = self._before[name][key].float()
            change = float((value.detach().cpu().float() - before).square().sum(dtype=torch.float64))
            changed, weights = changed + change, weights + float(before.square().sum(dtype=torch.float64))
            if change == 0.0:
                still.append(key)
        ratio = (changed / weights) ** 0.5 if weights else 0.0
        return ModuleUpdate(updated=changed > 0, gradient_norm=gradient_norm, update_ratio=ratio, still=tuple(still))


def _warnings(step: int, found: Mapping[str, ModuleUpdate]) -> dict[str, str]:
    said = {name: _warning(module) for name, module in found.items()}
    return {name: f"step {step}: '{name}' {words}" for name, words in said.items() if words}


def _warning(module: ModuleUpdate) -> str:
    if not module.updated:
        return f"was not updated (gradient norm {module.gradient_norm:.3g})"
    if module.update_ratio < STILL:
        return f"hardly moves: update/weight {module.update_ratio:.1e}"
    if module.update_ratio > WILD:
        return f"is thrown about: update/weight {module.update_ratio:.2f}"
    return ""
