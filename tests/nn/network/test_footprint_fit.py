"""What fits a budget, and what would make it fit."""

import pytest

from redheart.config.train import TrainSection
from redheart.errors import BudgetError
from redheart.nn.network.footprint.activations import Load
from redheart.nn.network.footprint.arrangement import state_bytes
from redheart.nn.network.footprint.fit import MIB, Data, Fitter, Room, changes, largest_micro_batch, room
from redheart.nn.network.footprint.footprint import training_footprint
from redheart.nn.network.preset import load_preset
from tests.nn.network.documents import DIM, preset, tiny


def gpu(mib: float, ram_mib: float = 2**20) -> Room:
    return Room(int(mib * MIB), int(ram_mib * MIB), True)


def settings(**changed: object) -> TrainSection:
    return TrainSection.model_validate(changed)


@pytest.mark.parametrize(
    ("optimizer", "precision", "device", "ram"),
    [
        ("adamw", "float32", 8, 0),
        ("adamw", "bfloat16", 12, 0),
        ("offloaded", "float32", 0, 12),
        ("offloaded", "bfloat16", 0, 12),
        ("adamw8bit", "float32", 2 + 8 / 256, 0),
        ("adamw8bit", "bfloat16", 4 + 8 / 256, 0),
    ],
)
def test_states_take_so_many_bytes_a_parameter(optimizer: str, precision: str, device: float, ram: float) -> None:
    count = 1_024_000
    states = state_bytes([count], optimizer, precision)  # type: ignore[arg-type]
    assert (states.device / count, states.ram / count) == (device, ram)


def test_the_total_is_fixed_bytes_and_the_higher_of_passes_and_update() -> None:
    footprint = training_footprint(preset(), DIM, settings(ema=0.99), Load(4, 4))
    parameters = sum(module.parameters for module in footprint.modules.values())
    assert footprint.fixed == (4 + 4 + 8 + 4) * parameters
    passes = footprint.batch + footprint.activations + footprint.work
    assert footprint.device == footprint.fixed + max(passes, footprint.update_work)
    assert footprint.by_purpose["total"] == footprint.device


def test_the_largest_micro_batch_fits_and_its_double_does_not() -> None:
    network, data = tiny(), Data(sentences=4)
    fitter = Fitter(network.preset, DIM, data, gpu(0))
    where = Room(fitter.footprint(settings(), 20).device, 0, True)
    found = largest_micro_batch(network, settings(), data, 64, where)
    assert found == 16
    assert where.holds(Fitter(network.preset, DIM, data, where).footprint(settings(), 16))


def test_no_more_samples_are_computed_at_once_than_an_update_has() -> None:
    assert largest_micro_batch(tiny(), settings(), Data(4), 24, gpu(4096)) == 24


def test_pairs_take_the_room_of_two() -> None:
    single, pairs = (Fitter(preset(), DIM, Data(4, documents), gpu(0)) for documents in (1, 2))
    assert pairs.footprint(settings(), 8).activations == single.footprint(settings(), 16).activations


def test_parts_that_are_not_taught_take_nothing() -> None:
    small = tiny(["head.regret"])
    where = gpu(4096)
    part = Fitter(small.preset, DIM, Data(4), where, tuple(small.parts())).footprint(settings(), 4)
    assert set(part.modules) == {"backbone", "head.regret"}


def test_full_learns_within_eight_gigabytes_in_eight_bits_or_with_states_in_ram() -> None:
    fitter = Fitter(load_preset("full"), 384, Data(4), gpu(8192 - 1500))
    mends = [changes(settings(), mend) for mend, _ in fitter.mends(settings(), 1)]
    assert mends == ["--optimizer offloaded", "--precision bfloat16 --optimizer adamw8bit"]


def test_what_cannot_fit_is_refused_with_what_is_missing_and_the_mend() -> None:
    fitter = Fitter(preset(), DIM, Data(4), gpu(0))
    needed = fitter.footprint(settings(), 1).device
    tight = Room(int(0.8 * needed), 2**40, True)
    with pytest.raises(BudgetError, match=r"misses \d+ MiB .* Give --"):
        largest_micro_batch(tiny(), settings(), Data(4), 64, tight)
    with pytest.raises(BudgetError, match=r"Choose a smaller --preset"):
        largest_micro_batch(tiny(), settings(), Data(4), 64, gpu(1, 1))


def test_states_in_ram_must_fit_the_ram() -> None:
    footprint = Fitter(preset(), DIM, Data(4), gpu(4096)).footprint(settings(optimizer="offloaded"), 1)
    assert gpu(4096).holds(footprint)
    assert not gpu(4096, ram_mib=8).holds(footprint)


def test_without_a_gpu_everything_shares_the_ram(monkeypatch: pytest.MonkeyPatch) -> None:
    class Free:
        available = 1000 * MIB

    monkeypatch.setattr("psutil.virtual_memory", lambda: Free)
    assert room(8192, cuda=False) == Room(0, 600 * MIB, False)
    assert room(8192, cuda=True) == Room((8192 - 1500) * MIB, 1000 * MIB, True)
    footprint = Fitter(preset(), DIM, Data(4), room(1, cuda=False)).footprint(settings(optimizer="offloaded"), 1)
    assert Room(0, footprint.device + footprint.ram, False).holds(footprint)
    assert not Room(0, footprint.device + footprint.ram - 1, False).holds(footprint)
