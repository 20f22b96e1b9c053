"""A network's file: what is written is what is read, and whatever else lies there is refused by name."""

import json
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from redheart.errors import CheckpointError
from redheart.nn.network import probe, tensor_file
from redheart.nn.network.checkpoint_file import (
    load_network,
    read_header,
    tensors,
    verify_network,
    weights_digest,
    write_network,
)
from redheart.nn.network.header import EncoderFacts, NetworkFacts, digest_of
from redheart.nn.network.network import Network
from redheart.nn.network.packed import Packed, groups_of
from redheart.nn.network.preset import load_preset
from redheart.nn.network.targets import TARGETS

DIM = 24
PARTS = ("head.emotion", "head.bentham", "head.regret", "analyzer.surd")
TAUGHT = {"emotion": 900, "factors": 40, "surd": 7}
ENCODER = EncoderFacts(name="hash", revision="1", dim=DIM, precision="float32")
FACTS = NetworkFacts(encoder=ENCODER, taught=TAUGHT, data={"a.jsonl": "ab" * 32}, run="c0ffee", step=12, epoch=3)


def network_of(seed: int = 0) -> Network:
    torch.manual_seed(seed)
    return Network(load_preset("tiny"), DIM, PARTS)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One network's file; tests change copies of it."""
    path = tmp_path_factory.mktemp("network") / "network.safetensors"
    write_network(path, network_of(), FACTS)
    return path


def texts() -> Packed:
    torch.manual_seed(1)
    return Packed(torch.randn(9, DIM), groups_of([0, 2, 3, 4]))


def parsed(path: Path) -> tuple[dict[str, Any], bytes]:
    """The JSON header of a safetensors file, and the bytes of its tensors."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def changed(path: Path, to: Path, change: Callable[[dict[str, Any]], None], seal: bool = False) -> Path:
    """A copy whose Red Heart header is changed; sealed, its own hash is made to agree."""
    outer, body = parsed(path)
    header = json.loads(outer["__metadata__"]["redheart"])
    change(header)
    if seal:
        header["header_sha256"] = digest_of(header)
    outer["__metadata__"]["redheart"] = json.dumps(header)
    text = json.dumps(outer).encode()
    to.write_bytes(struct.pack("<Q", len(text)) + text + body)
    return to


def drop(state: dict[str, Tensor], name: str) -> None:
    del state[name]


def restored(path: Path, to: Path, change: Callable[[dict[str, Tensor]], None], reseal: bool = False) -> Path:
    """A copy whose tensors are changed; the header stays, but for the hash of the weights where asked."""
    outer, _ = parsed(path)
    state, header = load_file(path), json.loads(outer["__metadata__"]["redheart"])
    change(state)
    if reseal:
        header["weights_sha256"] = weights_digest(sorted(state.items()))
        header["header_sha256"] = digest_of(header)
    save_file(state, to, metadata={"redheart": json.dumps(header)})
    return to


def test_a_reloaded_network_gives_the_same_outputs(written: Path) -> None:
    before, (after, _) = network_of().eval(), load_network(written)
    with torch.no_grad():
        expected, found = before(texts()), after(texts())
    assert set(found) == set(read_header(written).parts)
    for part, output in found.items():
        assert set(output.predictions) == set(expected[part].predictions) & TAUGHT.keys()
        for target, values in output.predictions.items():
            torch.testing.assert_close(values, expected[part].predictions[target], rtol=0, atol=0)


def test_what_is_written_is_every_tensor_of_what_was_taught_and_no_other(written: Path) -> None:
    network = network_of()
    untaught = [name for name, part in network.parts().items() if not TAUGHT.keys() & set(part.targets)]
    # Nobody who was taught reads the projection of regret.
    absent = (*(f"{part}." for part in untaught), "backbone.projections.regret.")
    readouts = tuple(f".readouts.{target}." for target in network.outputs if target not in TAUGHT)
    assert untaught == ["head.regret"]
    kept = {
        name
        for name in network.state_dict()
        if not name.startswith(absent) and not any(readout in name for readout in readouts)
    }
    assert set(load_file(written)) == kept
    assert not set(read_header(written).parts) & set(untaught)


def test_the_header_tells_what_taught_each_target_and_where_its_labels_come_from(written: Path) -> None:
    emotion = read_header(written).parts["head.emotion"]["emotion"]
    assert (emotion.entries, emotion.provenance) == (900, TARGETS["emotion"].provenance)
    assert emotion.outputs == TARGETS["emotion"].outputs
    assert read_header(written).facts == FACTS


def test_tensors_come_one_by_one_sorted_and_own_their_memory(written: Path) -> None:
    names = [name for name, _ in tensors(written)]
    assert names == sorted(load_file(written))
    assert weights_digest(tensors(written)) == read_header(written).weights_sha256


def test_only_the_outputs_that_were_taught_are_built_again(tmp_path: Path) -> None:
    torch.manual_seed(0)
    outputs = {"emotion": ("joy", "anger"), "factors": ("extent",)}
    network = Network(load_preset("tiny"), DIM, PARTS, outputs).eval()
    write_network(tmp_path / "a.safetensors", network, FACTS)
    loaded, header = load_network(tmp_path / "a.safetensors")
    assert loaded.outputs == network.outputs
    assert header.parts["head.emotion"]["emotion"].outputs == network.outputs["emotion"]
    torch.testing.assert_close(loaded.read(texts()), network.read(texts()), rtol=0, atol=0)


def test_a_network_in_bfloat16_reproduces_and_stays_in_bfloat16(tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    write_network(path, network_of().bfloat16(), FACTS)
    network, _ = load_network(path)
    assert {value.dtype for value in network.parameters()} == {torch.bfloat16}


def test_writing_leaves_the_network_as_it_was(tmp_path: Path) -> None:
    network = network_of().train()
    before, state = {k: v.clone() for k, v in network.state_dict().items()}, torch.get_rng_state()
    write_network(tmp_path / "a.safetensors", network, FACTS)
    assert network.training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(before[name], value) for name, value in network.state_dict().items())


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_who_may_read_a_file_follows_the_umask_and_nothing_else_is_left_beside_it(
    tmp_path: Path, umask: int, mode: int
) -> None:
    before = os.umask(umask)
    try:
        write_network(tmp_path / "a.safetensors", network_of(), FACTS)
    finally:
        os.umask(before)
    assert [path.name for path in tmp_path.iterdir()] == ["a.safetensors"]
    assert (tmp_path / "a.safetensors").stat().st_mode & 0o777 == mode


def test_a_disk_that_refuses_leaves_the_old_file_whole(
    written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.safetensors"
    path.write_bytes(written.read_bytes())

    def full(state: object, part: Path, metadata: object) -> None:
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tensor_file, "save_file", full)
    with pytest.raises(CheckpointError, match=r"cannot be written.*No space left"):
        write_network(path, network_of(1), FACTS)
    assert path.read_bytes() == written.read_bytes()
    assert [one.name for one in tmp_path.iterdir()] == ["a.safetensors"]


def test_weights_that_diverged_are_not_written(tmp_path: Path) -> None:
    network = network_of()
    with torch.no_grad():
        next(network.backbone.parameters()).fill_(torch.nan)
    with pytest.raises(CheckpointError, match=r"NaN or infinity.*not written"):
        write_network(tmp_path / "a.safetensors", network, FACTS)
    assert list(tmp_path.iterdir()) == []


def test_a_network_that_was_taught_nothing_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="taught anything"):
        write_network(tmp_path / "a.safetensors", network_of(), FACTS.model_copy(update={"taught": {"emotion": 0}}))


def test_a_nested_pickle_is_refused_without_running_it(tmp_path: Path) -> None:
    zipped, plain = tmp_path / "a.pt", tmp_path / "b.pkl"
    torch.save({"model_state": {"backbone": network_of().backbone.state_dict()}}, zipped)
    plain.write_bytes(pickle.dumps({"model_state": {}}))
    for path in (zipped, plain):
        with pytest.raises(CheckpointError, match="pickles are refused"):
            load_network(path)


@pytest.mark.parametrize("prefix", ["model_state", "module", "checkpoint.model_state"])
def test_a_nested_safetensors_file_is_refused_by_its_prefix(written: Path, tmp_path: Path, prefix: str) -> None:
    def nest(state: dict[str, Tensor]) -> None:
        for name in list(state):
            state[f"{prefix}.{name}"] = state.pop(name)

    path = restored(written, tmp_path / "nested.safetensors", nest)
    with pytest.raises(CheckpointError, match=rf"nested checkpoint: its tensors lie under '{prefix}\.', as in"):
        load_network(path)


def test_a_safetensors_file_of_somebody_else_is_refused(tmp_path: Path) -> None:
    save_file({"encoder.layer.0.weight": torch.zeros(2, 2)}, tmp_path / "a.safetensors")
    with pytest.raises(CheckpointError, match=r"without a header of Red Heart \(1 tensor, its first 'encoder"):
        read_header(tmp_path / "a.safetensors")


@pytest.mark.parametrize("left", [0, 4, 500, -1])
def test_a_truncated_file_is_refused(written: Path, tmp_path: Path, left: int) -> None:
    (tmp_path / "a.safetensors").write_bytes(written.read_bytes()[:left])
    with pytest.raises(CheckpointError, match="not a whole safetensors file"):
        load_network(tmp_path / "a.safetensors")


def test_one_flipped_bit_anywhere_in_the_tensors_is_refused(written: Path, tmp_path: Path) -> None:
    content, tensors_at = bytearray(written.read_bytes()), written.stat().st_size - len(parsed(written)[1])
    for place in np.random.default_rng(0).integers(tensors_at, len(content), 3):
        flipped = content.copy()
        flipped[place] ^= 1
        (tmp_path / "a.safetensors").write_bytes(flipped)
        with pytest.raises(CheckpointError, match="SHA-256 of its tensors is"):
            load_network(tmp_path / "a.safetensors")


def test_a_changed_header_is_refused(written: Path, tmp_path: Path) -> None:
    path = changed(written, tmp_path / "a.safetensors", lambda header: header["facts"].update(epoch=50))
    with pytest.raises(CheckpointError, match="header was changed after it was written"):
        read_header(path)


def test_a_file_of_a_newer_format_says_update(written: Path, tmp_path: Path) -> None:
    path = changed(written, tmp_path / "a.safetensors", lambda header: header.update(format="redheart-network-2"))
    with pytest.raises(CheckpointError, match="written by a newer Red Heart: format 'redheart-network-2'"):
        read_header(path)


def test_missing_and_extra_tensors_are_named(written: Path, tmp_path: Path) -> None:
    lost = sorted(load_file(written))[3]
    path = restored(written, tmp_path / "a.safetensors", lambda state: drop(state, lost))
    with pytest.raises(CheckpointError, match=f"lacks '{lost}'"):
        load_network(path)
    extra = {"backbone.more": torch.zeros(2)}
    path = restored(written, tmp_path / "b.safetensors", lambda state: state.update(extra))
    with pytest.raises(CheckpointError, match=r"holds, as no part of its preset, 'backbone\.more'"):
        load_network(path)


def test_a_preset_that_builds_other_shapes_names_the_tensor_with_both(written: Path, tmp_path: Path) -> None:
    name = next(name for name, value in sorted(load_file(written).items()) if value.dim() == 2)

    def grow(state: dict[str, Tensor]) -> None:
        state[name] = torch.zeros(len(state[name]) + 1, state[name].shape[1])

    with pytest.raises(CheckpointError, match=rf"'{name}' has the shape \(.*\), its preset builds \(.*\)"):
        load_network(restored(written, tmp_path / "a.safetensors", grow, reseal=True))


def test_tensors_in_another_precision_are_refused(written: Path, tmp_path: Path) -> None:
    def widen(state: dict[str, Tensor]) -> None:
        state.update({name: value.double() for name, value in state.items()})

    with pytest.raises(CheckpointError, match="is stored as F64"):
        load_network(restored(written, tmp_path / "a.safetensors", widen, reseal=True))


def test_weights_that_do_not_give_the_recorded_outputs_are_refused_even_if_hashes_agree(
    written: Path, tmp_path: Path
) -> None:
    def other(state: dict[str, Tensor]) -> None:
        strange = network_of(5).state_dict()
        state.update({name: strange[name] for name in state})

    with pytest.raises(CheckpointError, match="does not reproduce its probe of"):
        load_network(restored(written, tmp_path / "a.safetensors", other, reseal=True))


def test_nan_weights_never_pass_the_probe(written: Path, tmp_path: Path) -> None:
    def spoil(state: dict[str, Tensor]) -> None:
        name = next(name for name in sorted(state) if name.startswith("backbone.") and state[name].dim() == 2)
        state[name] = torch.full_like(state[name], torch.nan)

    with pytest.raises(CheckpointError, match="off by nan"):
        load_network(restored(written, tmp_path / "a.safetensors", spoil, reseal=True))


def test_a_target_that_means_something_else_today_is_refused(written: Path, tmp_path: Path) -> None:
    def turn(header: dict[str, Any]) -> None:
        header["parts"]["head.emotion"]["emotion"]["outputs"].reverse()

    with pytest.raises(CheckpointError, match=r"'head\.emotion' was taught 'emotion' with the outputs"):
        load_network(changed(written, tmp_path / "a.safetensors", turn, seal=True))


def test_a_folder_and_a_missing_file_say_what_to_name(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"is a folder.*without --checkpoint"):
        read_header(tmp_path)
    with pytest.raises(CheckpointError, match="is missing"):
        read_header(tmp_path / "none.safetensors")


def test_verifying_counts_every_module_and_names_the_hashes(written: Path) -> None:
    checked, header = verify_network(written), read_header(written)
    assert (checked["header"], checked["weights"]) == (header.header_sha256, header.weights_sha256)
    assert {"probe", "backbone", "head.emotion"} <= checked.keys()
    of_emotion = [value for name, value in load_file(written).items() if name.startswith("head.emotion.")]
    assert checked["head.emotion"].startswith(f"{len(of_emotion)} tensors, {sum(v.numel() for v in of_emotion):,} ")


def test_the_probe_is_the_same_anywhere() -> None:
    documents = probe.probe_documents(3)
    assert documents.groups == ((1, 0), (1, 1), (1, 2), (1, 5))
    expected = np.sqrt(2 / 3) * np.cos(1 * np.arange(1, 4) + np.arange(1, 4) / 7)
    np.testing.assert_allclose(documents.values[0], expected, rtol=1e-6)
