import numpy as np
import pytest
import torch
from torch import nn

from redheart.nn.model import Architecture, CompactModel
from redheart.training.batches import Batch, Dataset
from redheart.training.compact import Recipe, Sampler, loss_of, train
from redheart.training.data import Row
from redheart.training.features import Features

SMALL = Architecture(encoder_dim=8, width=16, attention_heads=2, layers=1, feed_forward=16, dropout=0.0)


def reviews(count: int) -> Dataset:
    """Pleasant reviews have positive numbers in their only sentence, unpleasant ones negative."""
    rng = np.random.default_rng(0)
    signs = np.tile([1, -1], count // 2)
    tokens = (rng.normal(size=(2 * count, 8)) + signs.repeat(2)[:, None]).astype(np.float16)
    labels = ["positive" if sign > 0 else "negative" for sign in signs]
    rows = tuple(Row(str(i), "t", "train", "ko", labels=(label,)) for i, label in enumerate(labels))
    return Dataset("nsmc", Features(tokens, np.arange(count + 1) * 2, np.arange(count + 1), rows))


def trained(seed: int, steps: int) -> tuple[CompactModel, dict[str, torch.Tensor]]:
    torch.manual_seed(seed)
    model = CompactModel(SMALL, ("polarity",))
    parts = nn.ModuleDict({"trunk": model.trunk, "polarity": model.head("polarity")})
    recipe = Recipe(steps, batch_rows=16, learning_rate=1e-2, seed=seed)
    train(model, parts, Sampler({"nsmc": 1.0}, {"nsmc": reviews(64)}, recipe), recipe)
    return model, parts.eval().state_dict()


def test_training_lowers_the_loss_on_what_can_be_learned() -> None:
    data = reviews(64)
    torch.manual_seed(0)
    fresh = CompactModel(SMALL, ("polarity",))
    before = loss_of(fresh, "nsmc", data.batch(np.arange(64), None)).item()
    model, _ = trained(0, 60)
    after = loss_of(model, "nsmc", data.batch(np.arange(64), None)).item()
    assert after < 0.7 * before


def test_every_epoch_draws_every_row_once_in_an_order_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    data, drawn = reviews(64), []
    batch = data.batch

    def spy(rows: np.ndarray, rng: np.random.Generator | None) -> Batch:
        drawn.extend(rows.tolist())
        return batch(rows, rng)

    monkeypatch.setattr(data, "batch", spy)
    sampler = Sampler({"nsmc": 1.0}, {"nsmc": data}, Recipe(4, batch_rows=16, learning_rate=1e-2, seed=0))
    for _ in range(8):
        sampler.draw()
    assert sorted(drawn[:64]) == sorted(drawn[64:]) == list(range(64))
    assert drawn[:64] != drawn[64:]


def test_the_same_seed_gives_the_same_weights() -> None:
    one, same, other = trained(0, 5)[1], trained(0, 5)[1], trained(1, 5)[1]
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not all(torch.equal(one[key], other[key]) for key in one)
