"""One layer of attention over documents of many lengths: packed in buckets, padded with a mask, nested."""

from __future__ import annotations

import gc
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention
from torch.nn.utils.rnn import pad_sequence

from redheart.nn.network.packed import Packed, groups_of

DOCUMENTS: Final = 64
#: name -> lengths are drawn evenly from lowest to highest, sentences a document
SPREADS: Final = {"all 8": (8, 8), "1 to 4": (1, 4), "1 to 16": (1, 16), "1 to 64": (1, 64)}
_AGREE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class AttentionRow:
    """Forward and backward of one layer over 64 documents, medians. `times_packed`: its time over the packed one's.

    `wasted`: share of the rows that are padding. `difference`: of the outputs from the packed ones, at most.
    """

    spread: str
    way: str
    milliseconds: float
    times_packed: float
    wasted: float
    difference: float


class Layer(nn.Module):
    """Projections in, attention, projection out; three ways through the same weights."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.merge = (nn.Linear(width, width) for _ in range(4))

    def packed(self, values: Tensor, lengths: list[int]) -> Tensor:
        """(R, d) -> (R, d), a dense call for each bucket of near lengths: as the network does it."""
        documents = Packed(values, groups_of(lengths))
        sides = (documents.with_values(way(values)).buckets() for way in (self.query, self.key, self.value))
        seen = [self._attended(q, k, v, bucket.unseen(v)) for (bucket, q), (_, k), (_, v) in zip(*sides, strict=True)]
        return self._merged(documents.from_buckets(seen))

    def padded(self, values: Tensor, lengths: list[int]) -> Tensor:
        """The same with one dense call over padded documents."""
        rows = pad_sequence(list(torch.split(values, lengths)), batch_first=True)
        mask = torch.arange(rows.shape[1], device=rows.device) < torch.tensor(lengths, device=rows.device)[:, None]
        seen = self._attended(self.query(rows), self.key(rows), self.value(rows), mask[:, None, None, :])
        return self._merged(seen)[mask]

    def nested(self, values: Tensor, lengths: list[int]) -> Tensor:
        """The same with a jagged nested tensor."""
        offsets = torch.tensor([0, *lengths], device=values.device).cumsum(0)
        rows: Any = torch.nested.nested_tensor_from_jagged(
            values, offsets, min_seqlen=min(lengths), max_seqlen=max(lengths)
        )
        return self._merged(self._attended(self.query(rows), self.key(rows), self.value(rows))).values()

    def _attended(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> Tensor:
        query, key, value = (
            rows.unflatten(-1, (self.heads, -1)).transpose(1, 2)  # type: ignore[no-untyped-call]
            for rows in (query, key, value)
        )
        return scaled_dot_product_attention(query, key, value, attn_mask=mask).transpose(1, 2).flatten(-2)

    def _merged(self, seen: Tensor) -> Tensor:
        merged: Tensor = self.merge(seen)
        return merged


def attention_rows(width: int, heads: int, rounds: int, device: torch.device) -> list[AttentionRow]:
    """Three ways over every spread, in turn, `rounds` times after one to warm up."""
    torch.manual_seed(0)
    layer = Layer(width, heads).to(device)
    return [row for spread in SPREADS for row in _spread_rows(layer, spread, width, rounds)]


def _spread_rows(layer: Layer, spread: str, width: int, rounds: int) -> list[AttentionRow]:
    lowest, highest = SPREADS[spread]
    lengths = torch.randint(lowest, highest + 1, (DOCUMENTS,)).sort().values.tolist()
    values = torch.randn(sum(lengths), width, device=layer.merge.weight.device)
    ways = {"packed": layer.packed, "padded": layer.padded, "nested": layer.nested}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nested tensors call themselves a prototype
        outputs = {name: way(values, lengths).detach() for name, way in ways.items()}
        spent = _spent({name: _both_passes(layer, way, values, lengths) for name, way in ways.items()}, rounds)
    middle = {name: median(seconds) for name, seconds in spent.items()}
    padding = 1 - sum(lengths) / (max(lengths) * DOCUMENTS)
    return [
        AttentionRow(
            spread,
            name,
            1e3 * seconds,
            seconds / middle["packed"],
            padding if name == "padded" else 0.0,
            float((outputs[name] - outputs["packed"]).abs().max()),
        )
        for name, seconds in middle.items()
    ]


def _both_passes(
    layer: Layer, way: Callable[[Tensor, list[int]], Tensor], values: Tensor, lengths: list[int]
) -> Callable[[], None]:
    def both() -> None:
        layer.zero_grad()
        way(values, lengths).square().mean().backward()  # type: ignore[no-untyped-call]
        if values.is_cuda:
            torch.cuda.synchronize()

    return both


def _spent(ways: dict[str, Callable[[], None]], rounds: int) -> dict[str, list[float]]:
    for both in ways.values():
        both()
    gc.collect()
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, both in ways.items():
            begun = time.perf_counter()
            both()
            spent[name].append(time.perf_counter() - begun)
    return spent
