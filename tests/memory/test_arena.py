"""Views of a chunk's memory where a module looks for its weights."""

import pytest
import torch
from nets import Net, Tied, raw, seeded
from torch import nn

from redheart.memory.weights.arena import Arena


def memories(arena):
    return [torch.zeros(size, dtype=torch.uint8) for size in arena.chunk_bytes]


def bound(module, constants=False):
    arena = Arena("net", module, constants)
    for chunk, memory in enumerate(memories(arena)):
        arena.bind(chunk, memory)
    return arena


def test_views_have_the_shape_and_format_of_what_they_stand_for_and_lie_dense():
    module = Net()
    module.wide = nn.Parameter(torch.zeros(4, 3).t())  # not contiguous
    module.register_buffer("bits", torch.zeros(5, dtype=torch.bool))
    module.register_buffer("none", torch.zeros(0, 2, dtype=torch.bfloat16))
    before = {name: (tensor.shape, tensor.dtype, type(tensor)) for name, tensor in module.state_dict().items()}
    bound(module)
    after = module.state_dict()
    assert {name: (tensor.shape, tensor.dtype, type(tensor)) for name, tensor in after.items()} == before
    assert all(tensor.is_contiguous() for tensor in after.values())


def test_weight_is_seen_where_the_layout_says():
    net = Net()
    arena = Arena("net", net, False)
    (memory,) = memories(arena)
    arena.bind(0, memory)
    for place in arena.weights.places():
        memory[place.offset : place.end] = place.offset % 250
        assert set(raw(net.state_dict()[place.spec.name])) == {place.offset % 250}


def test_order_is_that_of_registration():
    names = [place.spec.name for place in Arena("net", Net(), False).weights.places()]
    assert names[:5] == ["first.weight", "first.bias", "norm.weight", "norm.bias", "norm.running_mean"]


def test_tied_weights_lie_once_and_stay_one():
    tied = Tied()
    arena = Arena("tied", tied, False)
    assert arena.chunk_bytes == (5 * 4 * 4,)
    assert tied.out.weight is tied.embed.weight
    arena.bind(0, memories(arena)[0])
    assert tied.out.weight is tied.embed.weight
    assert not tied.out.weight.is_meta


def test_layer_used_under_two_names_lies_once():
    shared = nn.Linear(3, 3)
    arena = Arena("net", nn.ModuleDict({"one": shared, "two": shared}), False)
    assert [place.spec.names for place in arena.weights.places()] == [
        ("one.weight", "two.weight"),
        ("one.bias", "two.bias"),
    ]


def test_unbound_weights_are_meta_and_take_no_gradients():
    net = seeded(Net)
    arena = bound(net)
    assert not any(tensor.is_meta or tensor.requires_grad for tensor in net.state_dict(keep_vars=True).values())
    arena.unbind(0)
    assert all(tensor.is_meta for tensor in net.state_dict().values())
    assert not any(parameter.requires_grad for parameter in net.parameters())


def test_constants_stay_where_they_are_unless_they_must_follow():
    net = Net()
    scale = net.scale
    bound(net)
    assert net.scale is scale


def test_constants_that_follow_lie_first_and_come_back_to_their_master():
    net = Net()
    scale = net.scale
    arena = Arena("net", net, True)
    assert (arena.first_weight, arena.chunk_bytes[0], net.scale is scale) == (1, 8, True)
    memory = memories(arena)[0]
    arena.read_constants(0, memoryview(memory.numpy()))
    arena.bind(0, memory)
    assert net.scale is not scale
    assert torch.equal(net.scale, scale)
    arena.unbind(0)
    assert net.scale is scale


def test_constant_of_repeated_values_is_laid_out_dense():
    net = nn.Module()
    net.register_buffer("ids", torch.arange(4).unsqueeze(0).expand(3, 4), persistent=False)
    arena = Arena("net", net, True)
    memory = memories(arena)[0]
    arena.read_constants(0, memoryview(memory.numpy()))
    arena.bind(0, memory)
    assert net.ids.tolist() == [[0, 1, 2, 3]] * 3


def test_buffer_that_is_in_no_file_may_not_be_meta():
    with torch.device("meta"):
        net = Net()
    with pytest.raises(ValueError, match="'scale' are stored in no file"):
        Arena("net", net, False)


def test_recurrent_layers_compute_with_what_was_bound():
    x, lstm = torch.ones(2, 1, 3), seeded(lambda: nn.LSTM(3, 4))
    expected, master = lstm(x)[0], {name: raw(tensor) for name, tensor in lstm.state_dict().items()}
    arena = Arena("lstm", lstm, False)
    (memory,) = memories(arena)
    for place in arena.weights.places():
        memory[place.offset : place.end] = torch.frombuffer(bytearray(master[place.spec.name]), dtype=torch.uint8)
    arena.bind(0, memory)
    assert torch.equal(lstm(x)[0], expected)
