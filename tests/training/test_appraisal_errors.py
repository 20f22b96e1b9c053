"""Errors of the appraisals are measured per rating, over the rows that rate it."""

import numpy as np
import pytest

from redheart.nn.heads.appraisal import SCORES, AppraisalHead
from redheart.training.evaluate import appraisal_errors


def test_the_error_is_the_root_mean_square_over_the_rows_that_rate_it() -> None:
    raw, truth = np.zeros((4, len(AppraisalHead.names))), np.full((4, len(AppraisalHead.names)), 0.5)
    truth[:, 0] = (0.5, 1.0, 0.0, np.nan)  # the model says 0.5; one row does not rate intensity
    errors = appraisal_errors(raw, truth)
    assert tuple(errors) == SCORES
    assert errors["intensity"] == pytest.approx((0.5 / 3) ** 0.5) and errors["effort"] == 0.0
