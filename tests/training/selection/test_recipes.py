"""Which epochs join a soup."""

from redheart.training.selection.recipes import SoupStep, greedy_soup


def test_an_epoch_that_makes_the_average_worse_than_the_best_so_far_does_not_join() -> None:
    # 0.9 is still below the 1.0 of the first epoch alone: not the bound any more once 0.8 was reached.
    losses = {(1, 2): 0.8, (1, 2, 3): 0.9}
    members, steps = greedy_soup((1, 2, 3), 1.0, lambda them: losses[tuple(them)])
    assert members == (1, 2)
    assert steps == (
        SoupStep(epoch=2, validation_loss=0.8, joined=True),
        SoupStep(epoch=3, validation_loss=0.9, joined=False),
    )


def test_an_epoch_that_was_refused_leaves_the_average_and_its_bound_as_they_were() -> None:
    losses = {(1, 2): 1.2, (1, 3): 0.9, (1, 3, 4): 0.95}
    members, steps = greedy_soup((1, 2, 3, 4), 1.0, lambda them: losses[tuple(them)])
    assert members == (1, 3)
    assert [step.joined for step in steps] == [False, True, False]


def test_an_epoch_that_changes_nothing_or_gives_no_number_does_not_join() -> None:
    losses = {(1, 2): 1.0, (1, 3): None}
    members, _ = greedy_soup((1, 2, 3), 1.0, lambda them: losses[tuple(them)])
    assert members == (1,)
