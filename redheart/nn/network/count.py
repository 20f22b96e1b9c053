"""How many parameters a model has, as a tree, and how far that is from what its preset plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from torch import nn

from redheart.nn.network.network import Network
from redheart.nn.network.preset import Preset

TOTAL = "total"


@dataclass(frozen=True, slots=True)
class ParameterCount:
    """One module with what it is made of; one parameter shared by several places counts at each of them."""

    name: str
    parameters: int
    children: tuple[ParameterCount, ...] = ()


def parameter_counts(model: nn.Module | Mapping[str, nn.Module], name: str = TOTAL, depth: int = 3) -> ParameterCount:
    """A model, or its modules by dotted name, as a tree of at most `depth` levels below the root.

    Modules without parameters are left out.
    """
    if isinstance(model, nn.Module):
        return _of_module(model, name, depth)
    return _of_modules(model, name, depth)


def planned_deviation(preset: Preset, model: Network | Mapping[str, nn.Module]) -> dict[str, float]:
    """Module -> (parameters - planned) / planned, for the modules there are; 'total' for their sum.

    Raises KeyError for a module without a plan.
    """
    modules = model.named_modules_of_plan() if isinstance(model, Network) else model
    counted = {name: parameters_of(module) for name, module in modules.items()}
    planned = {name: preset.planned[name] for name in counted}
    deviation = {name: count / planned[name] - 1 for name, count in counted.items()}
    return {**deviation, TOTAL: sum(counted.values()) / sum(planned.values()) - 1}


def parameters_of(module: nn.Module) -> int:
    """Entries of all parameters of one module."""
    return sum(parameter.numel() for parameter in module.parameters())


def _of_modules(modules: Mapping[str, nn.Module], name: str, depth: int) -> ParameterCount:
    """Modules by dotted name, those of one first word under one branch."""
    below: dict[str, dict[str, nn.Module]] = {}
    for dotted, module in modules.items():
        first, _, rest = dotted.partition(".")
        below.setdefault(first, {})[rest] = module
    children = [
        _of_module(branch[""], first, depth - 1) if "" in branch else _of_modules(branch, first, depth - 1)
        for first, branch in below.items()
    ]
    return _counted(name, sum(child.parameters for child in children), children, depth)


def _of_module(module: nn.Module, name: str, depth: int) -> ParameterCount:
    children = [_of_module(child, below, depth - 1) for below, child in module.named_children()]
    return _counted(name, parameters_of(module), children, depth)


def _counted(name: str, parameters: int, children: list[ParameterCount], depth: int) -> ParameterCount:
    kept = tuple(child for child in children if child.parameters) if depth > 0 else ()
    return ParameterCount(name, parameters, kept)
