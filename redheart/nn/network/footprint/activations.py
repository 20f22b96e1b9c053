"""What a forward and a backward pass keep in memory: counted on the meta device, by running them there."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from redheart.devices import Precision, resolve_dtype
from redheart.nn.network.attention import CrossAttention, SelfAttention
from redheart.nn.network.footprint.live_bytes import AsOnDevice, LiveBytes, Undrawn
from redheart.nn.network.network import Network
from redheart.nn.network.packed import Packed
from redheart.nn.network.preset import Preset


@dataclass(frozen=True, slots=True)
class Load:
    """What is computed at once: so many documents, each of so many sentences."""

    documents: int
    sentences: int


@dataclass(frozen=True, slots=True)
class PassBytes:
    """Bytes beside weights and gradients."""

    modules: dict[str, int]  # module of the plan -> what its forward pass keeps for the backward pass
    work: int  # more than all of that, at the highest point of both passes

    @property
    def activations(self) -> int:
        """What the forward pass of the whole network keeps."""
        return sum(self.modules.values())


def network_on_meta(
    preset: Preset,
    encoder_dim: int,
    precision: Precision,
    parts: Collection[str] | None = None,
    outputs: Mapping[str, Sequence[str]] | None = None,
) -> Network:
    """The network of a preset in that precision, without its weights. Raises ConfigError for the family 'tokens'."""
    with torch.device("meta"), Undrawn():
        return Network(preset, encoder_dim, parts, outputs).to(resolve_dtype(precision))


def documents_on(device: torch.device, load: Load, encoder_dim: int) -> Packed:
    """Documents of equal length and no particular content."""
    rows = load.documents * load.sentences
    return Packed(torch.zeros(rows, encoder_dim, device=device), ((load.documents, load.sentences),))


def pass_bytes(network: Network, load: Load, passes: int = 1, cuda: bool = False) -> PassBytes:
    """Counts `passes` forward passes that end in one loss (R-Drop makes two) and their backward pass.

    Kept is what CUDA or the processor would keep. The losses themselves, a few numbers a target and document, are left
    out. A mixture's documents are shared evenly.
    """
    device = next(network.parameters()).device
    documents = documents_on(device, load, network.encoder_dim)
    for parameter in network.parameters():
        # As after a first micro-batch: what the backward pass adds to them is work.
        parameter.grad = torch.zeros_like(parameter)
    live = LiveBytes(quick=device.type == "meta")
    live.expect([*network.parameters(), *_gradients(network), *network.buffers(), documents.values])
    with live, _watched(network, live, cuda):
        loss = torch.stack([_one_number(network, documents) for _ in range(passes)]).sum()
        kept, held = {name: size for name, size in live.by_label.items() if name}, live.now
        loss.backward()  # type: ignore[no-untyped-call]
    network.zero_grad(set_to_none=True)
    return PassBytes(kept, live.peak - held)


def _gradients(network: Network) -> list[Tensor]:
    return [parameter.grad for parameter in network.parameters() if parameter.grad is not None]


def _one_number(network: Network, documents: Packed) -> Tensor:
    outputs = network(documents).values()
    return torch.stack(
        [value.sum() for output in outputs for value in (*output.predictions.values(), *output.penalties.values())]
    ).sum()


@contextmanager
def _watched(network: Network, live: LiveBytes, cuda: bool) -> Iterator[None]:
    """Inside, what a module of the plan computes is counted under its name, and kept as on the device."""
    hooks = []
    for name, module in network.named_modules_of_plan().items():
        hooks += _around(module, partial(setattr, live, "label", name), partial(setattr, live, "label", ""))
    for module in network.modules():
        if isinstance(module, SelfAttention | CrossAttention | nn.Dropout):
            mode = AsOnDevice(cuda)
            # Entered here, not once around everything: torch leaves such a mode where it runs backward.
            hooks += _around(module, mode.__enter__, partial(mode.__exit__, None, None, None))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def _around(module: nn.Module, enter: Callable[[], object], leave: Callable[[], object]) -> list[RemovableHandle]:
    """Call something before and after every forward pass of a module, recomputed ones too."""

    def before(*_: object) -> None:
        enter()

    def after(*_: object) -> None:
        leave()

    return [module.register_forward_pre_hook(before), module.register_forward_hook(after, always_call=True)]
