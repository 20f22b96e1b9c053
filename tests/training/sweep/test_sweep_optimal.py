"""`--lr auto` takes a positive number or refuses with the mend."""

import json
from pathlib import Path

import pytest

from redheart.errors import ConfigError, InputError
from redheart.training.sweep.optimal import read_optimal

HERE = Path("optimal_lr.json")


def test_the_rate_is_read():
    HERE.write_text(json.dumps({"optimal_lr": 3e-4, "validation_loss": 0.4}))
    assert read_optimal(HERE) == 3e-4


def test_a_missing_file_is_refused_with_the_mend():
    with pytest.raises(ConfigError, match=r"optimal_lr\.json' is not there\. Run with --lr-sweep, or give --lr"):
        read_optimal(HERE)


@pytest.mark.parametrize("text", ["", "{", "\xff"])
def test_a_file_that_is_no_json_is_refused(text):
    HERE.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="is no JSON"):
        read_optimal(HERE)


@pytest.mark.parametrize(
    "held", ["[]", "{}", '{"optimal_lr": "1e-3"}', "0", "-1", "true", "NaN", "Infinity", "1e999", "1" + "0" * 400]
)
def test_what_is_no_positive_finite_number_is_refused(held):
    HERE.write_text(held if held[0] in "[{" else f'{{"optimal_lr": {held}}}')
    with pytest.raises(InputError, match="holds no positive number 'optimal_lr'"):
        read_optimal(HERE)
