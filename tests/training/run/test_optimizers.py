"""The optimizers: equal where they must be, exact in what they store, within the bytes they were planned for."""

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from redheart.errors import CheckpointError, OutOfMemoryError
from redheart.nn.network.footprint.arrangement import state_bytes
from redheart.training.run.optimizers.mastered import MasteredAdamW
from redheart.training.run.optimizers.stepper import ParameterGroup
from tests.training.run.stepping import ARRANGEMENTS, CPU, problem, samples_of, weights

arrangements = pytest.mark.parametrize(("optimizer", "precision"), ARRANGEMENTS)


def test_adamw_in_float32_is_that_of_torch() -> None:
    ours, theirs = problem().learn(20), problem()
    reference = torch.optim.AdamW(theirs.network.parameters(), lr=1e-3, weight_decay=0.01, fused=True)
    for number in range(20):
        x, y = samples_of(number)
        (theirs.network(x) - y).square().mean().backward()
        reference.step()
        reference.zero_grad()
    assert all(weights(ours)[name].equal(value) for name, value in weights(theirs).items())


def test_offloaded_states_give_the_same_weights_bit_for_bit() -> None:
    plain, offloaded = problem("adamw").learn(20), problem("offloaded").learn(20)
    assert plain.losses == offloaded.losses
    assert all(weights(plain)[name].equal(value) for name, value in weights(offloaded).items())


def test_the_bucket_changes_nothing() -> None:
    whole, cut = problem("offloaded").learn(5), problem("offloaded")
    groups = [ParameterGroup(tuple(g["names"]), tuple(g["params"]), 1.0, 0.01) for g in cut.stepper.param_groups]
    cut.stepper = MasteredAdamW(groups, CPU, CPU, bucket=200)
    cut.learn(5)
    assert all(weights(whole)[name].equal(value) for name, value in weights(cut).items())


@arrangements
def test_stored_and_restored_it_goes_on_bit_for_bit(optimizer: str, precision: str, tmp_path: Path) -> None:
    straight = problem(optimizer, precision).learn(9)
    broken = problem(optimizer, precision).learn(4)
    save_file(broken.stepper.state(), tmp_path / "state.safetensors")
    resumed = problem(optimizer, precision)
    resumed.network.load_state_dict(broken.network.state_dict())
    resumed.losses = list(broken.losses)
    resumed.stepper.restore(load_file(tmp_path / "state.safetensors"))
    resumed.learn(5)
    assert resumed.losses == straight.losses
    assert all(weights(straight)[name].equal(value) for name, value in weights(resumed).items())


@arrangements
def test_a_stored_state_does_not_move_with_the_run(optimizer: str, precision: str) -> None:
    learned = problem(optimizer, precision).learn(2)
    stored = learned.stepper.state()
    before = {key: value.clone() for key, value in stored.items()}
    learned.learn(2)
    assert all(before[key].equal(value) for key, value in stored.items())


@arrangements
def test_a_parameter_without_gradient_stays_as_it_is(optimizer: str, precision: str) -> None:
    learned = problem(optimizer, precision).learn(1)
    before = weights(learned)
    for group in learned.stepper.param_groups:
        group["params"][0].grad = torch.ones_like(group["params"][0])
    learned.stepper.step()
    changed = {name for name, value in weights(learned).items() if not value.equal(before[name])}
    assert changed == {group["names"][0] for group in learned.stepper.param_groups}


@arrangements
def test_each_group_learns_at_its_own_share_of_the_rate(optimizer: str, precision: str) -> None:
    frozen = problem(optimizer, precision, lr_scale=0.0)
    before = weights(frozen)
    after = weights(frozen.learn(3))
    still = {name for name, value in after.items() if value.equal(before[name])}
    assert still == set(frozen.stepper.param_groups[0]["names"])


@pytest.mark.parametrize("optimizer", ["adamw", "offloaded", "adamw8bit"])
def test_steps_too_small_for_bfloat16_add_up(optimizer: str) -> None:
    learned = problem(optimizer, "bfloat16")
    weight = learned.network[2].weight
    with torch.no_grad():
        weight.fill_(1.0)
    learned = _again_over(learned, optimizer)
    for _ in range(100):
        weight.grad = torch.ones_like(weight)
        for group in learned.param_groups:
            group["lr"], group["weight_decay"] = 1e-4, 0.0
        learned.step()
    # A step of 1e-4 is a 39th of the distance between 1 and the next bfloat16 below.
    assert weight.detach().float().mean().item() == pytest.approx(0.99, abs=2**-9)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_eight_bits_learn_as_well_as_thirty_two(precision: str) -> None:
    exact, rough = problem("adamw", precision).learn(200), problem("adamw8bit", precision).learn(200)
    for until in (50, 100, 200):
        ours, theirs = (sum(run.losses[until - 20 : until]) / 20 for run in (rough, exact))
        assert ours == pytest.approx(theirs, rel=0.05)


@arrangements
def test_states_take_the_bytes_that_were_planned(optimizer: str, precision: str) -> None:
    learned = problem(optimizer, precision).learn(1)
    sizes = [parameter.numel() for parameter in learned.network.parameters()]
    planned = state_bytes(sizes, optimizer, precision)  # type: ignore[arg-type]
    counters = 8 * len(sizes)
    held = sum(value.untyped_storage().nbytes() for value in learned.stepper.state().values())
    assert 0 <= held - (planned.device + planned.ram) <= counters


@arrangements
def test_a_foreign_state_is_refused_by_name(optimizer: str, precision: str) -> None:
    learned = problem(optimizer, precision).learn(1)
    state = learned.stepper.state()
    lacking = {key: value for key, value in state.items() if key != "steps/2.weight"}
    with pytest.raises(CheckpointError, match=r"'steps/2\.weight' is missing"):
        learned.stepper.restore(lacking)
    with pytest.raises(CheckpointError, match=r"'steps/9\.weight' is not of this network"):
        learned.stepper.restore(state | {"steps/9.weight": state["steps/2.weight"]})


def test_an_update_that_breaks_off_for_want_of_memory_is_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    learned = problem("offloaded").learn(1)
    for group in learned.stepper.param_groups:
        group["params"][0].grad = torch.ones_like(group["params"][0])

    def refuse(*_: object) -> None:
        raise torch.OutOfMemoryError("no memory")

    monkeypatch.setattr("redheart.training.run.optimizers.master_bucket.MasterBucket.step", refuse)
    with pytest.raises(OutOfMemoryError, match="midst of an update"):
        learned.stepper.step()


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
def test_masters_in_ram_step_a_gpu_as_masters_on_it_do(precision: torch.dtype) -> None:
    device, found = torch.device("cuda"), []
    for home in (CPU, device):
        torch.manual_seed(0)
        made = [torch.nn.Parameter(torch.randn(size).to(device, precision)) for size in (300, 70, 500)]
        stepper = MasteredAdamW([ParameterGroup(("a", "b", "c"), tuple(made), 1.0, 0.01)], device, home, bucket=400)
        for number in range(5):
            for parameter in made:
                parameter.grad = torch.full_like(parameter, 1.0 + number)
            stepper.param_groups[0]["lr"] = 1e-3
            stepper.step()
        found.append(torch.cat([parameter.detach().cpu().float() for parameter in made]))
    torch.testing.assert_close(*found, rtol=1e-2, atol=1e-6)


def _again_over(learned, optimizer: str):  # type: ignore[no-untyped-def]
    """A stepper that begins with the weights as they are now."""
    from redheart.config.train import TrainSection
    from redheart.training.run.optimizers import build_stepper

    groups = [ParameterGroup(tuple(g["names"]), tuple(g["params"]), 1.0, 0.0) for g in learned.stepper.param_groups]
    settings = TrainSection.model_validate({"optimizer": optimizer, "precision": "bfloat16"})
    return build_stepper(groups, settings, CPU)
