"""A torch module that leaves and comes back."""

import pytest
import torch
from fake_modules import House
from safetensors.torch import load_file, save_file
from torch import nn

from redheart.errors import CheckpointError
from redheart.memory.torch_module import TorchModule
from redheart.types.residency import Swappable, SwapPriority

CPU = torch.device("cpu")


class Net(nn.Module):
    """Parameters, a persistent buffer (in BatchNorm), one that is in no file."""

    def __init__(self) -> None:
        super().__init__()
        self.first, self.norm, self.last = nn.Linear(6, 8), nn.BatchNorm1d(8), nn.Linear(8, 2)
        self.register_buffer("scale", torch.full((2,), 3.0), persistent=False)

    def forward(self, x):
        return self.last(torch.tanh(self.norm(self.first(x)))) * self.scale


class Tied(nn.Module):
    """An embedding whose weights are also its output layer."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.out = nn.Embedding(5, 4), nn.Linear(4, 5, bias=False)
        self.out.weight = self.embed.weight


@pytest.fixture
def net():
    torch.manual_seed(1)
    net = Net()
    nn.init.normal_(net.norm.running_mean)
    return net.eval()


def swappable(module, path, device=CPU):
    save_file({name: tensor.clone() for name, tensor in module.state_dict().items()}, path)
    return TorchModule("net", SwapPriority.PRIMARY, module, lambda: load_file(path), device)


def test_outputs_after_unload_and_load_are_the_same_bits(net, tmp_path):
    x = torch.randn(3, 6, generator=torch.Generator().manual_seed(2))
    before = net(x).detach()
    module = swappable(net, tmp_path / "net.safetensors")
    for _ in range(2):
        module.unload()
        module.load()
        assert torch.equal(net(x), before)


def test_unloaded_module_keeps_only_buffers_that_are_in_no_file(net, tmp_path):
    swappable(net, tmp_path / "net.safetensors").unload()
    assert all(tensor.is_meta for tensor in net.state_dict().values())
    assert torch.equal(net.scale, torch.full((2,), 3.0))


def test_bytes_count_parameters_and_stored_buffers(net, tmp_path):
    floats = 6 * 8 + 8 + 4 * 8 + 8 * 2 + 2
    counter = 8  # BatchNorm's int64
    module = swappable(net, tmp_path / "net.safetensors")
    assert module.nbytes == 4 * floats + counter
    module.unload()
    assert TorchModule("meta", SwapPriority.PRIMARY, net, dict, CPU).nbytes == module.nbytes


def test_loaded_module_is_frozen_for_inference(net, tmp_path):
    module = swappable(net.train(), tmp_path / "net.safetensors")
    module.load()
    assert not net.training
    assert not any(parameter.requires_grad for parameter in net.parameters())


def test_tied_weights_are_counted_stored_and_loaded_once():
    tied = Tied()
    weights = tied.embed.weight.detach().clone()
    module = TorchModule("tied", SwapPriority.PRIMARY, tied, lambda: {"embed.weight": weights.clone()}, CPU)
    assert module.nbytes == 5 * 4 * 4
    module.unload()
    assert tied.out.weight is tied.embed.weight
    module.load()
    assert tied.out.weight is tied.embed.weight
    assert torch.equal(tied.out.weight, weights)


def test_missing_and_unexpected_weights_are_named(net):
    state = net.state_dict()
    state["last.wait"] = state.pop("last.weight")
    module = TorchModule("net", SwapPriority.PRIMARY, net, lambda: state, CPU)
    with pytest.raises(CheckpointError, match=r"'net': missing 'last\.weight'; unexpected 'last\.wait'"):
        module.load()
    assert all(tensor.is_meta for tensor in net.state_dict().values())


@pytest.mark.parametrize("wrong", [torch.zeros(2, 9), torch.zeros(2, 8, dtype=torch.float16)])
def test_weights_of_another_shape_or_format_are_refused(net, wrong):
    state = net.state_dict() | {"last.weight": wrong}
    module = TorchModule("net", SwapPriority.PRIMARY, net, lambda: state, CPU)
    with pytest.raises(CheckpointError, match=r"'last\.weight' is .* expected \(2, 8\) torch\.float32"):
        module.load()


def test_error_of_the_reader_passes_through_and_leaves_the_module_unloaded(net):
    def read():
        raise CheckpointError("'net.safetensors' is gone")

    module = TorchModule("net", SwapPriority.PRIMARY, net, read, CPU)
    with pytest.raises(CheckpointError, match="is gone"):
        module.load()
    assert net.first.weight.is_meta


def test_buffer_that_is_in_no_file_may_not_be_meta():
    with torch.device("meta"):
        net = Net()
    with pytest.raises(ValueError, match="'scale' are stored in no file"):
        TorchModule("net", SwapPriority.PRIMARY, net, dict, CPU)


async def test_evicted_module_answers_the_same_when_held_again(net, tmp_path):
    x = torch.ones(1, 6)
    before = net(x).detach()
    house, module = House(1), swappable(net, tmp_path / "net.safetensors")
    module.nbytes = 600_000  # so that it cannot stay beside the other
    module.unload()
    house.memory.register(module)
    house.add("other", 1)
    assert isinstance(module, Swappable)
    async with house.memory.hold("net"):
        assert torch.equal(net(x), before)
    await house.visit("other")
    assert net.first.weight.is_meta
    async with house.memory.hold("net"):
        assert torch.equal(net(x), before)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_weights_live_on_the_device_only_while_loaded(tmp_path):
    torch.manual_seed(1)
    net = nn.Linear(1024, 1024)
    module = swappable(net, tmp_path / "net.safetensors", torch.device("cuda"))
    module.unload()
    before = torch.cuda.memory_allocated()
    module.load()
    assert net.weight.is_cuda
    assert torch.cuda.memory_allocated() - before >= module.nbytes
    module.unload()
    assert torch.cuda.memory_allocated() == before
