"""What encoding and reading set aside, against what they take."""

import pytest
import torch

from redheart.calculus.subsets import all_subsets
from redheart.nn.heads import HEADS
from redheart.nn.model import Architecture, CompactModel
from redheart.nn.plan import TextPlan
from redheart.nn.reader import Reader
from redheart.phases.encoding import encoding_work
from tests.live_tensors import LiveTensors


class Bert:
    """A small BERT of random weights that reads a token a letter."""

    name, revision, dim = "bert", "1", 48

    def __init__(self) -> None:
        from transformers import BertConfig, BertModel

        torch.manual_seed(0)
        config = BertConfig(
            vocab_size=10, hidden_size=48, num_hidden_layers=2, num_attention_heads=4, intermediate_size=192
        )
        self.module = BertModel(config, add_pooling_layer=False).eval()


@pytest.mark.parametrize("letters", [4, 400])
def test_an_encoder_takes_no_more_than_is_set_aside(letters: int) -> None:
    bert, sentences = Bert(), ["a" * letters, "a" * (letters // 2)] * 4
    work = encoding_work(bert, sentences, 8)  # type: ignore[arg-type]
    lengths = torch.tensor([len(sentence) for sentence in sentences])
    mask = torch.arange(letters) < lengths[:, None]
    with torch.inference_mode(), LiveTensors() as tensors:
        bert.module(input_ids=torch.zeros(8, letters, dtype=torch.long), attention_mask=mask)
    assert tensors.peak <= work.nbytes < 5 * tensors.peak


@pytest.mark.parametrize(("sentences", "length"), [(2, 5), (8, 40), (200, 12)])
def test_a_reader_takes_no_more_than_is_set_aside(sentences: int, length: int) -> None:
    torch.manual_seed(0)
    reader = Reader(CompactModel(Architecture(), list(HEADS)))
    tokens = [torch.randn(length, 384) for _ in range(sentences)]
    every = tuple(range(sentences))
    plan = TextPlan(every, (every, every), every[:8], every[8:], "sentence")
    work = reader.work(tokens, [plan], 64)
    with LiveTensors() as tensors:
        pooled = reader.pool(tokens, 64)
        reader.read(pooled, plan, all_subsets(min(8, sentences)) if sentences <= 8 else None)
    assert tensors.peak <= work.nbytes < 6 * tensors.peak
