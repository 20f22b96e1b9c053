"""Weights mixed from several epochs of one run, tensor by tensor, as they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from redheart.errors import CheckpointError
from redheart.stored_weights import refuse_other_names, some
from redheart.training.selection.checkpoints import Checkpoints, Tensors
from redheart.training.selection.curve import BACKBONE

#: Epoch -> its share of a module; shares sum to 1, the epoch that counts most comes first.
Shares = dict[int, float]
#: Module -> where its weights come from.
Recipe = dict[str, Shares]


class Mixture(Mapping[str, Tensor]):
    """A whole network by a recipe: floating tensors averaged, all others taken from the module's first epoch.

    Nothing is held: each tensor is read and averaged in float32 (float64 where it is stored so) when it is asked for,
    and comes in the dtype it is stored in.
    """

    def __init__(self, files: Mapping[int, Tensors], recipe: Recipe) -> None:
        self._files, self._recipe = files, recipe
        self._names = next(iter(files.values())).names()

    def __getitem__(self, name: str) -> Tensor:
        if name not in self._names:
            raise KeyError(name)
        shares = self._recipe[module_of(name, self._recipe)]
        first = self._files[next(iter(shares))].tensor(name)
        if len(shares) == 1 or not first.is_floating_point():
            return first
        return self._averaged(name, shares, first)

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def _averaged(self, name: str, shares: Shares, first: Tensor) -> Tensor:
        """first + sum of share * (other - first): what no epoch changed stays as it is to the last bit."""
        wide = first.to(torch.float64 if first.dtype == torch.float64 else torch.float32)
        change = torch.zeros_like(wide)
        for epoch, share in list(shares.items())[1:]:
            change.add_(self._files[epoch].tensor(name).to(wide.dtype).sub_(wide), alpha=share)
        return wide.add(change).to(first.dtype)


def module_of(name: str, modules: Mapping[str, object]) -> str:
    """The part a tensor belongs to, by the longest name; what belongs to no part goes with the backbone."""
    owners = [module for module in modules if name.startswith(f"{module}.")]
    return max(owners, key=len, default=BACKBONE)


def refuse_strangers(store: Checkpoints, paths: Mapping[int, Path]) -> None:
    """Raises CheckpointError unless all files are of one run of one preset: only they share an initialisation."""
    origins = {epoch: store.origin(path) for epoch, path in paths.items()}
    first = next(iter(origins))
    for epoch, origin in origins.items():
        for what in ("preset", "run"):
            ours, theirs = getattr(origins[first], what), getattr(origin, what)
            if ours != theirs:
                raise CheckpointError(
                    f"'{paths[epoch]}' is of {what} '{theirs}', '{paths[first]}' of {what} '{ours}': weights that grew "
                    "from different initialisations cannot be mixed. Keep one run's checkpoints in its folder."
                )


def refuse_other_tensors(files: Mapping[int, Tensors], paths: Mapping[int, Path]) -> None:
    """Raises CheckpointError naming tensors that not all files have in one shape and dtype."""
    first = next(iter(files))
    expected = {name: files[first].shape(name) for name in files[first].names()}
    for epoch, file in files.items():
        refuse_other_names(f"'{paths[epoch]}' against '{paths[first]}'", expected, file.names(), "Train again.")
        other = [name for name in expected if file.shape(name) != expected[name]]
        if other:
            raise CheckpointError(
                f"'{paths[epoch]}': {some(other)} of another shape or dtype than in '{paths[first]}'. Train again."
            )
