"""Computing while weights are on their way."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
from nets import Net, bring, chunks_of, direct, saved, seeded, swappable
from torch import nn

from redheart.errors import CheckpointError
from redheart.memory.weights.streaming import _WaitingTable

X = torch.randn(3, 6, generator=torch.Generator().manual_seed(2))


class Signals(Net):
    """Tells when its layers have been reached, so that a test need not guess."""

    def __init__(self) -> None:
        super().__init__()
        self.reached_last = threading.Event()

    def forward(self, x):
        x = torch.tanh(self.norm(self.first(x)))
        self.reached_last.set()
        return nn.functional.linear(x, self.last.weight, self.last.bias) * self.scale  # not by calling the layer


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr("redheart.memory.weights.arena.CHUNK_BYTES", 256)
    monkeypatch.setattr("redheart.memory.weights.streaming.PATIENCE_S", 20.0)


@pytest.fixture
def module(tmp_path):
    """A module of several chunks, its first one in, the others allocated and expected."""
    net = seeded(Signals)
    net.expected = net(X).detach()
    net.reached_last.clear()
    module = swappable(net, direct(saved(net, tmp_path / "net.safetensors")))
    bring(module, [0])
    module.allocate(chunks_of(module)[1:])
    module.expect(chunks_of(module))
    return module


@pytest.fixture
def pool():
    with ThreadPoolExecutor(1) as pool:
        yield pool


def test_forward_that_begins_before_its_weights_are_in_gives_the_same_bits(module, pool):
    answer = pool.submit(module.module, X)
    for chunk in chunks_of(module)[1:-1]:
        module.load([chunk])
    assert module.module.reached_last.wait(20)
    assert not answer.done()
    module.load([chunks_of(module)[-1]])
    assert torch.equal(answer.result(20), module.module.expected)


def test_weights_on_their_way_are_waited_for_when_listed(module, pool):
    devices = pool.submit(lambda: {parameter.device.type for parameter in module.module.parameters()})
    module.load(chunks_of(module)[1:])
    assert devices.result(20) == {"cpu"}


def test_chunk_that_does_not_come_raises_its_error_inside_the_forward(module, pool):
    answer = pool.submit(module.module, X)
    for chunk in chunks_of(module)[1:-1]:
        module.load([chunk])
    assert module.module.reached_last.wait(20)
    module.fail(CheckpointError("'net.safetensors' is gone"))
    with pytest.raises(CheckpointError, match="is gone"):
        answer.result(20)


def test_forward_that_comes_late_to_a_failed_chunk_gets_the_error_too(module):
    module.fail(CheckpointError("'net.safetensors' is gone"))
    module.unload(chunks_of(module))
    with pytest.raises(CheckpointError, match="is gone"):
        module.module(X)
    bring(module)
    assert torch.equal(module.module(X), module.module.expected)


def test_given_up_chunk_leaves_nobody_waiting(module, pool):
    answer = pool.submit(module.module, X)
    module.unload(chunks_of(module)[1:])
    with pytest.raises(RuntimeError, match="'net' were given up while they were awaited"):
        answer.result(20)


def test_nothing_stands_in_the_way_when_all_are_in(module):
    assert any(isinstance(owner._parameters, _WaitingTable) for owner in module.module.modules())
    module.load(chunks_of(module)[1:])
    for owner in module.module.modules():
        assert type(owner._parameters) is dict
        assert type(owner._buffers) is dict
        assert not owner._forward_pre_hooks


def test_nothing_stands_in_the_way_after_a_failure_is_mended(module):
    module.fail(CheckpointError("gone"))
    module.unload(chunks_of(module))
    bring(module)
    assert all(type(owner._parameters) is dict for owner in module.module.modules())


def test_lost_mover_is_named_after_the_longest_wait(module, monkeypatch):
    monkeypatch.setattr("redheart.memory.weights.streaming.PATIENCE_S", 0.0)
    with pytest.raises(TimeoutError, match="chunk 1 of module 'net' did not come within 0 s"):
        module.module(X)


def test_recurrent_layers_wait_as_well(tmp_path, pool):
    x, lstm = torch.ones(2, 1, 3), seeded(lambda: nn.LSTM(3, 4))
    expected = lstm(x)[0].detach()
    module = swappable(lstm, direct(saved(lstm, tmp_path / "lstm.safetensors")))
    module.allocate(chunks_of(module))
    module.expect(chunks_of(module))
    answer = pool.submit(lambda: lstm(x)[0])
    module.load(chunks_of(module))
    assert torch.equal(answer.result(20), expected)
    assert not lstm._forward_pre_hooks
    module.unload(chunks_of(module))  # its own lists keep nothing in memory
