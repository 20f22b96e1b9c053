"""Which stored tensor belongs to which weight of a model."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from torch import nn

from redheart.errors import CheckpointError
from redheart.llm.causal_tensors import StoredTensor, same_values
from redheart.stored_weights import some


def names_in_model(model: Any, stored: Iterable[str]) -> dict[str, str] | None:
    """Name in the model -> stored name, by the renamings of transformers; names that the model ignores left out.

    None where a tensor of the model is made of several stored ones, or of a part of one. Raises CheckpointError for
    names that the model does not know.
    """
    from transformers.core_model_loading import dot_natural_key

    rename, expected, ignored = _renaming(model), model.state_dict(), _ignored(model)
    found: dict[str, str] = {}
    unknown: list[str] = []
    for name in sorted(stored, key=dot_natural_key):  # some renamings count
        own, is_whole = rename(name)
        if not is_whole:
            return None
        if own in expected:
            found[own] = name
        elif not ignored.search(own):
            unknown.append(name)
    if unknown:
        raise CheckpointError(f"the stored weights {some(unknown)} have no place in the model. Use another model.")
    return found


def settle_ties(model: nn.Module, places: Mapping[str, StoredTensor]) -> dict[str, StoredTensor]:
    """`places` with tied weights under one of their names only.

    Where several are stored and differ, the config is wrong and they are no longer tied. Raises CheckpointError for
    weights that are not stored, or have another shape.
    """
    settled: dict[str, StoredTensor] = {}
    for names in _weights_by_name(model):
        stored = [name for name in names if name in places]
        if not stored:
            raise CheckpointError(f"the weight '{names[0]}' is not stored. Restore the files, or use another model.")
        first, *others = stored
        settled[first] = places[first]
        for name in others:
            if not same_values(places[first], places[name]):
                _untie(model, name)
                settled[name] = places[name]
    _refuse_other_shapes(model, settled)
    return settled


def one_name_each(model: nn.Module, chosen: Iterable[str]) -> dict[str, str]:
    """Every name of a weight -> the one of its names that is among the chosen."""
    kept = frozenset(chosen)
    return {name: first for names in _weights_by_name(model) for first in names if first in kept for name in names}


def _weights_by_name(model: nn.Module) -> list[list[str]]:
    """The names of each parameter and persistent buffer; tied ones have several."""
    groups: dict[int, list[str]] = {}
    for name, tensor in model.state_dict(keep_vars=True).items():
        groups.setdefault(id(tensor), []).append(name)
    return list(groups.values())


def _renaming(model: Any) -> Callable[[str], tuple[str, bool]]:
    """Stored name -> the model's name, and whether the tensor is used as it is, whole."""
    from transformers.conversion_mapping import get_model_conversion_mapping
    from transformers.core_model_loading import WeightConverter, WeightRenaming, rename_source_key

    transforms = get_model_conversion_mapping(model)
    renamings = [transform for transform in transforms if isinstance(transform, WeightRenaming)]
    converters = [transform for transform in transforms if isinstance(transform, WeightConverter)]
    expected = model.state_dict()

    def rename(name: str) -> tuple[str, bool]:
        own, pattern = rename_source_key(name, renamings, converters, model.base_model_prefix, expected)
        if own not in expected and name in expected:  # a renaming that was not meant for it
            return name, True
        return own, pattern is None

    return rename


def _ignored(model: Any) -> re.Pattern[str]:
    """Names that may be stored and are not wanted: what the model lists, and constants that it computes itself."""
    constants = {name for name, _ in model.named_buffers()} - model.state_dict().keys()
    leaves = sorted({name.rpartition(".")[2] for name in constants})
    patterns = [*(model._keys_to_ignore_on_load_unexpected or ()), *(rf"(^|\.){re.escape(leaf)}$" for leaf in leaves)]
    return re.compile("|".join(f"({pattern})" for pattern in patterns) or r"(?!)")


def _untie(model: nn.Module, name: str) -> None:
    place, _, attribute = name.rpartition(".")
    owner = model.get_submodule(place)
    setattr(owner, attribute, nn.Parameter(getattr(owner, attribute).detach().clone(), False))


def _refuse_other_shapes(model: nn.Module, places: Mapping[str, StoredTensor]) -> None:
    weights = model.state_dict()
    for name, stored in places.items():
        if stored.shape != tuple(weights[name].shape):
            raise CheckpointError(
                f"the weight '{name}' is stored as {stored.shape}, and the model's config wants "
                f"{tuple(weights[name].shape)}. Restore the files, or use another model."
            )
