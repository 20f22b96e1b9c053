"""A torch module as something that can leave fast memory: the only file here that knows torch's modules."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from redheart.errors import CheckpointError
from redheart.stored_weights import refuse_other_names, some
from redheart.types.residency import SwapPriority

ReadState = Callable[[], dict[str, Tensor]]


class TorchModule:
    """A `Swappable` around an nn.Module whose weights `read_state` reads from disk, name -> tensor.

    `nbytes` counts parameters and persistent buffers, tied ones once. Unloaded weights are meta tensors; buffers that
    are not persistent are no weights, must be real from the start, and stay. Loaded: eval mode, no gradients.
    """

    def __init__(
        self, name: str, priority: SwapPriority, module: nn.Module, read_state: ReadState, device: torch.device
    ) -> None:
        self.name, self.priority = name, priority
        self.module, self.device = module, device
        self._read_state = read_state
        self._ties = _ties(module)
        self.nbytes = sum(tensor.nbytes for tensor in _distinct(module))
        _refuse_empty_constants(name, module)

    def load(self) -> None:
        """Read, check, assign, move to the device. Raises CheckpointError; then the module is unloaded."""
        try:
            self._assign(self._with_ties(self._read_state()))
            self.module.to(self.device)
        except BaseException:
            self.unload()
            raise
        self.module.eval().requires_grad_(False)

    def unload(self) -> None:
        """Replace every parameter and persistent buffer by a meta tensor. Harmless if nothing is loaded."""
        for owner, attribute, tensor in _weights(self.module):
            empty = torch.empty_like(tensor, device="meta")
            setattr(owner, attribute, nn.Parameter(empty, False) if isinstance(tensor, nn.Parameter) else empty)
        self._retie()

    def _assign(self, state: dict[str, Tensor]) -> None:
        expected = self.module.state_dict()
        mend = "Restore the file, or train the model again."
        refuse_other_names(f"weights of '{self.name}'", expected.keys(), state.keys(), mend)
        for name, tensor in expected.items():
            found = state[name]
            if (found.shape, found.dtype) != (tensor.shape, tensor.dtype):
                raise CheckpointError(
                    f"weights of '{self.name}': '{name}' is {tuple(found.shape)} {found.dtype}, expected "
                    f"{tuple(tensor.shape)} {tensor.dtype}. Restore the file, or train the model again."
                )
        self.module.load_state_dict(state, strict=True, assign=True)
        self._retie()

    def _with_ties(self, state: dict[str, Tensor]) -> dict[str, Tensor]:
        """One stored name is enough for tied weights: files keep them once."""
        state = dict(state)
        for names in self._ties:
            found = next((state[name] for name in names if name in state), None)
            if found is not None:
                state.update(dict.fromkeys(names, found))
        return state

    def _retie(self) -> None:
        """Assignment gives each name a parameter of its own; tied names must share one again."""
        for first, *others in self._ties:
            shared = self.module.get_parameter(first)
            for name in others:
                owner, _, attribute = name.rpartition(".")
                setattr(self.module.get_submodule(owner), attribute, shared)


def _weights(module: nn.Module) -> Iterator[tuple[nn.Module, str, Tensor]]:
    """(owner, attribute, tensor) of every parameter and persistent buffer; a tied one once for each owner."""
    for owner in module.modules():
        for attribute, parameter in list(owner._parameters.items()):
            if parameter is not None:
                yield owner, attribute, parameter
        for attribute, buffer in list(owner._buffers.items()):
            if buffer is not None and attribute not in owner._non_persistent_buffers_set:
                yield owner, attribute, buffer


def _distinct(module: nn.Module) -> list[Tensor]:
    return list({id(tensor): tensor for _, _, tensor in _weights(module)}.values())


def _refuse_empty_constants(name: str, module: nn.Module) -> None:
    weights = {id(tensor) for tensor in _distinct(module)}
    empty = {label for label, buffer in module.named_buffers() if buffer.is_meta and id(buffer) not in weights}
    if empty:
        raise ValueError(f"module '{name}': {some(empty)} are stored in no file, so they cannot be meta tensors")


def _ties(module: nn.Module) -> list[list[str]]:
    """Names of parameters that are one and the same, grouped."""
    groups: dict[int, list[str]] = {}
    for name, parameter in module.named_parameters(remove_duplicate=False):
        groups.setdefault(id(parameter), []).append(name)
    return [names for names in groups.values() if len(names) > 1]
