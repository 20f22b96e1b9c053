import pytest
import torch

from redheart.calculus.subsets import all_subsets
from redheart.nn import reader as reading
from redheart.nn.model import Architecture, CompactModel
from redheart.nn.plan import TextPlan
from redheart.nn.reader import Reader

SMALL = Architecture(encoder_dim=16, width=8, attention_heads=2, layers=1, feed_forward=16)
PLAN = TextPlan(
    sentences=(0, 1, 2), options=((0, 1, 2, 3), (0, 1, 2, 4)), units=(0, 1), held=(2,), unit_kind="sentence"
)


@pytest.fixture
def reader() -> Reader:
    torch.manual_seed(0)
    model = CompactModel(SMALL, ("emotion", "utility"))
    for module in model.modules().values():
        module.eval()
    return Reader(model)


@pytest.fixture
def pooled(reader: Reader) -> torch.Tensor:
    torch.manual_seed(1)
    return reader.pool([torch.randn(length, 16) for length in (5, 2, 3, 4, 1)], batch=2)


def test_a_text_gives_its_whole_its_sentences_its_options_and_its_subsets(reader: Reader, pooled: torch.Tensor) -> None:
    raw = reader.read(pooled, PLAN, all_subsets(2))
    assert raw.whole["emotion"].shape == (28,)
    assert raw.sentences["emotion"].shape == (3, 28)
    assert raw.options["utility"].shape == (2, 1)
    assert raw.subset_utilities is not None and raw.subset_utilities.shape == (4,)


def test_the_subset_of_all_units_is_the_whole_text(reader: Reader, pooled: torch.Tensor) -> None:
    raw = reader.read(pooled, PLAN, all_subsets(2))
    assert raw.subset_utilities is not None
    assert raw.subset_utilities[-1] == pytest.approx(raw.whole["utility"][0], abs=1e-5)


def test_reading_in_chunks_changes_no_output(
    reader: Reader, pooled: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_once = reader.read(pooled, PLAN, None)
    monkeypatch.setattr(reading, "GATHERED", 1)
    by_one = reader.read(pooled, PLAN, None)
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
    reader.read(pooled, TextPlan(everything, (everything, everything), (0, 1), everything[2:], "sentence"), None)
    assert max(gathered) <= limit


def test_a_text_without_options_is_read_all_the_same(reader: Reader, pooled: torch.Tensor) -> None:
    raw = reader.read(pooled, TextPlan((0,), (), (0,), (), "sentence"), None)
    assert raw.options["utility"].shape == (0, 1)
