"""Layer-wise learning-rate decay: lower layers of the backbone learn more slowly."""

from __future__ import annotations

from torch import nn

from redheart.nn.network.network import Network, layer_depths
from redheart.training.run.optimizers import ParameterGroup


def parameter_groups(network: Network, layer_decay: float, weight_decay: float) -> list[ParameterGroup]:
    """Parameters by depth below the top: rate = peak * layer_decay ** depth (Howard and Ruder, 2018).

    Vectors (biases, gains) are not decayed towards zero. Depth comes from the network's own layers, never from digits
    in a name.
    """
    depths = layer_depths(network)
    found: dict[tuple[int, bool], list[tuple[str, nn.Parameter]]] = {}
    for name, parameter in network.named_parameters():
        depth = depths[name] if layer_decay != 1.0 else 0
        found.setdefault((depth, parameter.dim() > 1), []).append((name, parameter))
    return [
        ParameterGroup(
            tuple(name for name, _ in named),
            tuple(parameter for _, parameter in named),
            layer_decay**depth,
            weight_decay if decayed else 0.0,
        )
        for (depth, decayed), named in found.items()
    ]
