"""Weights read straight from files, and converted ones, into chunks."""

import os

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from nets import raw
from safetensors.torch import save_file

from redheart.errors import CheckpointError
from redheart.memory.weights.converted import ConvertingSource
from redheart.memory.weights.layout import TensorSpec, lay_out
from redheart.memory.weights.stored import DirectSource, Wanted
from redheart.types.weights import StoredWeights

STATE = {
    "big": torch.arange(3000, dtype=torch.float32).reshape(30, 100),
    "half": torch.linspace(0, 1, 70).to(torch.bfloat16),
    "count": torch.tensor(7),
    "none": torch.zeros(0, 3),
    "flags": torch.tensor([True, False, True]),
    "last": torch.arange(700, dtype=torch.float64),
}


def specs(state, aliases=None):
    return [
        TensorSpec(name, str(t.dtype)[6:], tuple(t.shape), t.nbytes, (aliases or {}).get(name, ()))
        for name, t in state.items()
    ]


def wanted(state=None, chunk_bytes=4096, aliases=None, ignored=()):
    return Wanted("net", lay_out(specs(STATE if state is None else state, aliases), chunk_bytes), frozenset(ignored))


def direct(want, *files, **options):
    return DirectSource(want, StoredWeights("x", dict, files, **options))


def converting(want, state, check=lambda: None):
    return ConvertingSource(want, StoredWeights("x", lambda: iter(list(state.items())), check=check))


def read_all(source, chunks=None):
    """Chunk -> its bytes."""
    layout = source.wanted.layout
    chunks = range(len(layout.chunks)) if chunks is None else chunks
    memory = {chunk: bytearray(layout.chunk_bytes[chunk]) for chunk in chunks}
    with source.reading(chunks) as read:
        for chunk in chunks:
            read(chunk, memoryview(memory[chunk]))
    return memory


def tensors_in(source, memory):
    """Name -> raw bytes, of the chunks that were read."""
    places = [place for place in source.wanted.layout.places() if place.chunk in memory]
    return {place.spec.name: bytes(memory[place.chunk][place.offset : place.end]) for place in places}


EXPECTED = {name: raw(tensor) for name, tensor in STATE.items()}


@pytest.fixture
def path(tmp_path):
    save_file(STATE, tmp_path / "net.safetensors")
    return tmp_path / "net.safetensors"


@settings(max_examples=40, deadline=None)
@given(order=st.permutations(list(STATE)), chunk_bytes=st.sampled_from([256, 2048, 8192, 10**6]), direct_=st.booleans())
def test_every_chunk_holds_the_bits_of_its_tensors_in_whatever_order_they_are_stored(
    tmp_path_factory, order, chunk_bytes, direct_
):
    want = wanted({name: STATE[name] for name in order}, chunk_bytes)
    if direct_:
        path = tmp_path_factory.getbasetemp() / "order.safetensors"
        save_file(STATE, path)
        source = direct(want, path)
    else:
        source = converting(want, STATE)
    assert tensors_in(source, read_all(source)) == EXPECTED


def test_one_chunk_is_read_without_the_others(path, monkeypatch):
    source, read = direct(wanted(), path), []
    monkeypatch.setattr(os, "preadv", lambda *args, real=os.preadv: read.append(real(*args)) or read[-1])
    assert tensors_in(source, read_all(source, [2])) == {"last": EXPECTED["last"]}
    assert sum(read) == STATE["last"].nbytes


def test_neighbours_in_file_and_chunk_are_one_read(tmp_path, monkeypatch):
    state = {f"t{index}": torch.full((64,), float(index)) for index in range(8)}  # 256 bytes each: no gaps
    save_file(state, tmp_path / "net.safetensors")
    source, calls = direct(wanted(state), tmp_path / "net.safetensors"), []
    monkeypatch.setattr(os, "preadv", lambda *args, real=os.preadv: calls.append(len(args[1])) or real(*args))
    read_all(source)
    assert calls == [1]


@pytest.mark.parametrize("slice_bytes", [1, 100, 4096])
def test_slices_in_several_threads_join_without_a_seam(path, monkeypatch, slice_bytes):
    monkeypatch.setattr("redheart.memory.weights.stored.SLICE_BYTES", slice_bytes)
    monkeypatch.setattr("redheart.memory.weights.stored.MOST_BUFFERS", 2)
    state = {name: STATE[name][:3] if STATE[name].dim() else STATE[name] for name in STATE}
    save_file(state, path)
    source = direct(wanted(state), path)
    assert tensors_in(source, read_all(source)) == {name: raw(tensor) for name, tensor in state.items()}


def test_short_reads_are_gone_on_with(path, monkeypatch):
    def few(handle, buffers, offset, *flags, real=os.preadv):
        return real(handle, [next(buffer for buffer in buffers if len(buffer))[:99]], offset, *flags)

    monkeypatch.setattr(os, "preadv", few)
    source = direct(wanted(), path)
    assert tensors_in(source, read_all(source)) == EXPECTED


def test_what_the_cache_does_not_hold_is_waited_for(path, monkeypatch):
    def cold(handle, buffers, offset, flags=0, real=os.preadv):
        if flags:
            raise BlockingIOError(11, "not in the cache")
        return real(handle, buffers, offset)

    monkeypatch.setattr(os, "preadv", cold)
    source = direct(wanted(), path)
    assert tensors_in(source, read_all(source)) == EXPECTED


def test_tensors_of_several_files_under_other_names_are_found(tmp_path):
    for file, names in (("1", ("big", "half", "last")), ("2", ("count", "none", "flags"))):
        save_file({f"model.{name}": STATE[name] for name in names}, tmp_path / file)
    names = {name: f"model.{name}" for name in STATE}
    source = direct(wanted(), tmp_path / "1", tmp_path / "2", stored_names=names)
    assert tensors_in(source, read_all(source)) == EXPECTED


@pytest.mark.parametrize("kind", [direct, converting])
def test_tied_weights_are_found_under_any_one_of_their_names(tmp_path, kind):
    want = wanted(aliases={"big": ("tied", "tied.too")})
    state = {"tied": STATE["big"]} | {name: STATE[name] for name in STATE if name != "big"}
    save_file(state, tmp_path / "net.safetensors")
    source = direct(want, tmp_path / "net.safetensors") if kind is direct else converting(want, state)
    assert tensors_in(source, read_all(source)) == EXPECTED


@pytest.mark.parametrize("kind", [direct, converting])
def test_missing_and_unexpected_weights_are_named_and_constants_are_not(tmp_path, kind):
    state = {("bog" if name == "big" else name): tensor for name, tensor in STATE.items()} | {"ids": torch.arange(3)}
    save_file(state, tmp_path / "net.safetensors")
    want = wanted(ignored=["ids"])
    source = direct(want, tmp_path / "net.safetensors") if kind is direct else converting(want, state)
    with pytest.raises(CheckpointError, match=r"weights of 'net': missing 'big'; unexpected 'bog'\. Restore"):
        read_all(source)


@pytest.mark.parametrize("kind", [direct, converting])
@pytest.mark.parametrize("wrong", [torch.zeros(30, 99), torch.zeros(30, 100, dtype=torch.float16)])
def test_weights_of_another_shape_or_format_are_refused(tmp_path, kind, wrong):
    state = STATE | {"big": wrong}
    save_file(state, tmp_path / "net.safetensors")
    source = direct(wanted(), tmp_path / "net.safetensors") if kind is direct else converting(wanted(), state)
    with pytest.raises(CheckpointError, match=r"'big' is \(30, .*torch\..* expected \(30, 100\) torch\.float32"):
        read_all(source)


def test_files_are_checked_before_the_first_read_and_when_they_have_changed(path):
    checks = []
    source = direct(wanted(), path, check=lambda: checks.append("check"))
    assert checks == []
    read_all(source)
    read_all(source, [0])
    assert checks == ["check"]
    os.utime(path, ns=(1, 1))
    read_all(source)
    assert checks == ["check", "check"]


def test_refused_file_is_not_read(path, monkeypatch):
    def refuse():
        raise CheckpointError("'net.safetensors' is another")

    monkeypatch.setattr(os, "preadv", lambda *args: pytest.fail("it was read"))
    with pytest.raises(CheckpointError, match="is another"):
        read_all(direct(wanted(), path, check=refuse))


def test_nothing_is_touched_before_a_chunk_is_read(tmp_path):
    never = direct(wanted(), tmp_path / "none", check=lambda: pytest.fail("it was checked"))
    with never.reading([0, 1]):
        pass
    with converting(wanted(), {}, check=lambda: pytest.fail("it was checked")).reading([0]):
        pass


def test_file_that_changes_while_it_is_read_is_refused(path):
    source = direct(wanted(), path)
    with pytest.raises(CheckpointError, match=r"net\.safetensors' changed while it was read"), source.reading([0]) as r:
        r(0, memoryview(bytearray(source.wanted.layout.chunk_bytes[0])))
        os.utime(path, ns=(1, 1))


def test_file_that_ends_too_early_is_named(path, monkeypatch):
    source = direct(wanted(), path)
    monkeypatch.setattr(os, "preadv", lambda *args: 0)
    with pytest.raises(CheckpointError, match=r"net\.safetensors' ends at byte \d+, \d+ too early"):
        read_all(source)


def test_truncated_file_is_refused_by_its_header(path):
    os.truncate(path, path.stat().st_size - 5)
    with pytest.raises(CheckpointError, match="its header speaks of"):
        read_all(direct(wanted(), path))


def test_error_of_the_disk_is_told_with_the_file(path, monkeypatch):
    def broken(*args):
        raise OSError(5, "Input/output error")

    source = direct(wanted(), path)
    monkeypatch.setattr(os, "preadv", broken)
    with pytest.raises(CheckpointError, match=r"net\.safetensors' cannot be read \(Input/output error\)"):
        read_all(source)


def test_chunk_that_is_not_accepted_is_refused(path):
    def refuse(chunk, memory):
        raise CheckpointError(f"chunk {chunk} of {len(memory)} bytes is damaged")

    source = DirectSource(wanted(), StoredWeights("x", dict, (path,)), refuse)
    with pytest.raises(CheckpointError, match="chunk 2 of 5600 bytes is damaged"):
        read_all(source, [2])


def test_conversion_holds_one_tensor_at_a_time_when_they_come_in_order():
    living = []

    def one_by_one():
        import weakref

        for name, tensor in STATE.items():
            copy = tensor.clone()
            living.append(weakref.ref(copy))
            yield name, copy
            del copy
            assert sum(ref() is not None for ref in living) <= 1

    source = ConvertingSource(wanted(), StoredWeights("x", one_by_one))
    assert tensors_in(source, read_all(source)) == EXPECTED


def test_conversion_brings_only_the_chunks_that_are_asked_for():
    source = converting(wanted(), STATE)
    last = len(source.wanted.layout.chunks) - 1
    assert tensors_in(source, read_all(source, [last]))["last"] == EXPECTED["last"]
    assert not source.separable


@pytest.mark.parametrize("kind", [direct, converting])
def test_name_too_many_is_refused_though_every_weight_is_there(tmp_path, kind):
    state = STATE | {"more": torch.zeros(2)}
    save_file(state, tmp_path / "net.safetensors")
    source = direct(wanted(), tmp_path / "net.safetensors") if kind is direct else converting(wanted(), state)
    with pytest.raises(CheckpointError, match="missing none; unexpected 'more'"):
        read_all(source)
