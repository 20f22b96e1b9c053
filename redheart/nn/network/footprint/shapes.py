"""What the commonest operations give back on the meta device: torch's own rules are as right, and far slower."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import torch
from torch import Tensor

aten = torch.ops.aten


def _like(tensor: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    # torch's rule for empty_like is one of the slow ones.
    if tensor.is_contiguous():
        return tensor.new_empty(tensor.shape, dtype=dtype)
    return torch.empty_like(tensor, dtype=dtype)


def _pointwise(*args: Any, **_: Any) -> Tensor:
    """Every tensor broadcast to one shape, in the common number format."""
    tensors = [arg for arg in args if isinstance(arg, Tensor)]
    first = tensors[0]
    if all(other.shape == first.shape and other.dtype == first.dtype for other in tensors[1:]):
        return _like(first)
    shape = torch.broadcast_shapes(*(tensor.shape for tensor in tensors))  # type: ignore[no-untyped-call]
    dtype = first.dtype if len(tensors) == 1 else torch.result_type(tensors[0], tensors[1])
    return first.new_empty(shape, dtype=dtype)


def _in_place(target: Tensor, *_: Any, **__: Any) -> Tensor:
    return target


def _addmm(_: Tensor, left: Tensor, right: Tensor, **__: Any) -> Tensor:
    return left.new_empty(left.shape[0], right.shape[1])


def _mm(left: Tensor, right: Tensor) -> Tensor:
    return left.new_empty(*left.shape[:-1], right.shape[-1])


def _layer_norm(states: Tensor, shape: list[int], *_: Any) -> tuple[Tensor, Tensor, Tensor]:
    outer = (*states.shape[: -len(shape)], *(1 for _ in shape))
    return _like(states), states.new_empty(outer), states.new_empty(outer)


def _layer_norm_backward(*args: Any) -> tuple[Tensor | None, ...]:
    """Of (slope, states, shape, mean, spread, gain, bias, wanted): slopes of states, gain and bias."""
    wanted: list[bool] = args[7]
    sources = (args[1], args[5], args[6])
    return tuple(_like(source) if asked else None for source, asked in zip(sources, wanted, strict=True))


def _dropout(states: Tensor, *_: Any) -> tuple[Tensor, Tensor]:
    return _like(states), _like(states, torch.bool)


RULES: Final[dict[Any, Callable[..., Any]]] = {
    aten.addmm.default: _addmm,
    aten.mm.default: _mm,
    aten.bmm.default: _mm,
    aten.add_.Tensor: _in_place,
    aten.mul_.Tensor: _in_place,
    aten.div_.Scalar: _in_place,
    aten.bernoulli_.float: _in_place,
    aten.native_layer_norm.default: _layer_norm,
    aten.native_layer_norm_backward.default: _layer_norm_backward,
    aten.native_dropout.default: _dropout,
    **dict.fromkeys(
        (
            aten.add.Tensor, aten.sub.Tensor, aten.mul.Tensor, aten.div.Tensor, aten.neg.default,
            aten.gelu.default, aten.gelu_backward.default, aten.softplus.default, aten.softplus_backward.default,
            aten.sigmoid.default, aten.sigmoid_backward.default, aten.tanh.default, aten.tanh_backward.default,
            aten.relu.default, aten.threshold_backward.default, aten.native_dropout_backward.default,
        ),
        _pointwise,
    ),
}  # fmt: skip
