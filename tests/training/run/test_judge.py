import numpy as np
import pytest
import torch

from redheart.nn.network.targets import TARGETS
from redheart.training.run.judge import NetworkJudge
from redheart.training.run.losses import LossOptions, document_losses
from tests.training.run.small import dataset, learner


def test_the_loss_of_a_split_is_the_sum_over_parts_of_each_target_s_mean_an_entry() -> None:
    data, one = dataset(), learner()
    found = NetworkJudge(one.network, {"validation": data}, one.objective).measure("validation")
    one.network.eval()
    batch = data.batch(np.arange(len(data)))
    with torch.no_grad():
        raw = one.network(batch.documents)["auxiliary.dsp"].predictions
    expected = sum(
        TARGETS[name].weight
        * float(document_losses(name, values, batch.targets[name], LossOptions()).sum())
        / float((~batch.targets[name].isnan()).sum())
        for name, values in raw.items()
        if name in batch.targets
    )
    assert found.parts["auxiliary.dsp"].loss == pytest.approx(expected, rel=1e-4)
    assert found.loss == pytest.approx(found.sample_losses.mean())
    assert found.loss == pytest.approx(sum(one.objective.weight(part) * of.loss for part, of in found.parts.items()))


def test_a_split_of_which_nothing_is_known_has_a_loss_of_nought_a_sample() -> None:
    one, data = learner(), dataset()
    judge = NetworkJudge(one.network, {"holdout": data.restricted({})}, one.objective)
    assert judge.measure("holdout").sample_losses.shape == (len(data),)
