"""A refused allocation: nothing is lost, nothing is forgotten, nothing else is caught."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from redheart.errors import CheckpointError, OutOfMemoryError
from redheart.training.run.micro_batches import MicroBatches, pieces
from redheart.training.run.oom import OomLog, asked_bytes, refusal_of

CPU = torch.device("cpu")
MESSAGE = "CUDA out of memory. Tried to allocate 1.50 GiB. GPU 0 has a total capacity of 8.00 GiB"


class Tight:
    """Work that computes at most `most` samples at once, and draws as it goes."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.weight = nn.Parameter(torch.arange(4.0))
        self.sizes: list[list[int]] = []

    def __call__(self, cut: list[np.ndarray]) -> list[float]:
        self.sizes.append([len(samples) for samples in cut])
        draws = []
        for samples in cut:
            loss = (self.weight * float(samples.sum())).sum()
            loss.backward()
            draws.append(float(torch.rand(())))
            if len(samples) > self.most:
                raise torch.OutOfMemoryError(MESSAGE)
        return draws

    def forget(self) -> None:
        self.weight.grad = None


def ladder(work: Tight, size: int, path: Path | None = None) -> MicroBatches:
    return MicroBatches(size, OomLog.begun(path, size), CPU, work.forget)


@pytest.mark.parametrize(("count", "size"), [(1, 1), (7, 3), (64, 64), (10, 64), (65, 64)])
def test_pieces_hold_every_sample_once_in_order_and_are_of_one_size(count: int, size: int) -> None:
    samples = np.arange(count)
    cut = pieces(samples, size)
    sizes = [len(piece) for piece in cut]
    assert np.concatenate(cut).tolist() == samples.tolist()
    assert max(sizes) <= size
    assert max(sizes) - min(sizes) <= 1


def test_what_fits_is_done_once() -> None:
    work = Tight(8)
    ladder(work, 8).run(1, np.arange(16), work)
    assert work.sizes == [[8, 8]]


def test_a_refused_step_is_done_again_in_halves_until_it_fits() -> None:
    work = Tight(2)
    batches = ladder(work, 8)
    batches.run(1, np.arange(8), work)
    assert work.sizes == [[8], [4, 4], [2, 2, 2, 2]]
    assert batches.size == 2


def test_its_gradients_and_draws_are_those_of_an_untroubled_step() -> None:
    torch.manual_seed(5)
    troubled, calm = Tight(2), Tight(2)
    state = torch.get_rng_state()
    drawn = ladder(troubled, 8).run(1, np.arange(8), troubled)
    torch.set_rng_state(state)
    assert drawn == ladder(calm, 2).run(1, np.arange(8), calm)
    assert troubled.weight.grad is not None and calm.weight.grad is not None
    assert troubled.weight.grad.equal(calm.weight.grad)


def test_the_smaller_size_is_remembered() -> None:
    work = Tight(2)
    batches = ladder(work, 4)
    for step in (1, 2):
        batches.run(step, np.arange(4), work)
    assert work.sizes == [[4], [2, 2], [2, 2]]


def test_every_refusal_is_counted_with_what_is_known_of_it(tmp_path: Path) -> None:
    work, path = Tight(2), tmp_path / "oom_stats.json"
    batches = ladder(work, 8, path)
    assert json.loads(path.read_text())["refused"] == 0
    batches.run(3, np.arange(8), work)
    stats = json.loads(path.read_text())
    assert (stats["refused"], stats["micro_batch"]) == (2, 2)
    assert [(r["step"], r["micro_batch"], r["next_micro_batch"]) for r in stats["refusals"]] == [(3, 8, 4), (3, 4, 2)]
    assert stats["refusals"][0]["asked_bytes"] == 1.5 * 2**30
    assert OomLog.resumed(path, 2, step=10**6).stats.refused == 2


def test_a_batch_smaller_than_the_size_is_halved_itself() -> None:
    work = Tight(3)
    batches = ladder(work, 64)
    batches.run(1, np.arange(6), work)
    assert batches.size == 3


def test_one_sample_too_many_is_an_error_with_its_mend(tmp_path: Path) -> None:
    work, path = Tight(0), tmp_path / "oom_stats.json"
    with pytest.raises(OutOfMemoryError, match=r"step 7: one sample at a time .* --gradient-checkpointing"):
        ladder(work, 2, path).run(7, np.arange(2), work)
    assert work.weight.grad is None
    assert json.loads(path.read_text())["refusals"][-1]["next_micro_batch"] is None


def test_other_errors_pass_through() -> None:
    def broken(_: list[np.ndarray]) -> None:
        raise ValueError("shape")

    with pytest.raises(ValueError, match="shape"):
        ladder(Tight(1), 4).run(1, np.arange(4), broken)


def test_the_activations_of_a_refused_attempt_are_let_go() -> None:
    held: list[bool] = []
    alive = nn.Parameter(torch.zeros(1))

    class Big:
        pass

    import weakref

    watched: list[weakref.ref[Big]] = []

    def work(cut: list[np.ndarray]) -> None:
        held.extend(reference() is not None for reference in watched)
        big = Big()
        watched.append(weakref.ref(big))
        if len(cut[0]) > 1:
            raise torch.OutOfMemoryError(MESSAGE)

    MicroBatches(4, OomLog.begun(None, 4), CPU, lambda: setattr(alive, "grad", None)).run(1, np.arange(4), work)
    assert held == [False, False, False]


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        (MESSAGE, 3 * 2**29),
        ("DefaultCPUAllocator: can't allocate memory: you tried to allocate 4096 bytes.", 4096),
        ("out of memory", None),
    ],
)
def test_the_bytes_asked_for_are_read_where_the_error_says_them(message: str, asked: int | None) -> None:
    assert asked_bytes(message) == asked


def test_a_damaged_count_is_refused(tmp_path: Path) -> None:
    (tmp_path / "oom_stats.json").write_text("{")
    with pytest.raises(CheckpointError, match="cannot be read"):
        OomLog.resumed(tmp_path / "oom_stats.json", 2, step=0)


def test_what_was_refused_after_the_state_is_not_counted_twice(tmp_path: Path) -> None:
    log = OomLog.begun(tmp_path / "oom_stats.json", 8)
    for step in (3, 5):
        log.add(refusal_of(torch.OutOfMemoryError("out of memory"), step, 8, 4, torch.device("cpu")))
    assert [one.step for one in OomLog.resumed(tmp_path / "oom_stats.json", 8, step=4).stats.refusals] == [3]
