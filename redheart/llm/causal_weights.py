"""Where the weights of a causal language model lie, and which way they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor

from redheart.errors import CheckpointError
from redheart.llm.causal_fingerprint import Fingerprint
from redheart.llm.causal_gguf import GgufTensors, loads_in_its_own_way
from redheart.llm.causal_gguf_table import gguf_table
from redheart.llm.causal_model import REFUSALS, SAFE, unloadable
from redheart.llm.causal_names import names_in_model, settle_ties
from redheart.llm.causal_safetensors import DTYPES, safetensors_table
from redheart.llm.causal_tensors import StoredTensor, read_tensor
from redheart.llm.model_files import ModelFiles
from redheart.stored_weights import some
from redheart.types.weights import StoredWeights

Named = Iterator[tuple[str, Tensor]]


def stored_weights(files: ModelFiles, model: Any, told: Mapping[str, Any]) -> StoredWeights:
    """The master copy of an empty model's weights; `told` is what a GGUF file says of the model.

    (1) safetensors of the model's own tensors in its own number format, and of nothing else: the files themselves.
    (2) safetensors in another format: tensor by tensor, converted. (3) GGUF: tensor by tensor, dequantised.
    (4) either, where a tensor of the model is made of several stored ones: as transformers loads them, at once.
    Raises CheckpointError for damaged files and for weights that do not fit the model.
    """
    if files.gguf is None:
        return _of_safetensors(files, model)
    try:
        return _of_gguf(files, model, told)
    except REFUSALS as error:
        raise unloadable(files, error) from error


def _of_safetensors(files: ModelFiles, model: Any) -> StoredWeights:
    paths = files.weights()
    seen, table = Fingerprint.of(paths), safetensors_table(paths)
    names = names_in_model(model, table)
    if names is None:
        return _as_transformers_loads(files, seen)  # (4)
    places = settle_ties(model, {own: table[stored] for own, stored in names.items()})
    dtypes = {own: model.state_dict()[own].dtype for own in places}
    nothing_else = len(names) == len(table)
    as_they_are = nothing_else and all(DTYPES[place.kind] == dtypes[own] for own, place in places.items())
    return StoredWeights(
        identity=str(seen),
        read=partial(_converted, places, dtypes),  # (2)
        files=tuple(paths) if as_they_are else (),  # (1)
        stored_names={own: names[own] for own in places if own != names[own]},
        check=seen.check,
    )


def _converted(places: Mapping[str, StoredTensor], dtypes: Mapping[str, torch.dtype]) -> Named:
    for name, place in places.items():
        yield name, read_tensor(place, dtypes[name])


def _of_gguf(files: ModelFiles, model: Any, told: Mapping[str, Any]) -> StoredWeights:
    (path,) = files.weights()
    seen, table = Fingerprint.of([path]), gguf_table(path)
    if loads_in_its_own_way(table):
        return _as_transformers_loads(files, seen)  # (4)
    tensors = GgufTensors(table, told, model)
    own = frozenset(tensors.names.values())
    if names_in_model(model, own) != {name: name for name in own}:
        return _as_transformers_loads(files, seen)  # (4)
    return StoredWeights(str(seen), tensors.read, check=seen.check)


def _as_transformers_loads(files: ModelFiles, seen: Fingerprint) -> StoredWeights:
    return StoredWeights(str(seen), partial(_loaded, files), check=seen.check)


def _loaded(files: ModelFiles) -> Named:
    """All at once, then handed over one by one. Raises CheckpointError, also for weights that would be made up."""
    from transformers import AutoModelForCausalLM

    source = {"gguf_file": files.gguf} if files.gguf else {"use_safetensors": True}
    try:
        model, news = AutoModelForCausalLM.from_pretrained(
            files.folder, dtype=torch.float32, output_loading_info=True, **SAFE, **source
        )
    except REFUSALS as error:
        raise unloadable(files, error) from error
    if made_up := {*news["missing_keys"], *news["mismatched_keys"]}:
        raise CheckpointError(f"llm.model '{files.name}': {some(made_up)} cannot be read. Use another model.")
    state = dict(model.state_dict())
    del model
    while state:
        yield state.popitem()
