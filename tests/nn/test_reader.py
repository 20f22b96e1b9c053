from dataclasses import replace

import numpy as np
import pytest
import torch

from redheart.calculus.interventions.subsets import all_subsets
from redheart.nn import reader as reading
from redheart.nn.model import Architecture, CompactModel
from redheart.nn.ngrams import counted
from redheart.nn.plan import TextPlan
from redheart.nn.reader import Reader
from redheart.nn.wide import WideTable, documents_of
from redheart.types.emotions import EMOTIONS

SMALL = Architecture(encoder_dim=16, width=8, attention_heads=2, layers=1, feed_forward=16)
PLAN = TextPlan(
    sentences=(0, 1, 2), options=((0, 1, 2, 3), (0, 1, 2, 4)), units=(0, 1, 2), unit_kind="sentence", subsets=8
)


SENTENCES = ("I like it", "그냥 좋아요", "I do not", "maybe", "it rains")


@pytest.fixture
def reader() -> Reader:
    torch.manual_seed(0)
    model = CompactModel(SMALL, ("emotion", "utility"))
    for module in model.modules().values():
        module.eval()
    return Reader(model)


@pytest.fixture
def widened(reader: Reader) -> Reader:
    """The same model with a wide part of the emotion head that knows most of what the sentences say."""
    keys = counted(SENTENCES[:4]).keys
    rng, table = np.random.default_rng(5), WideTable(len(keys), 28)
    table.keys.copy_(torch.from_numpy(keys))
    table.rarity.copy_(torch.from_numpy(rng.uniform(1, 9, len(keys))))
    table.weights.copy_(torch.from_numpy(rng.integers(-127, 128, (len(keys), 28))))
    reader.model.head("emotion").wide = table
    return Reader(reader.model)


@pytest.fixture
def pooled(reader: Reader) -> torch.Tensor:
    torch.manual_seed(1)
    return reader.pool([torch.randn(length, 16) for length in (5, 2, 3, 4, 1)], batch=2)


def test_a_text_gives_its_whole_its_sentences_its_options_and_its_subsets(reader: Reader, pooled: torch.Tensor) -> None:
    (raw,) = reader.read(pooled, [PLAN], SENTENCES)
    assert raw.whole["emotion"].shape == (28,)
    assert raw.sentences["emotion"].shape == (3, 28)
    assert raw.options["utility"].shape == (2, 1)
    subsets = reader.read_subsets(pooled, PLAN, SENTENCES, all_subsets(3))
    assert {name: row.shape for name, row in subsets.items()} == {"utility": (8,), "regret": (8,)}


def test_each_subset_reads_as_the_document_of_its_sentences_would(reader: Reader, pooled: torch.Tensor) -> None:
    rows = all_subsets(3)
    found = reader.read_subsets(pooled, PLAN, SENTENCES, rows)
    documents = [tuple(int(i) for i in np.flatnonzero(row)) for row in rows]
    plain = reader._outputs(pooled, documents, ("emotion", "utility"))
    assert found["utility"] == pytest.approx(plain["utility"][:, 0], abs=1e-5)
    assert found["regret"] == pytest.approx(plain["emotion"][:, EMOTIONS.index("remorse")], abs=1e-5)


def test_a_deeper_backbone_reads_its_subsets_too() -> None:
    torch.manual_seed(0)
    deep = CompactModel(replace(SMALL, layers=2), ("emotion", "utility"))
    for module in deep.modules().values():
        module.eval()
    reader = Reader(deep)
    pooled = reader.pool([torch.randn(3, 16) for _ in range(5)], batch=2)
    (raw,), subsets = (
        reader.read(pooled, [PLAN], SENTENCES),
        reader.read_subsets(pooled, PLAN, SENTENCES, all_subsets(3)),
    )
    assert subsets["utility"][-1] == pytest.approx(raw.whole["utility"][0], abs=1e-5)


def test_a_head_that_was_left_out_has_no_target(pooled: torch.Tensor) -> None:
    reader = Reader(CompactModel(SMALL, ("utility",)))
    assert list(reader.read_subsets(pooled[:, :4], PLAN, SENTENCES, all_subsets(3))) == ["utility"]


def test_subsets_in_chunks_change_no_output(
    reader: Reader, pooled: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = reader.read_subsets(pooled, PLAN, SENTENCES, all_subsets(3))
    monkeypatch.setattr(reading, "GATHERED", 1)
    by_one = reader.read_subsets(pooled, PLAN, SENTENCES, all_subsets(3))
    assert by_one["utility"] == pytest.approx(at_once["utility"], abs=1e-5)


def test_reading_in_chunks_changes_no_output(
    reader: Reader, pooled: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    (at_once,) = reader.read(pooled, [PLAN], SENTENCES)
    monkeypatch.setattr(reading, "GATHERED", 1)
    (by_one,) = reader.read(pooled, [PLAN], SENTENCES)
    assert by_one.sentences["emotion"] == pytest.approx(at_once.sentences["emotion"], abs=1e-5)


def test_what_is_gathered_at_once_does_not_grow_with_the_square_of_the_text(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    pooled = reader.pool([torch.randn(2, 16)] * 400, batch=64)
    limit = 400 * 28 * 8  # the whole text for the largest head
    monkeypatch.setattr(reading, "GATHERED", limit)
    gathered = []
    forward = reader.model.trunk.backbone.forward

    def spy(part: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
        gathered.append(part.numel())
        return forward(part, present)

    monkeypatch.setattr(reader.model.trunk.backbone, "forward", spy)
    everything = tuple(range(400))
    reader.read(pooled, [TextPlan(everything, (everything, everything), everything, "sentence", 0)], [""] * 400)
    assert max(gathered) <= limit


def test_a_text_without_options_is_read_all_the_same(reader: Reader, pooled: torch.Tensor) -> None:
    (raw,) = reader.read(pooled, [TextPlan((0,), (), (0,), "sentence", 0)], SENTENCES)
    assert raw.options["utility"].shape == (0, 1)


def test_texts_of_one_batch_read_as_each_would_alone(reader: Reader, pooled: torch.Tensor) -> None:
    """Whole texts of one to four sentences, with and without options, whose documents are read together by length."""
    plans = [
        TextPlan((2,), (), (2,), "sentence", 0),
        PLAN,
        TextPlan((3, 1, 0, 2), ((3, 1, 0, 2, 4),), (3, 1, 0, 2), "sentence", 0),
        TextPlan((4,), ((4, 0), (4, 1)), (4,), "sentence", 0),
    ]
    for plan, raw in zip(plans, reader.read(pooled, plans, SENTENCES), strict=True):
        (alone,) = reader.read(pooled, [plan], SENTENCES)
        assert raw.whole["emotion"] == pytest.approx(alone.whole["emotion"], abs=1e-5)
        assert raw.sentences["utility"] == pytest.approx(alone.sentences["utility"], abs=1e-5)
        assert raw.options["utility"] == pytest.approx(alone.options["utility"], abs=1e-5)
        assert len(raw.sentences["utility"]) == len(plan.sentences)


def test_a_sentence_alone_is_read_as_the_document_of_it(reader: Reader, pooled: torch.Tensor) -> None:
    (raw,) = reader.read(pooled, [PLAN], SENTENCES)
    each = reader.probe(pooled, SENTENCES)
    assert raw.sentences["emotion"] == pytest.approx(each["emotion"][:3], abs=1e-5)


def test_a_wide_part_adds_its_logits_to_every_document(reader: Reader, widened: Reader, pooled: torch.Tensor) -> None:
    reader.model.head("emotion").wide, table = None, reader.model.head("emotion").wide
    (deep,), (both,) = (each.read(pooled, [PLAN], SENTENCES) for each in (Reader(reader.model), widened))
    assert table is not None
    said = table.read(counted(SENTENCES), documents_of(PLAN.documents(), 5))
    assert both.whole["emotion"] - deep.whole["emotion"] == pytest.approx(said[0], abs=1e-4)
    assert both.sentences["emotion"] - deep.sentences["emotion"] == pytest.approx(said[1:4], abs=1e-4)
    assert both.options["emotion"] - deep.options["emotion"] == pytest.approx(said[4:], abs=1e-4)
    assert (both.whole["utility"] == deep.whole["utility"]).all()


def test_subsets_hear_the_wide_part_of_their_own_sentences(widened: Reader, pooled: torch.Tensor) -> None:
    found = widened.read_subsets(pooled, PLAN, SENTENCES, all_subsets(3))
    (alone,) = widened.read(pooled, [TextPlan((0, 2), (), (0, 2), "sentence", 0)], SENTENCES)
    both = int(np.flatnonzero((all_subsets(3) == [True, False, True]).all(1))[0])
    assert found["regret"][both] == pytest.approx(alone.whole["emotion"][EMOTIONS.index("remorse")], abs=1e-4)
