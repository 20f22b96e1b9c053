"""Packed layers compute what BERT computes, and nothing else."""

from collections.abc import Iterator

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import BertConfig, BertModel

from redheart.encoders.layers import EncoderLayer, LayerStack, Packing


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    torch.manual_seed(0)
    yield


def bert() -> BertModel:
    config = BertConfig(vocab_size=50, hidden_size=16, num_hidden_layers=2, num_attention_heads=4, intermediate_size=32)
    return BertModel(config, add_pooling_layer=False).eval()


def ours(theirs: BertModel) -> LayerStack:
    stack = LayerStack(2, 16, 4, 32, 1e-12)
    for mine, layer in zip(stack.layers, theirs.encoder.layer, strict=True):
        own, out = layer.attention.self, layer.attention.output
        mine.qkv.weight.data = torch.cat([own.query.weight, own.key.weight, own.value.weight])
        mine.qkv.bias.data = torch.cat([own.query.bias, own.key.bias, own.value.bias])
        for name, part in (
            ("merge", out.dense), ("after_attention", out.LayerNorm), ("widen", layer.intermediate.dense),
            ("narrow", layer.output.dense), ("after_feed_forward", layer.output.LayerNorm),
        ):  # fmt: skip
            getattr(mine, name).load_state_dict(part.state_dict())
    return stack.eval()


@torch.inference_mode()
def test_two_layers_give_what_two_layers_of_bert_give() -> None:
    theirs = bert()
    packing = Packing.of([5, 2, 7])
    embedded = torch.randn(3, 7, 16)
    mask = (1 - packing.mask[:, None, None, :].float()) * torch.finfo(torch.float32).min
    expected = theirs.encoder(embedded, attention_mask=mask).last_hidden_state
    got = ours(theirs)(packing.pack(embedded), packing)
    assert torch.allclose(got, packing.pack(expected), atol=1e-5)


@given(lengths=st.lists(st.integers(1, 9), min_size=1, max_size=6))
@settings(max_examples=40, deadline=None)
def test_packing_keeps_every_token_and_padding_adds_none(lengths: list[int]) -> None:
    packing = Packing.of(lengths)
    packed = torch.randn(sum(lengths), 3)
    padded = packing.pad(packed)
    assert torch.equal(packing.pack(padded), packed)
    assert padded.shape == (len(lengths), max(lengths), 3) and bool((padded[~packing.mask] == 0).all())
    assert torch.allclose(packing.mean(packed)[0], packed[: lengths[0]].mean(0), atol=1e-6)


@torch.inference_mode()
def test_a_sentence_does_not_see_its_batch_mates() -> None:
    layer = EncoderLayer(16, 4, 32, 1e-12, 0.0).eval()
    tokens = torch.randn(9, 16)
    among = layer(tokens, Packing.of([4, 5]))[:4]
    assert torch.allclose(layer(tokens[:4], Packing.of([4])), among, atol=1e-6)


def test_dropout_hides_the_same_dimensions_from_all_tokens_of_a_sentence_and_nothing_at_rest() -> None:
    layer = EncoderLayer(16, 4, 32, 1e-12, 0.5)
    ones = torch.ones(7, 16)
    dropped = layer._dropped(ones, Packing.of([3, 4]))
    assert torch.equal(dropped[0], dropped[2]) and torch.equal(dropped[3], dropped[6])
    assert not torch.equal(dropped[0], dropped[3])
    assert torch.equal(layer.eval()._dropped(ones, Packing.of([3, 4])), ones)
