"""The whole network: what it computes, what it leaves out, what it must not depend on."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from redheart.errors import ConfigError, InputError
from redheart.nn.network.chosen import Chosen, chosen_of
from redheart.nn.network.network import PARTS, Network, layer_depths, task_of
from redheart.nn.network.packed import Packed
from redheart.nn.network.part import TASKS, PartOutput
from redheart.nn.network.targets import TARGETS
from tests.nn.network.documents import packed, preset, texts, tiny

LENGTHS = (0, 1, 1, 2, 3, 5)


def said(outputs: dict[str, PartOutput]) -> dict[tuple[str, str], torch.Tensor]:
    """(part, target) -> predictions."""
    return {(part, target): values for part, o in outputs.items() for target, values in o.predictions.items()}


def everything(documents: Packed) -> Chosen:
    """All of them."""
    return chosen_of(documents, np.arange(documents.documents))


def test_every_part_predicts_its_targets_and_no_others() -> None:
    outputs = tiny()(packed(texts(LENGTHS)))
    for part, output in outputs.items():
        assert set(output.predictions) == set(PARTS[part].targets)
        for target, values in output.predictions.items():
            assert values.shape == (len(LENGTHS), len(TARGETS[target].outputs))
            assert values.isfinite().all()


def test_the_parts_together_have_every_target() -> None:
    assert {target for kind in PARTS.values() for target in kind.targets} == set(TARGETS)


@torch.no_grad()
def test_a_document_is_read_the_same_whoever_is_in_its_batch() -> None:
    network, documents = tiny(), texts((0, 0, 1, 1, 2, 2, 2, 4, 7, 7))
    together = said(network(packed(documents)))
    for place, document in enumerate(documents):
        for key, alone in said(network(packed([document]))).items():
            torch.testing.assert_close(together[key][place], alone[0], atol=1e-5, rtol=0)


@torch.no_grad()
def test_documents_of_one_length_may_change_places() -> None:
    network, documents, order = tiny(), texts((2, 2, 2, 2)), [2, 0, 3, 1]
    straight, turned = (said(network(packed(chosen))) for chosen in (documents, [documents[place] for place in order]))
    for key, values in straight.items():
        torch.testing.assert_close(turned[key], values[order], atol=1e-5, rtol=0)


@torch.no_grad()
def test_the_order_of_sentences_is_seen() -> None:
    network, (document,) = tiny(["analyzer.emotion"]), texts((4,))
    straight, turned = (network.read(packed([way]))["kote"] for way in (document, document.flip(0)))
    assert (straight - turned).abs().max() > 1e-3


@torch.no_grad()
def test_documents_without_sentences_are_read_alike() -> None:
    outputs = said(tiny()(packed(texts((0, 0)))))
    for values in outputs.values():
        torch.testing.assert_close(values[0], values[1])


@pytest.mark.parametrize("part", [part for part in PARTS if not part.startswith("wrapper")])
def test_a_part_reads_the_projection_of_its_own_task(part: str) -> None:
    network = tiny()
    documents = packed(texts(LENGTHS))
    predictions = network(documents, {part: everything(documents)})[part].predictions.values()
    torch.stack([values.square().sum() for values in predictions]).sum().backward()
    moved = {task for task in TASKS for p in network.backbone.projections[task].parameters() if p.grad is not None}
    assert moved == {task_of(part)}


def test_only_the_parts_asked_for_are_computed() -> None:
    network, computed = tiny(), []
    for name, module in network.parts().items():
        module.register_forward_hook(lambda *_, name=name: computed.append(name))
    documents = packed(texts(LENGTHS))
    asked = dict.fromkeys(["auxiliary.dsp", "head.surd"], everything(documents))
    assert list(network(documents, asked)) == ["head.surd", "auxiliary.dsp"]
    assert computed == ["head.surd", "auxiliary.dsp"]


@settings(max_examples=15, deadline=None)
@given(st.sets(st.integers(0, len(LENGTHS) - 1), min_size=1).map(sorted))
@torch.no_grad()
def test_of_chosen_documents_is_said_what_is_said_among_all_and_of_others_nothing(places: list[int]) -> None:
    network, documents = tiny(), packed(texts(LENGTHS))
    chosen = chosen_of(documents, np.array(places))
    whole, some = said(network(documents)), said(network(documents, dict.fromkeys(network.parts(), chosen)))
    others = [place for place in range(len(LENGTHS)) if place not in places]
    for key, values in some.items():
        torch.testing.assert_close(values[places], whole[key][places], rtol=1e-4, atol=1e-5)
        assert values[others].isnan().all()


def test_a_part_computes_its_chosen_documents_alone() -> None:
    network, documents, seen = tiny(), packed(texts(LENGTHS)), []
    network.head["surd"].register_forward_pre_hook(lambda _, given: seen.append(given[0].states.groups))
    network(documents, {"head.surd": chosen_of(documents, np.array([0, 2, 5]))})
    assert seen == [((1, 1), (1, 2), (1, 6))]


def test_parts_left_out_are_not_built() -> None:
    network = tiny(["head.regret", "analyzer.regret"])
    assert list(network.parts()) == ["head.regret", "analyzer.regret"]
    assert list(network.backbone.projections) == ["regret"]
    assert {name.split(".")[0] for name in network.state_dict()} == {"backbone", "head", "analyzer"}


def test_an_unknown_part_is_refused_with_the_nearest_name() -> None:
    for refused in (lambda: tiny(["head.emotions"]), lambda: task_of("head.emotions")):
        with pytest.raises(ConfigError, match=r"no part 'head.emotions'\. Did you mean 'head.emotion'\?"):
            refused()


def test_a_part_that_was_not_built_is_refused() -> None:
    documents = packed(texts((1,)))
    with pytest.raises(ConfigError, match=r"this network has no part 'head\.surd'"):
        tiny(["head.emotion"])(documents, {"head.surd": everything(documents)})


def test_vectors_of_another_width_are_refused_with_both_widths() -> None:
    with pytest.raises(InputError, match="'24' dimensions do not fit a network built for '32'"):
        tiny()(packed(texts((1, 2), dim=24)))


@torch.no_grad()
def test_a_target_is_read_as_the_mean_of_its_parts() -> None:
    network, documents = tiny(), packed(texts(LENGTHS))
    remorse = [o.predictions["remorse"] for o in network(documents).values() if "remorse" in o.predictions]
    assert len(remorse) == 2
    torch.testing.assert_close(network.read(documents)["remorse"], (remorse[0] + remorse[1]) / 2)


def test_depths_rise_from_the_parts_down_to_the_input() -> None:
    depths = layer_depths(tiny())
    assert set(depths) == {name for name, _ in tiny().named_parameters()}
    assert {depths["backbone.token"], depths["backbone.input.weight"], depths["backbone.normalise.weight"]} == {3}
    assert {depth for name, depth in depths.items() if name.startswith("backbone.layers.0.")} == {2}
    assert {depth for name, depth in depths.items() if name.startswith("backbone.layers.1.")} == {1}
    assert {depth for name, depth in depths.items() if "projections" in name or "backbone" not in name} == {0}


def test_one_seed_gives_one_network() -> None:
    for (name, first), second in zip(tiny().state_dict().items(), tiny().state_dict().values(), strict=True):
        assert torch.equal(first, second), name


def test_weights_start_small_and_residual_ones_smaller() -> None:
    network = Network(preset("base"), 384, ["analyzer.emotion"])
    layer = network.analyzer["emotion"].get_submodule("layers.0")
    assert layer.get_parameter("attention.value.weight").std().item() == pytest.approx(0.02, rel=0.02)
    assert layer.get_parameter("attention.merge.weight").std().item() == pytest.approx(0.02 / 14**0.5, rel=0.02)


@torch.no_grad()
def test_bfloat16_gives_nearly_what_float32_gives() -> None:
    network, documents = tiny(), packed(texts(LENGTHS))
    whole = said(network(documents))
    half = said(network.to(torch.bfloat16)(documents))
    for key, values in half.items():
        assert values.dtype == torch.bfloat16
        torch.testing.assert_close(values.float(), whole[key], atol=0.05, rtol=0.05)


def test_bfloat16_learns() -> None:
    network = tiny().to(torch.bfloat16)
    sum(values.float().square().sum() for values in said(network(packed(texts(LENGTHS)))).values()).backward()  # type: ignore[union-attr]
    assert all(p.grad is not None and p.grad.isfinite().all() for p in network.parameters())


def test_recomputed_activations_change_no_gradient() -> None:
    documents, gradients, kept = packed(texts(LENGTHS)), [], []
    for recompute in (False, True):
        network = tiny().train()
        network.recompute = recompute
        assert network.recompute is recompute
        torch.manual_seed(7)
        stored: list[int] = []
        with torch.autograd.graph.saved_tensors_hooks(lambda t, s=stored: s.append(t.numel()) or t, lambda t: t):
            loss = torch.stack([v.square().mean() for v in said(network(documents)).values()]).sum()
        loss.backward()
        gradients.append([p.grad for p in network.parameters()])
        kept.append(sum(stored))
    assert kept[1] < kept[0]
    for plain, again in zip(*gradients, strict=True):
        torch.testing.assert_close(plain, again)


def test_a_network_without_memory_computes_shapes() -> None:
    with torch.device("meta"):
        network = Network(preset("full"), 384, ["head.emotion", "auxiliary.kalman", "wrapper.emotion"])
        outputs = network(Packed(torch.empty(7, 384), ((1, 0), (2, 1), (1, 5))))
    assert {values.device.type for values in said(outputs).values()} == {"meta"}
    assert outputs["wrapper.emotion"].predictions["kote"].shape == (4, 44)
