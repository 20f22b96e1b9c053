"""What each technique chooses, and when it abstains."""

import numpy as np
import pytest

from redheart.training.run.figures import PartFigures
from redheart.training.selection import gradient_health, lowest_loss, mcda, task_metric
from redheart.training.selection.curve import BACKBONE, curves_of
from tests.training.selection.scripted import EMOTION, REGRET, one_epoch, run_of


def curve_of(figures, name=EMOTION, on_disk=None):
    return curves_of(figures, {one.epoch for one in figures} if on_disk is None else on_disk)[name]


def test_task_takes_the_main_metric_and_no_other():
    choice = task_metric.choose(curve_of(run_of([3, 2, 1], macro_f1=[0.2, 0.6, 0.4])))
    assert choice.epoch == 2  # accuracy is best at 1, the loss at 3
    assert choice.reason == "emotion macro_f1: 0.6"


def test_task_abstains_for_the_backbone_and_for_a_part_without_metrics():
    figures = run_of([3, 2, 1])
    assert task_metric.choose(curve_of(figures)).epoch is None
    assert task_metric.choose(curve_of(figures, BACKBONE)).epoch is None


def test_an_epoch_that_lacks_the_metric_is_not_compared():
    parts = [PartFigures(loss=1, metrics={"regret r": 0.1, "regret rmse": 0.9}), PartFigures(loss=1, metrics={})]
    figures = [one_epoch(at + 1, 1.0, {REGRET: part}) for at, part in enumerate(parts)]
    curve = curve_of(figures, REGRET)
    assert np.isnan(curve.scores[1])
    assert task_metric.choose(curve).epoch == 1


def test_a_part_of_two_targets_is_scored_by_the_mean_of_both():
    scores = [{"regret r": 0.9, "remorse macro_f1": 0.1}, {"regret r": 0.6, "remorse macro_f1": 0.6}]
    figures = [one_epoch(i + 1, 1.0, {REGRET: PartFigures(loss=1, metrics=s)}) for i, s in enumerate(scores)]
    assert curve_of(figures, REGRET).scores == pytest.approx([0.5, 0.6])


def test_of_equal_epochs_the_lower_one_is_chosen():
    assert lowest_loss.choose(curve_of(run_of([2, 1, 1, 1]))).epoch == 2


def test_a_choice_whose_checkpoint_is_gone_names_what_it_wanted():
    choice = lowest_loss.choose(curve_of(run_of([3, 1, 2]), on_disk={1, 3}))
    assert (choice.epoch, choice.wanted) == (3, 2)


def test_gradient_health_is_one_inside_the_bands_and_a_ratio_outside():
    norms, ratios = [0.0, 1e-4, 1e-3, 1.0, 10.0, 40.0, 1.0], [0.1] * 6 + [1e-7]
    figures = [
        one_epoch(i + 1, 1.0, {EMOTION: PartFigures(loss=1, metrics={})}, 1.0, {EMOTION: n}, {EMOTION: r})
        for i, (n, r) in enumerate(zip(norms, ratios, strict=True))
    ]
    assert gradient_health.healths(curve_of(figures)) == pytest.approx([0, 0.1, 1, 1, 1, 0.25, 0.1])


def test_gradient_technique_objects_to_a_lowest_loss_with_unsound_gradients():
    choice = gradient_health.choose(curve_of(run_of([3, 2, 1], norms=[1.0, 1.0, 90.0])))
    assert choice.epoch == 2


def test_gradient_technique_has_no_vote_without_an_objection_or_without_measurements():
    healthy = gradient_health.choose(curve_of(run_of([3, 2, 1], norms=[90.0, 2.0, 3.0])))
    unmeasured = gradient_health.choose(curve_of(run_of([3, 2, 1])))
    assert healthy.epoch is None and "no objection" in healthy.reason
    assert unmeasured.epoch is None and "measured" in unmeasured.reason


def test_mcda_weighs_the_task_over_the_loss():
    choice = mcda.choose(curve_of(run_of([1.0, 1.02, 1.04], macro_f1=[0.1, 0.2, 0.9])))
    assert choice.epoch == 3


def test_mcda_without_a_task_shares_its_weight_among_the_criteria_that_exist():
    choice = mcda.choose(curve_of(run_of([3.0, 2.0, 1.1, 1.0, 1.1, 1.0])))
    assert choice.epoch == 6
    assert "loss 0.67, stability 0.33" in choice.reason


def test_mcda_agrees_with_the_sum_worked_by_hand():
    losses, f1 = np.array([4.0, 2.0, 1.0, 3.0]), np.array([0.1, 0.5, 0.3, 0.2])
    stable = np.array([1 / (1 + losses[max(0, i - 2) : i + 3].std()) for i in range(4)])
    criteria = [(0.30, -losses), (0.40, f1), (0.15, stable)]
    values = sum(w * (c - c.min()) / (c.max() - c.min()) for w, c in criteria) / 0.85
    choice = mcda.choose(curve_of(run_of(losses, macro_f1=f1)))
    assert choice.epoch == int(values.argmax()) + 1
    assert choice.reason.startswith(f"{values.max():.4g} of 1")


def test_mcda_abstains_on_two_epochs_and_where_nothing_differs():
    assert mcda.choose(curve_of(run_of([2, 1]))).reason == "needs 3 epochs, has 2"
    assert mcda.choose(curve_of(run_of([1, 1, 1]))).epoch is None
