"""Attention over packed documents gives what attention over each document alone gives."""

import pytest
import torch
from torch import Tensor

from redheart.nn.network.attention import CrossAttention, SelfAttention, rotation_of
from redheart.nn.network.layers import Shape
from tests.nn.network.documents import packed, texts

SHAPE = Shape(width=32, attention_heads=4, dropout=0.0)
LENGTHS = (1, 1, 2, 5, 5, 9)


def attended(queries: Tensor, keys: Tensor, values: Tensor, causal: bool) -> Tensor:
    """Softmax attention of one document by the formula, four heads: (n, 32), (m, 32), (m, 32) -> (n, 32)."""
    heads = []
    for q, k, v in zip(queries.chunk(4, -1), keys.chunk(4, -1), values.chunk(4, -1), strict=True):
        scores = q @ k.T / 8**0.5
        if causal:
            scores = scores.masked_fill(torch.ones_like(scores).triu(1).bool(), float("-inf"))
        heads.append(scores.softmax(-1) @ v)
    return torch.cat(heads, -1)


def turned(vectors: Tensor) -> Tensor:
    """(n, 32) -> each pair of entries of each head as a complex number, turned by its angle."""
    halves = vectors.view(len(vectors), 4, 2, 4)
    angles = torch.arange(len(vectors))[:, None] * 10_000.0 ** (-torch.arange(4) / 4)
    whole = torch.complex(halves[:, :, 0], halves[:, :, 1]) * torch.polar(torch.ones_like(angles), angles)[:, None]
    return torch.stack([whole.real, whole.imag], 2).flatten(1)


@pytest.mark.parametrize("causal", [False, True])
@torch.no_grad()
def test_packed_rows_see_what_the_formula_says(causal: bool) -> None:
    torch.manual_seed(0)
    attention, documents = SelfAttention(SHAPE, depth=1, causal=causal), texts(LENGTHS)
    attention.query_key.weight *= 10
    states = packed(documents)
    found = attention(states, rotation_of(states, 8)).split(LENGTHS)
    for document, seen in zip(documents, found, strict=True):
        queries, keys = map(turned, attention.query_key(document).chunk(2, -1))
        expected = attention.merge(attended(queries, keys, attention.value(document), causal))
        torch.testing.assert_close(seen, expected, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_queries_see_their_own_document_alone() -> None:
    torch.manual_seed(0)
    attention, documents = CrossAttention(SHAPE, depth=1), texts(LENGTHS)
    queries = torch.randn(len(LENGTHS), 3, 32)
    found = attention(queries, packed(documents))
    for asked, document, seen in zip(queries, documents, found, strict=True):
        keys, values = attention.key_value(document).chunk(2, -1)
        expected = attention.merge(attended(attention.query(asked), keys, values, causal=False))
        torch.testing.assert_close(seen, expected, atol=1e-5, rtol=1e-4)


@torch.no_grad()
def test_shared_queries_are_asked_of_every_document() -> None:
    torch.manual_seed(0)
    attention, states = CrossAttention(SHAPE, depth=1), packed(texts(LENGTHS))
    queries = torch.randn(1, 2, 32)
    torch.testing.assert_close(attention(queries, states), attention(queries.expand(6, -1, -1), states))


@torch.no_grad()
def test_turned_vectors_meet_by_their_distance_alone() -> None:
    query, key = torch.randn(2, 1, 8, dtype=torch.float64)
    rotation = rotation_of(packed([torch.zeros(6, 8, dtype=torch.float64)]), 8)
    asked, met = (rotation.turn(vector.expand(6, 1, 8))[:, 0] for vector in (query, key))
    products = asked @ met.T
    torch.testing.assert_close(products.diagonal(2), products[0, 2].expand(4), atol=1e-6, rtol=1e-6)
    assert (products[0, 1] - products[0, 2]).abs() > 1e-6
