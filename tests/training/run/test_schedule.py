import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redheart.training.run.course import Course, usual_batch
from redheart.training.run.schedule import lr_at


def test_the_rate_rises_to_its_peak_and_falls_to_a_hundredth() -> None:
    rates = [lr_at(step, 100, 1e-3, 0.1) for step in range(1, 101)]
    assert rates.index(max(rates)) == 9
    assert max(rates) == 1e-3
    assert np.all(np.diff(rates[:10]) > 0) and np.all(np.diff(rates[9:]) < 0)
    assert rates[-1] == pytest.approx(1e-5)


def test_a_course_of_one_step_learns_at_the_peak() -> None:
    assert lr_at(1, 1, 1e-3, 0.05) == 1e-3


def test_a_rate_is_asked_of_steps_only() -> None:
    with pytest.raises(ValueError, match="step 0 lies outside"):
        lr_at(0, 10, 1e-3, 0.1)


@given(st.integers(1, 200), st.integers(1, 70), st.integers(1, 4))
def test_every_epoch_takes_every_sample_once(samples: int, batch: int, epochs: int) -> None:
    course = Course(samples, batch, epochs, (0,))
    taken = [course.samples_of(step) for step in range(1, course.steps + 1)]
    for epoch in range(epochs):
        of_epoch = taken[epoch * course.steps_an_epoch : (epoch + 1) * course.steps_an_epoch]
        assert sorted(np.concatenate(of_epoch).tolist()) == list(range(samples))
    assert max(map(len, taken)) - min(map(len, taken)) <= 1 and max(map(len, taken)) <= batch
    assert [course.ends_epoch(step) for step in range(1, course.steps + 1)].count(True) == epochs


def test_epochs_have_orders_of_their_own_and_the_same_seed_has_the_same() -> None:
    course, same, other = Course(50, 50, 2, (0,)), Course(50, 50, 2, (0,)), Course(50, 50, 2, (1,))
    assert course.samples_of(1).tolist() == same.samples_of(1).tolist()
    assert course.samples_of(1).tolist() != course.samples_of(2).tolist()
    assert course.samples_of(1).tolist() != other.samples_of(1).tolist()


def test_few_samples_make_small_batches() -> None:
    assert [usual_batch(n) for n in (1, 7, 80, 100_000)] == [1, 1, 10, 64]
