"""What encoding and reading set aside, against what they take."""

import tracemalloc

import pytest
import torch

from redheart.calculus.interventions.subset_design import SubsetSizes, design_for
from redheart.encoders.branched import BranchedEncoder
from redheart.encoders.bundled_facts import Branch, BundledFacts
from redheart.encoders.layers import Packing
from redheart.nn.heads import HEADS
from redheart.nn.model import Architecture, CompactModel
from redheart.nn.ngrams import counted
from redheart.nn.plan import TextPlan
from redheart.nn.reader import GATHERED, Reader
from redheart.nn.wide_reader import A_CHARACTER
from redheart.phases.encoding import encoding_work
from tests.live_tensors import LiveTensors


class Bert:
    """A small BERT of random weights that reads a token a letter."""

    name, revision, dim = "bert", "1", 48
    branches: tuple[str, ...] = ()

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


class Branched:
    """A small encoder with two branches, one grown from the other."""

    name, revision, dim, branches = "branched", "1", 48, ("reading", "own")

    def __init__(self) -> None:
        torch.manual_seed(0)
        own = Branch(file="", sha256="", layers=1, grows_from="reading", trunk_layers=1)
        facts = BundledFacts(
            format="redheart-encoder-1", name="small", revision="1", hidden_size=48, num_hidden_layers=4,
            num_attention_heads=4, intermediate_size=192, vocab_size=10, max_position_embeddings=512,
            type_vocab_size=1, layer_norm_eps=1e-12, pad_token_id=1, eos_token_id=2, unk_token_id=3,
            tokenizer_sha256="", weights_sha256="", stem_layers=2,
            branches={"reading": Branch(file="", sha256="", layers=2), "own": own},
        )  # fmt: skip
        self.module = BranchedEncoder(facts, self.branches).eval()


@pytest.mark.parametrize("letters", [4, 400])
def test_branches_take_no_more_than_is_set_aside(letters: int) -> None:
    encoder, sentences = Branched(), ["a" * letters, "a" * (letters // 2)] * 4
    work = encoding_work(encoder, sentences, 8)  # type: ignore[arg-type]
    packing = Packing.of([len(sentence) for sentence in sentences])
    ids = torch.zeros(len(packing.places), dtype=torch.long)
    with torch.inference_mode(), LiveTensors() as tensors:
        pooled, tokens = encoder.module(ids, packing)
        packing.pad(tokens)
    assert (pooled.shape, tokens.shape) == ((8, 48), (6 * letters, 96))
    assert tensors.peak <= work.nbytes < 5 * tensors.peak


@pytest.mark.parametrize(("sentences", "length"), [(2, 5), (8, 40), (20, 8), (32, 4), (200, 12)])
def test_a_reader_takes_no_more_than_is_set_aside(sentences: int, length: int) -> None:
    torch.manual_seed(0)
    reader = Reader(CompactModel(Architecture(), list(HEADS)))
    tokens = [torch.randn(length, 384) for _ in range(sentences)]
    every = tuple(range(sentences))
    design = design_for(sentences, SubsetSizes())
    plan = TextPlan(every, (every, every), every, "sentence", SubsetSizes().rows_of(sentences))
    work = reader.work(tokens, [plan], 64, ["a"] * sentences)
    with LiveTensors() as tensors:
        pooled = reader.pool(tokens, 64)
        reader.read(pooled, [plan], ["a"] * sentences)
        if design is not None:
            reader.read_subsets(pooled, plan, ["a"] * sentences, design.rows)
    assert tensors.peak <= work.nbytes < 6 * tensors.peak


def test_reading_several_texts_takes_no_more_than_is_set_aside() -> None:
    torch.manual_seed(0)
    reader = Reader(CompactModel(Architecture(), list(HEADS)))
    tokens = [torch.randn(12, 384) for _ in range(60)]
    lengths = (1, 1, 1, 2, 5, 20, 30)
    ends = [sum(lengths[: i + 1]) for i in range(len(lengths))]
    parts = [tuple(range(end - length, end)) for length, end in zip(lengths, ends, strict=True)]
    plans = [TextPlan(part, (part, part), part, "sentence", 0) for part in parts]
    work = reader.work(tokens, plans, 64, ["a"] * 60)
    with LiveTensors() as tensors:
        reader.read(reader.pool(tokens, 64), plans, ["a"] * 60)
    assert tensors.peak <= work.nbytes < 6 * tensors.peak


@pytest.mark.parametrize(("layers", "sentences"), [(1, 20), (1, 32), (2, 10)])
def test_reading_the_subsets_alone_takes_no_more_than_is_set_aside(layers: int, sentences: int) -> None:
    torch.manual_seed(0)
    reader = Reader(CompactModel(Architecture(layers=layers), ["emotion", "polarity", "utility"]))
    design, every = design_for(sentences, SubsetSizes()), tuple(range(sentences))
    assert design is not None
    plan = TextPlan(every, (), every, "sentence", len(design.rows))
    work = reader.work([torch.randn(1, 384)] * sentences, [plan], 64, ["a"] * sentences)
    pooled = torch.randn(sentences, 36, 192)
    with LiveTensors() as tensors:
        reader.over_subsets.read(pooled, every, design.rows, GATHERED)
    assert tensors.peak <= work.nbytes


@pytest.mark.parametrize(
    "text", ["그 일을 아직도 후회한다. " * 2_000, "I regret it a lot, still. " * 2_000, "ㅋ" * 40_000]
)
def test_counting_n_grams_takes_no_more_than_is_set_aside(text: str) -> None:
    tracemalloc.start()
    counted([text])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak <= A_CHARACTER * len(text) < 6 * peak
