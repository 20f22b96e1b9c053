"""The tensors of a GGUF file as transformers names and lays them out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from redheart.llm.causal_gguf_table import GgufTable
from redheart.llm.causal_names import one_name_each
from redheart.llm.causal_tensors import StoredTensor, read_tensor


class GgufTensors:
    """Reads a table tensor by tensor through the mapping of transformers. `config` is what the file says of the model.

    `names`: name in the file -> name in the model, of all that have one. Some architectures make one tensor of several.
    """

    def __init__(self, table: GgufTable, config: Mapping[str, Any], model: nn.Module) -> None:
        from transformers.modeling_gguf_pytorch_utils import TENSOR_PROCESSORS, TensorProcessor

        self._processor = TENSOR_PROCESSORS.get(table.architecture, TensorProcessor)(config=dict(config))
        self._mapping = _mapping(model, self._processor, table)
        self.names = {name: self._mapping[name] for name in table.tensors if name in self._mapping}
        order = {own: index for index, own in enumerate(model.state_dict())}
        last = len(order)
        # In the model's order: then a reader need not put any aside.
        places = sorted(table.tensors, key=lambda name: order.get(self._mapping.get(name, ""), last))
        self._places = {name: table.tensors[name] for name in places}

    def read(self) -> Iterator[tuple[str, Tensor]]:
        """Every tensor of the model, float32."""
        gathered: dict[str, Any] = {"tensors": {}}
        for name, stored in self._places.items():
            yield from self._read(name, stored, gathered)
        while gathered["tensors"]:
            yield gathered["tensors"].popitem()

    def _read(self, name: str, stored: StoredTensor, gathered: dict[str, Any]) -> Iterator[tuple[str, Tensor]]:
        """What one tensor of the file gives at once; what must wait for others is put into `gathered`."""
        import numpy as np

        weights = read_tensor(stored, torch.float32).numpy()
        found = self._processor.process(
            weights=weights, name=name, tensor_key_mapping=self._mapping, parsed_parameters=gathered
        )
        del weights
        if found.name in self._mapping:
            yield self._mapping[found.name], torch.from_numpy(np.ascontiguousarray(found.weights))


class _WithoutChildren:
    """A model to which the mapping of transformers need not descend: that takes a second for every hundred parts."""

    def __init__(self, model: Any) -> None:
        self.config, self.state_dict = model.config, model.state_dict

    def named_children(self) -> tuple[()]:
        return ()


def _mapping(model: Any, processor: Any, table: GgufTable) -> dict[str, str]:
    """Name in such files -> name in the model. Only some models need to be looked at part by part."""
    from transformers.modeling_gguf_pytorch_utils import get_gguf_hf_weights_map

    names: dict[str, str] = get_gguf_hf_weights_map(_WithoutChildren(model), processor)
    found = [own for name, own in names.items() if name in table.tensors]
    if one_name_each(model, found).keys() == model.state_dict().keys():
        return names
    names = get_gguf_hf_weights_map(model, processor)
    return names


def loads_in_its_own_way(table: GgufTable) -> bool:
    """True for architectures that transformers reads without such a mapping."""
    from transformers.integrations.gguf import is_gguf_arch_supported

    return bool(is_gguf_arch_supported(table.architecture))
