import pytest
import torch

from redheart.nn.heads import HEADS
from redheart.nn.model import Architecture, CompactModel

SMALL = Architecture(encoder_dim=16, width=8, attention_heads=2, layers=2, feed_forward=16)
HEADS_USED = ("emotion", "utility")


@pytest.fixture
def model() -> CompactModel:
    torch.manual_seed(0)
    built = CompactModel(SMALL, HEADS_USED)
    for module in built.modules().values():
        module.eval()
    return built


@pytest.fixture
def tokens() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(1)
    return torch.randn(3, 5, 16), torch.tensor([[1, 1, 1, 1, 1], [1, 1, 0, 0, 0], [1, 1, 1, 0, 0]], dtype=torch.bool)


def test_every_head_gives_one_output_a_name(model: CompactModel, tokens: tuple[torch.Tensor, torch.Tensor]) -> None:
    raw = model.read(model.pool(*tokens, HEADS_USED), torch.tensor([[0, 1, 2]]), HEADS_USED)
    assert {name: values.shape for name, values in raw.items()} == {"emotion": (1, 28), "utility": (1, 1)}


def test_padding_tokens_change_nothing(model: CompactModel, tokens: tuple[torch.Tensor, torch.Tensor]) -> None:
    features, mask = tokens
    noisy = features.clone()
    noisy[~mask] = 99.0
    assert torch.allclose(model.pool(features, mask, HEADS_USED), model.pool(noisy, mask, HEADS_USED))


def test_an_absent_sentence_changes_nothing(model: CompactModel, tokens: tuple[torch.Tensor, torch.Tensor]) -> None:
    pooled = model.pool(*tokens, HEADS_USED)
    padded = model.read(pooled, torch.tensor([[0, -1, -1]]), HEADS_USED)["utility"]
    alone = model.read(pooled, torch.tensor([[0]]), HEADS_USED)["utility"]
    assert torch.allclose(padded, alone, atol=1e-6)


def test_an_empty_document_gives_the_null_reading_whatever_the_sentences(model: CompactModel) -> None:
    empty = torch.tensor([[-1, -1]])
    readings = [model.read(torch.randn(2, 32, 8), empty, HEADS_USED)["utility"] for _ in range(2)]
    assert torch.equal(*readings)
    assert torch.isfinite(readings[0]).all()


def test_heads_may_be_read_alone(model: CompactModel, tokens: tuple[torch.Tensor, torch.Tensor]) -> None:
    documents = torch.tensor([[0, 2]])
    together = model.read(model.pool(*tokens, HEADS_USED), documents, HEADS_USED)["utility"]
    alone = model.read(model.pool(*tokens, ("utility",)), documents, ("utility",))["utility"]
    assert torch.allclose(together, alone, atol=1e-6)


@pytest.mark.parametrize("name", sorted(HEADS))
def test_a_head_learns_from_a_gradient(name: str) -> None:
    torch.manual_seed(0)
    head = HEADS[name](8)
    raw = head(torch.randn(4, head.query_count, 8))
    head.loss(raw, torch.rand(4, len(head.names))).backward()
    assert head.weight.grad is not None and head.weight.grad.abs().sum() > 0


def test_a_target_nobody_labelled_teaches_nothing() -> None:
    head = HEADS["emotion"](8)
    raw = torch.zeros(1, 28, requires_grad=True)
    target = torch.full((1, 28), float("nan"))
    target[0, 3] = 1.0
    head.loss(raw, target).backward()
    assert raw.grad is not None and raw.grad.nonzero().tolist() == [[0, 3]]
