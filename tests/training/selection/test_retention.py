"""What stays on disk: laws over whole runs."""

from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.training.run.folder import RunFolder
from redheart.training.selection.curve import curves_of
from redheart.training.selection.plateau import choose
from redheart.training.selection.pruning import dropped_epochs, epoch_files, prune
from redheart.training.selection.retention import Claim, claims_of, keep
from redheart.training.selection.sweet_spot import find_sweet_spots
from tests.training.selection.scripted import EMOTION, run_of

EACH = 100
losses = st.lists(st.floats(0.01, 2.0, allow_nan=False), min_size=1, max_size=14)


@st.composite
def runs(draw):
    total = draw(losses)
    same = st.lists(st.floats(0.0, 1.0), min_size=len(total), max_size=len(total))
    return run_of(total, emotion=draw(same), macro_f1=draw(same))


def simulated(figures, budget):
    """Epoch after epoch, as a run does it: what is on disk after each, and all records."""
    disk, records, history = set(), [], []
    for at, one in enumerate(figures):
        found = keep(figures[: at + 1], disk | {one.epoch}, EACH, budget)
        disk = set(found.kept)
        records += found.dropped
        history.append(frozenset(disk))
    return history, records


@settings(max_examples=60, deadline=None)
@given(runs(), st.integers(0, 9 * EACH))
def test_the_budget_holds_unless_two_files_already_exceed_it(figures, budget):
    for disk in simulated(figures, budget)[0]:
        assert len(disk) * EACH <= max(budget, 2 * EACH)


@settings(max_examples=60, deadline=None)
@given(runs(), st.integers(0, 9 * EACH))
def test_the_best_epoch_so_far_and_the_newest_are_always_on_disk(figures, budget):
    for at, disk in enumerate(simulated(figures, budget)[0]):
        best = min(figures[: at + 1], key=lambda one: (one.validation_loss, one.epoch))
        assert {best.epoch, figures[at].epoch} <= disk


@settings(max_examples=60, deadline=None)
@given(runs(), st.integers(0, 9 * EACH))
def test_every_epoch_is_on_disk_or_on_record_and_only_what_is_on_disk_is_chosen(figures, budget):
    history, records = simulated(figures, budget)
    assert {one.epoch for one in records} == {one.epoch for one in figures} - history[-1]
    spots = find_sweet_spots(figures, history[-1], records)
    choices = [choice for spot in spots.spots.values() for choice in spot.choices]
    assert {choice.epoch for choice in choices if choice.epoch} <= history[-1]
    assert {choice.wanted for choice in choices if choice.wanted} <= {one.epoch for one in spots.dropped}


@settings(max_examples=60, deadline=None)
@given(runs())
def test_what_the_run_would_choose_now_outlives_what_nobody_claims(figures):
    everything = {one.epoch for one in figures}
    claims = claims_of(figures, everything)
    claimed = [epoch for epoch, made in claims.items() if min(made) < Claim.NONE]
    kept = keep(figures, everything, EACH, len(claimed) * EACH).kept
    assert set(claimed) <= kept


@settings(max_examples=40, deadline=None)
@given(runs(), st.integers(0, 9 * EACH))
def test_a_repeated_decision_drops_nothing_more(figures, budget):
    disk = simulated(figures, budget)[0][-1]
    assert keep(figures, disk, EACH, budget).kept == disk


def test_an_ample_budget_keeps_everything():
    figures = run_of([3.0, 2.0, 1.0])
    found = keep(figures, {1, 2, 3}, EACH, 3 * EACH)
    assert (found.kept, found.dropped) == ({1, 2, 3}, ())


def test_an_early_best_survives_many_worse_epochs():
    figures = run_of([1.0, 0.2, *(0.5 + 0.01 * i for i in range(20))])
    assert 2 in simulated(figures, 3 * EACH)[0][-1]


def test_the_best_of_a_part_goes_after_what_nobody_claims():
    figures = run_of([0.1, 0.5, 0.6, 0.7], emotion=[0.9, 0.8, 0.2, 0.7], macro_f1=[0.1, 0.9, 0.2, 0.3])
    found = keep(figures, {1, 2, 3, 4}, EACH, 3 * EACH)
    assert found.kept == {1, 3, 4} or found.kept == {1, 2, 4}
    assert all("dearer claims" in one.reason for one in found.dropped)


def test_an_open_plateau_is_claimed_from_its_centre_to_its_end():
    flat = [0.41, 0.40, 0.42, 0.40, 0.41, 0.42, 0.40, 0.41]
    figures = run_of([0.8, 0.7, *flat])
    everything = {one.epoch for one in figures}
    first, last = choose(curves_of(figures, everything)[EMOTION]).span
    claims = claims_of(figures, everything)
    assert last == 10
    assert all(Claim.OPEN_PLATEAU in claims[epoch] for epoch in range((first + last) // 2, last + 1))


def test_a_checkpoint_without_figures_is_the_first_to_go():
    figures = run_of([0.5, 0.4])
    assert keep(figures, {1, 2, 7}, EACH, 2 * EACH).kept == {1, 2}


def test_pruning_deletes_the_files_and_records_why(tmp_path):
    folder, figures = RunFolder(tmp_path), run_of([1.0, 0.2, 0.5, 0.6, 0.7])
    folder.checkpoints.mkdir()
    for one in figures:
        folder.epoch_file(one.epoch).write_bytes(b"x" * EACH)
        prune(folder, figures[: one.epoch], 3 * EACH)
    there = set(epoch_files(folder))
    assert {2, 5} <= there and len(there) == 3
    assert {one.epoch for one in dropped_epochs(folder)} == {1, 2, 3, 4, 5} - there
    assert all("the budget holds 3 files" in one.reason for one in dropped_epochs(folder))


def test_a_record_of_a_file_that_a_killed_run_had_no_time_to_delete_is_not_told(tmp_path):
    folder, figures = RunFolder(tmp_path), run_of([1.0, 0.9, 0.8])
    folder.checkpoints.mkdir()
    for one in figures:
        folder.epoch_file(one.epoch).write_bytes(b"x" * EACH)
    prune(folder, figures, 2 * EACH)
    folder.epoch_file(1).write_bytes(b"x" * EACH)
    assert dropped_epochs(folder) == () or {one.epoch for one in dropped_epochs(folder)}.isdisjoint({1})
