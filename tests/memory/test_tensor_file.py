"""The header of a safetensors file."""

import json

import pytest
import torch
from safetensors.torch import load_file, save_file

from redheart.errors import CheckpointError
from redheart.memory.weights.tensor_file import DTYPES, header_bytes, read_tensor_file


def entry(begin, end, shape, dtype="U8"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def file_with(path, header, data_bytes):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(data_bytes))
    return path


def test_tensors_lie_where_the_header_says(tmp_path):
    state = {"b": torch.arange(5), "a": torch.ones(2, 3, dtype=torch.bfloat16), "none": torch.zeros(0, 4)}
    save_file(state, tmp_path / "some.safetensors", {"made": "here"})
    file, content = read_tensor_file(tmp_path / "some.safetensors"), (tmp_path / "some.safetensors").read_bytes()
    assert file.metadata == {"made": "here"}
    for name, stored in file.tensors.items():
        assert (f"torch.{stored.dtype}", stored.shape) == (str(state[name].dtype), tuple(state[name].shape))
        assert content[stored.offset :][: stored.nbytes] == bytes(state[name].reshape(-1).view(torch.uint8).tolist())


def test_every_number_format_is_the_one_that_torch_knows_by_that_name(tmp_path):
    state = {code: torch.zeros(3, dtype=getattr(torch, name)) for code, (name, _) in DTYPES.items()}
    save_file(state, tmp_path / "all.safetensors")
    for code, stored in read_tensor_file(tmp_path / "all.safetensors").tensors.items():
        assert (stored.dtype, stored.nbytes) == (DTYPES[code][0], 3 * DTYPES[code][1])
        assert state[code].itemsize == DTYPES[code][1]


def test_written_header_is_read_by_others_and_ends_at_a_page(tmp_path):
    header = header_bytes({"x": ("float32", (2,), 8), "y": ("int64", (), 8)}, {"k": "v"})
    (tmp_path / "own.safetensors").write_bytes(header + bytes(16))
    assert len(header) % 4096 == 0
    assert {name: tuple(tensor.shape) for name, tensor in load_file(tmp_path / "own.safetensors").items()} == {
        "x": (2,),
        "y": (),
    }


@pytest.mark.parametrize(
    ("header", "data_bytes", "why"),
    [
        ({"a": entry(0, 4, [4]), "b": entry(5, 6, [1])}, 6, "a tensor begins at byte"),
        ({"a": entry(0, 4, [4]), "b": entry(2, 6, [4])}, 6, "a tensor begins at byte"),
        ({"a": entry(0, 4, [4])}, 9, "its header speaks of"),
        ({"a": entry(0, 4, [4])}, 3, "its header speaks of"),
        ({"a": entry(0, 4, [5])}, 4, r"4 bytes for \(5,\) uint8"),
        ({"a": entry(0, 4, [-2, -2])}, 4, r"4 bytes for \(-2, -2\)"),
        ({"a": entry(0, 4, [1], "Q4")}, 4, "unknown dtype 'Q4'"),
        ({"a": {"dtype": "U8"}}, 4, "its header cannot be read"),
        (b"[1, 2]", 0, "its header cannot be read"),
        (b"no json", 0, "its header cannot be read"),
    ],
)
def test_header_that_breaks_a_rule_is_refused(tmp_path, header, data_bytes, why):
    path = file_with(tmp_path / "bad.safetensors", header, data_bytes)
    with pytest.raises(CheckpointError, match=rf"bad\.safetensors' is not a whole safetensors file .*{why}"):
        read_tensor_file(path)


@pytest.mark.parametrize("content", [b"", b"short", (10**9).to_bytes(8, "little"), (9).to_bytes(8, "little") + b"{}"])
def test_file_too_short_for_its_header_is_refused(tmp_path, content):
    (tmp_path / "cut.safetensors").write_bytes(content)
    with pytest.raises(CheckpointError, match="does not fit"):
        read_tensor_file(tmp_path / "cut.safetensors")


def test_missing_file_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"none\.safetensors' is missing"):
        read_tensor_file(tmp_path / "none.safetensors")
