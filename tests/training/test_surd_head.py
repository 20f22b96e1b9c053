"""The head that estimates the decomposition of a long text: what it learns, and what it is judged by."""

from collections.abc import Sequence
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch

from redheart.nn.checkpoint import CheckpointConfig
from redheart.nn.model import Architecture, CompactModel
from redheart.training import long_texts as texts_module
from redheart.training.long_texts import LongTexts, SentencePool, long_texts, utilities_over
from redheart.training.model_reads import ModelReads
from redheart.training.surd_head import fit, head_of, judge, predicted, weights_digest

SMALL = Architecture(encoder_dim=12, width=8, attention_heads=2, feed_forward=8)


def planted(number: int, seed: int) -> LongTexts:
    """Shares that are the softmax of a fixed linear map of what was gathered."""
    random = np.random.default_rng(seed)
    gathered = random.normal(size=(number, 32))
    logits = gathered @ np.random.default_rng(99).normal(size=(32, 4)) / 4
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return LongTexts(gathered, np.arange(number) % 2 == 0, np.full(number, 40), shares)


def small_model() -> CompactModel:
    torch.manual_seed(0)
    model = CompactModel(SMALL, ("utility",))
    for module in model.modules().values():
        module.eval().requires_grad_(False)
    return model


class Pooled:
    """Reads that pool a sentence to numbers of its own."""

    def __init__(self) -> None:
        self.model = small_model()

    def pooled(self, passages: Sequence[str], heads: Sequence[str]) -> torch.Tensor:
        rows = [np.random.default_rng(list(map(ord, passage))).normal(size=(4, 8)) for passage in passages]
        return torch.from_numpy(np.array(rows)).float()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> ModelReads:
    monkeypatch.setattr(texts_module, "sentences_of", lambda name, *_: [f"{name} {i}" for i in range(160)])
    return cast(ModelReads, Pooled())


def test_planted_shares_are_found_again_and_beat_the_mean() -> None:
    train, dev = planted(300, 0), planted(80, 1)
    weights, bias = fit(train)
    figures = judge(weights, bias, train, dev)
    assert min(figures["all"]["explained"].values()) > 0.95
    assert figures["ko"]["mae"]["unique"] < figures["ko"]["mae_of_the_mean"]["unique"] / 4


def test_a_head_that_knows_nothing_explains_nothing() -> None:
    train, dev = planted(300, 0), planted(80, 1)
    figures = judge(np.zeros((4, 32)), np.log(train.shares.mean(0)), train, dev)
    assert max(abs(share) for share in figures["all"]["explained"].values()) < 0.1


def test_the_module_gives_the_shares_that_were_fitted() -> None:
    model, train = small_model(), planted(60, 0)
    weights, bias = fit(train)
    head = head_of(model, weights, bias)
    raw = head(torch.from_numpy(train.gathered).float().reshape(60, 4, 8))
    assert raw.softmax(-1).numpy() == pytest.approx(predicted(weights, bias, train.gathered), abs=1e-4)
    assert torch.equal(head.queries, model.head("utility").queries)


def test_subsets_are_read_as_documents_of_their_own() -> None:
    model = small_model()
    sentences = torch.randn(5, 4, 8)
    rows = np.array([[True, False, True, True, False], [True] * 5])
    alone = model.head("utility")(model.trunk.backbone(sentences[None, [0, 2, 3]], torch.ones(1, 3, dtype=torch.bool)))
    assert utilities_over(model, sentences, rows, step=1)[0] == pytest.approx(float(alone), abs=1e-6)


def test_a_text_never_holds_a_sentence_twice(reads: ModelReads) -> None:
    pool = SentencePool(reads, "train", "ko")
    random = np.random.default_rng(0)
    for _ in range(12):
        drawn = pool.drawn(random, 40)
        assert len(drawn.flatten(1).unique(dim=0)) == 40


def test_a_rerun_goes_on_after_the_last_save(
    reads: ModelReads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(texts_module, "LENGTHS", ((10, 11, 512), (12, 12, 512)))
    first = long_texts(reads, "train", 2, tmp_path, seed=0)
    monkeypatch.setattr(texts_module, "_SAVED", 1)
    longer = long_texts(reads, "train", 4, tmp_path, seed=0)
    assert (longer.gathered[:2] == first.gathered).all()
    assert longer.shares.sum(1) == pytest.approx(np.ones(4))
    assert list(longer.korean) == [True, False, True, False]
    assert not list(tmp_path.glob("*.part.npz"))


def test_texts_of_other_weights_lie_in_another_folder() -> None:
    files = {"backbone.safetensors": "a", "head.utility.safetensors": "b", "head.surd.safetensors": "c"}
    config = CheckpointConfig.model_construct(files=files)
    same = CheckpointConfig.model_construct(files={**files, "head.surd.safetensors": "d"})
    other = CheckpointConfig.model_construct(files={**files, "head.utility.safetensors": "d"})
    known, surd, utility, encoder = (
        weights_digest(each, {"encoder.safetensors": digest})
        for each, digest in ((config, "e"), (same, "e"), (other, "e"), (config, "f"))
    )
    assert known == surd and len({known, utility, encoder}) == 3
