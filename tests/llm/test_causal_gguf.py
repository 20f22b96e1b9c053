"""The header of a GGUF file, and its numbers."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch

from redheart.errors import CheckpointError
from redheart.llm.causal_gguf_table import gguf_table
from redheart.llm.causal_tensors import read_tensor

if importlib.util.find_spec("gguf") is None:
    pytest.skip("gguf is absent: pip install 'redheart[gguf]'", allow_module_level=True)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two tensors behind metadata of every kind, a vocabulary among it."""
    from gguf import GGMLQuantizationType, GGUFWriter, quantize

    writer = GGUFWriter(tmp_path / "tiny.gguf", "llama")
    writer.add_token_list(["가", "b", "<end>"])
    writer.add_array("numbers", [1, 2, 3])
    writer.add_float32("small", 0.5)
    writer.add_bool("yes", True)
    writer.add_string("general.name", "한 이름")
    numbers = np.random.default_rng(0).standard_normal((6, 64), dtype=np.float32)
    writer.add_tensor("plain", numbers)
    kind = GGMLQuantizationType.Q8_0
    writer.add_tensor("packed", quantize(numbers, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return tmp_path / "tiny.gguf"


def test_places_and_numbers_are_those_of_the_reference_reader(file: Path) -> None:
    from gguf import GGUFReader, dequantize

    table = gguf_table(file)
    tensors = GGUFReader(file).tensors
    assert table.architecture == "llama" and list(table.tensors) == [tensor.name for tensor in tensors]
    for tensor in tensors:
        place = table.tensors[tensor.name]
        assert (place.offset, place.nbytes, place.shape) == (tensor.data_offset, tensor.n_bytes, (6, 64))
        expected = torch.from_numpy(dequantize(tensor.data, tensor.tensor_type).copy()).view(6, 64)
        assert torch.equal(read_tensor(place, torch.float32), expected)


@pytest.mark.parametrize("keep", [0, 3, 20, 60, 200, -40])
def test_a_file_that_was_cut_is_refused(file: Path, keep: int) -> None:
    file.write_bytes(file.read_bytes()[:keep])
    with pytest.raises(CheckpointError, match=r"tiny\.gguf' is no whole GGUF file"):
        gguf_table(file)


@pytest.mark.parametrize("at", range(0, 24, 4))
def test_a_header_that_was_damaged_is_refused(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at : at + 4] = b"\xff" * 4
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"tiny\.gguf' is no whole GGUF file"):
        gguf_table(file)
