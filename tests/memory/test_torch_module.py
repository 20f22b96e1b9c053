"""A torch module that leaves chunk by chunk, and comes back."""

import os

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nets import Net, Tied, bits, bring, chunks_of, converting, direct, saved, seeded, swappable
from safetensors.torch import save_file

from redheart.errors import CheckpointError, OutOfMemoryError
from redheart.memory.tiers.host import HostTransfer
from redheart.memory.tiers.pages import BlockInUseError
from redheart.types.residency import Streamable, Swappable, Tier

X = torch.randn(3, 6, generator=torch.Generator().manual_seed(2))
MUTABLE = ("norm.running_mean", "norm.num_batches_tracked")


class DeviceTransfer(HostTransfer):
    """Host memory that says it is a device's."""

    tier = Tier.DEVICE


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr("redheart.memory.weights.arena.CHUNK_BYTES", 1024)


@pytest.fixture
def path(tmp_path):
    return saved(seeded(Net), tmp_path / "net.safetensors")


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["load", "unload", "write"]), st.sets(st.integers(0, 3))), max_size=12),
    st.sampled_from([direct, converting]),
    st.sampled_from([HostTransfer, DeviceTransfer]),
)
def test_weights_are_the_same_bits_after_any_history(tmp_path_factory, history, kind, engine):
    path = saved(seeded(Net), tmp_path_factory.getbasetemp() / "history.safetensors")
    net, truth = Net(), seeded(Net)
    module = swappable(net, kind(path), transfer=engine(), mutable=MUTABLE)
    bring(module)
    inside = set(chunks_of(module))
    for move, chosen in history:
        chunks = chosen & set(chunks_of(module))
        if move == "load":
            bring(module, sorted(chunks - inside))
            inside |= chunks
        elif move == "unload":
            module.unload(sorted(chunks))
            inside -= chunks
        elif not any(net.get_buffer(name).is_meta for name in MUTABLE):
            for norm in (net.norm, truth.norm):
                norm.running_mean.mul_(1.5)
                norm.num_batches_tracked.add_(1)
    bring(module, sorted(set(chunks_of(module)) - inside))
    assert bits(net) == bits(truth)
    assert torch.equal(net(X), truth(X))


def test_what_is_mutable_comes_back_as_it_was_left(path):
    module = swappable(Net(), direct(path), mutable=MUTABLE)
    bring(module)
    module.module.norm.num_batches_tracked.add_(41)
    module.module.norm.running_mean = torch.full((8,), 0.25)  # a new tensor in its place
    for _ in range(2):
        module.unload(chunks_of(module))
        bring(module)
    assert module.module.norm.num_batches_tracked == 41
    assert torch.equal(module.module.norm.running_mean, torch.full((8,), 0.25))


def test_module_is_what_the_manager_swaps_and_streams(path):
    module = swappable(Net(), direct(path), work_bytes=5)
    assert isinstance(module, Swappable)
    assert isinstance(module, Streamable)
    assert (module.name, module.work_bytes, module.separable) == ("net", 5, True)
    assert not swappable(Net(), converting(path)).separable


def test_nothing_is_read_before_the_first_load(tmp_path):
    module = swappable(seeded(Net), direct(tmp_path / "none.safetensors"))
    module.allocate(chunks_of(module))
    assert all(tensor.is_meta for tensor in module.module.state_dict().values())
    assert torch.equal(module.module.scale, torch.full((2,), 3.0))


def test_chunks_count_what_their_memory_really_occupies(path):
    transfer = HostTransfer()
    module = swappable(Net(), direct(path), transfer=transfer)
    assert len(module.chunk_bytes) > 1
    assert module.chunk_bytes == (4096,) * len(module.chunk_bytes)
    bring(module)
    assert transfer.measured() == sum(module.chunk_bytes)


def test_loaded_module_is_frozen_for_inference(path):
    module = swappable(Net().train(), direct(path))
    module.module.train()
    bring(module)
    assert not module.module.training
    assert not any(parameter.requires_grad for parameter in module.module.parameters())


def test_partly_loaded_module_has_just_those_weights(path):
    module = swappable(Net(), direct(path))
    bring(module, [0])
    there = {name for name, tensor in module.module.state_dict().items() if not tensor.is_meta}
    assert there == {place.spec.name for place in module._arena.weights.chunks[0]}


def test_eviction_of_clean_chunks_reads_and_writes_nothing(path, monkeypatch):
    module = swappable(Net(), direct(path))
    bring(module)
    for name in ("preadv", "open", "write", "pwrite"):
        monkeypatch.setattr(os, name, lambda *args: pytest.fail("it was touched"))
    for name in ("copy_", "clone", "cpu"):
        monkeypatch.setattr(torch.Tensor, name, lambda *args: pytest.fail("it was copied"))
    module.unload(chunks_of(module))
    assert all(tensor.is_meta for tensor in module.module.state_dict().values())


@pytest.mark.parametrize("kind", [direct, converting])
def test_two_hundred_cycles_take_no_more_memory_than_one(path, kind):
    transfer = HostTransfer()
    module = swappable(Net(), kind(path), transfer=transfer)
    measured = set()
    for _ in range(200):
        bring(module)
        module.unload(chunks_of(module))
        measured.add((transfer.measured(), transfer.pages.fresh_bytes))
    assert measured == {(sum(module.chunk_bytes),) * 2}


def test_tied_weights_are_stored_and_loaded_once(tmp_path):
    tied = seeded(Tied)
    expected = tied.embed.weight.detach().clone()
    module = swappable(tied, direct(saved(tied, tmp_path / "tied.safetensors")))
    bring(module)
    assert tied.out.weight is tied.embed.weight
    assert torch.equal(tied.out.weight, expected)


def test_constants_follow_to_a_device_and_come_back(path):
    net = Net()
    scale = net.scale
    module = swappable(net, direct(path), transfer=DeviceTransfer())
    bring(module)
    assert net.scale is not scale
    assert torch.equal(net(X), seeded(Net)(X))
    module.unload(chunks_of(module))
    assert net.scale is scale


@pytest.mark.parametrize("kind", [direct, converting])
def test_missing_and_unexpected_weights_are_named_and_none_is_in(tmp_path, kind):
    state = seeded(Net).state_dict()
    state["last.wait"] = state.pop("last.weight")
    save_file(state, tmp_path / "net.safetensors")
    module = swappable(Net(), kind(tmp_path / "net.safetensors"))
    with pytest.raises(CheckpointError, match=r"'net': missing 'last\.weight'; unexpected 'last\.wait'"):
        bring(module)
    assert all(tensor.is_meta for tensor in module.module.state_dict().values())


def test_failed_load_leaves_chunks_allocated_and_another_one_mends_it(path):
    content = path.read_bytes()
    path.write_bytes(content[:-3])
    module = swappable(Net(), direct(path))
    with pytest.raises(CheckpointError, match=r"net\.safetensors"):
        bring(module)
    path.write_bytes(content)
    module.load(chunks_of(module))
    assert bits(module.module) == bits(seeded(Net))


def test_allocation_is_all_or_none(path):
    transfer = HostTransfer(limit=4096)
    module = swappable(Net(), direct(path), transfer=transfer)
    with pytest.raises(OutOfMemoryError):
        module.allocate([0, 1])
    assert transfer.pages.blocks_bytes == 0
    bring(module, [1])


def test_unloading_what_is_only_allocated_or_out_is_harmless(path):
    transfer = HostTransfer()
    module = swappable(Net(), direct(path), transfer=transfer, mutable=MUTABLE)
    module.allocate([0])
    module.unload(chunks_of(module))
    assert transfer.pages.blocks_bytes == 0
    bring(module)
    assert bits(module.module) == bits(seeded(Net))


def test_misuse_is_told_with_the_chunks(path):
    module = swappable(Net(), direct(path))
    with pytest.raises(RuntimeError, match=r"chunks \[1\] of 'net' have no memory"):
        module.load([1])
    bring(module, [1])
    with pytest.raises(RuntimeError, match=r"chunks \[1\] of 'net' have memory already"):
        module.allocate([0, 1])
    with pytest.raises(RuntimeError, match=r"chunks \[1\] of 'net' are loaded already"):
        module.load([1])


def test_weight_that_somebody_keeps_is_told_and_never_reads_other_pages(path):
    transfer = HostTransfer()
    module = swappable(Net(), direct(path), transfer=transfer)
    bring(module)
    kept, bytes_of_kept = module.module.first.weight, module.module.first.weight.clone()
    with pytest.raises(BlockInUseError) as told:
        module.unload(chunks_of(module))
    assert told.value.__notes__ == ["It was chunk 0 of module 'net'."]
    assert transfer.pages.blocks_bytes == 4096  # the other chunks were given back
    bring(module)
    assert torch.equal(kept, bytes_of_kept)
    assert kept.data_ptr() != module.module.first.weight.data_ptr()


def test_unknown_mutable_name_is_refused(path):
    with pytest.raises(ValueError, match=r"'net' has no 'first\.wait' that could be mutable"):
        swappable(Net(), direct(path), mutable=["first.wait"])


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_weights_live_on_the_device_only_while_loaded(path):
    from redheart.memory.tiers.cuda import cuda_transfer

    module = swappable(Net(), direct(path), transfer=cuda_transfer(torch.device("cuda"), 2**28))
    for _ in range(2):
        bring(module)
        assert module.module.scale.is_cuda
        answer = module.module(X.cuda()).cpu()
        assert torch.allclose(answer, seeded(Net)(X), atol=1e-5)
        module.unload(chunks_of(module))
        assert module.module.first.weight.is_meta
