"""What passes keep in memory: what is counted on the meta device against what the processor really holds."""

import pytest
import torch

from redheart.config.train import TrainSection
from redheart.errors import ConfigError
from redheart.nn.network.footprint.activations import Load, PassBytes, documents_on, network_on_meta, pass_bytes
from redheart.nn.network.footprint.footprint import training_footprint
from redheart.nn.network.footprint.live_bytes import LiveBytes
from redheart.nn.network.footprint.shapes import RULES
from redheart.nn.network.footprint.skeleton import reading_bytes
from redheart.nn.network.network import Network
from redheart.nn.network.preset import load_preset
from tests.nn.network.documents import DIM, preset, tiny

Saved = dict[int, torch.Tensor]


def saved_bytes(network: Network, load: Load) -> int:
    """Bytes of all distinct storages that a real forward pass saves for the backward pass, parameters left out."""
    network.train()
    documents = documents_on(torch.device("cpu"), load, DIM)
    ours = {tensor.untyped_storage()._cdata for tensor in (*network.parameters(), documents.values)}
    saved: Saved = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        saved[tensor.untyped_storage()._cdata] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        outputs = network(documents)
    assert outputs
    return sum(tensor.untyped_storage().nbytes() for place, tensor in saved.items() if place not in ours)


def on_meta(precision: str = "float32") -> Network:
    return network_on_meta(preset(), DIM, precision)  # type: ignore[arg-type]


@pytest.mark.parametrize("documents", [1, 4, 32])
def test_counted_activations_are_those_that_are_really_saved(documents: int) -> None:
    load = Load(documents, 4)
    counted = pass_bytes(on_meta(), load).activations
    assert counted == pytest.approx(saved_bytes(tiny(), load), rel=0.001)


@pytest.mark.parametrize("recompute", [False, True])
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_counting_for_real_gives_what_counting_on_the_meta_device_gives(recompute: bool, precision: str) -> None:
    real, meta, load = tiny().to(getattr(torch, precision)), on_meta(precision), Load(8, 3)
    real.train()
    real.recompute = meta.recompute = recompute
    ours, theirs = pass_bytes(meta, load), pass_bytes(real, load)
    assert ours.activations == pytest.approx(theirs.activations, rel=0.001)
    assert ours.activations + ours.work == pytest.approx(theirs.activations + theirs.work, rel=0.001)


def test_our_rules_for_shapes_are_those_of_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = pass_bytes(on_meta(), Load(3, 4))
    for rule in list(RULES):
        monkeypatch.delitem(RULES, rule)
    slow = pass_bytes(on_meta(), Load(3, 4))
    assert quick.activations == pytest.approx(slow.activations, rel=0.001)


def test_recomputed_layers_keep_less() -> None:
    network, load = on_meta(), Load(16, 4)
    kept = pass_bytes(network, load).activations
    network.recompute = True
    assert pass_bytes(network, load).activations < 0.6 * kept


def test_two_passes_keep_twice_as_much_and_half_the_width_half_as_much() -> None:
    one = pass_bytes(on_meta(), Load(8, 4)).activations
    assert pass_bytes(on_meta(), Load(8, 4), passes=2).activations == pytest.approx(2 * one, rel=0.01)
    assert pass_bytes(on_meta("bfloat16"), Load(8, 4)).activations == pytest.approx(one / 2, rel=0.1)


def test_every_module_of_the_plan_has_its_share() -> None:
    network = on_meta()
    counted: PassBytes = pass_bytes(network, Load(4, 4))
    assert set(counted.modules) == set(network.named_modules_of_plan())
    assert min(counted.modules.values()) > 0


def test_counting_leaves_no_gradients_and_no_hooks_behind() -> None:
    network = tiny()
    pass_bytes(network, Load(2, 2))
    assert all(parameter.grad is None for parameter in network.parameters())
    assert not any(module._forward_pre_hooks or module._forward_hooks for module in network.modules())


def test_the_prediction_of_a_step_is_near_its_measured_peak() -> None:
    settings, load = TrainSection(), Load(32, 4)
    predicted = training_footprint(load_preset("tiny"), DIM, settings, load, cuda=False)
    network = tiny()
    network.train()
    for parameter in network.parameters():
        parameter.grad = torch.zeros_like(parameter)
    with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CPU], profile_memory=True) as profile:
        outputs = network(documents_on(torch.device("cpu"), load, DIM))
        torch.stack([v.sum() for o in outputs.values() for v in o.predictions.values()]).sum().backward()
        del outputs
    now = peak = 0
    for event in profile.profiler.kineto_results.events():
        if event.name() == "[memory]":
            now += event.nbytes()
            peak = max(peak, now)
    assert predicted.batch + predicted.activations + predicted.work == pytest.approx(peak, rel=0.01)


def test_reading_needs_far_less_than_learning() -> None:
    load = Load(16, 4)
    assert 0 < reading_bytes(on_meta(), load) < pass_bytes(on_meta(), load).activations / 3


def test_live_bytes_are_counted_from_first_to_last_holder() -> None:
    with LiveBytes() as live:
        one = torch.zeros(256)
        same = one.view(16, 16)
        assert live.now == 1024
        del one
        assert live.now == 1024
        del same
    assert (live.now, live.peak) == (0, 1024)


def test_a_preset_of_tokens_has_no_such_network() -> None:
    with pytest.raises(ConfigError, match="tokens"):
        network_on_meta(load_preset("compact"), 384, "float32")
