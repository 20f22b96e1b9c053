"""A trained network as one safetensors file: flat tensor names, one header, a probe. Loading is strict, or refused."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from redheart.errors import CheckpointError, ConfigError
from redheart.nn.network import foreign, probe
from redheart.nn.network.header import NetworkFacts, NetworkHeader, TaughtTarget, parse_header, taught_targets
from redheart.nn.network.network import Network
from redheart.nn.network.preset import SentencePreset
from redheart.nn.network.tensor_file import save_whole

KEY: Final = "redheart"
_DTYPES: Final = {"F32": torch.float32, "BF16": torch.bfloat16}  # those of real numbers
_NAMED: Final = 3  # tensors that a message names at most


def write_network(path: Path, network: Network, facts: NetworkFacts) -> None:
    """Write one file, whole or not at all. What `facts.taught` does not know is left out: parts, readouts, projections.

    Raises CheckpointError: predictions that are no finite numbers, nothing taught, a disk that refuses.
    """
    path, facts = Path(path), NetworkFacts.model_validate(facts.model_dump())
    if facts.encoder.dim != network.encoder_dim:
        raise ValueError(f"the encoder has dimension {facts.encoder.dim}, the network {network.encoder_dim}")
    plan = _taught_plan(path, network, facts)
    whole = network.state_dict()
    state = {name: whole[name].detach() for name in plan.empty().state_dict()}
    stored = {name: value.to("cpu").contiguous() for name, value in state.items()}
    header = NetworkHeader(
        preset=network.preset,
        encoder=facts.encoder,
        parts=plan.parts,
        facts=facts,
        weights_sha256=weights_digest(sorted(stored.items())),
        probe=probe.measured(plan.filled(probe.in_float32(stored)), network.encoder_dim),
    )
    _write_whole(path, stored, header.sealed())


def read_header(path: Path) -> NetworkHeader:
    """The header alone; no tensor is read. Raises CheckpointError for whatever is no whole network of ours."""
    with _opened(Path(path)) as file:
        return _header(Path(path), file)


def tensors(path: Path) -> Iterator[tuple[str, Tensor]]:
    """(name, tensor) one after another, sorted by name, each read as it is asked for. Raises CheckpointError."""
    with _opened(Path(path)) as file:
        _header(Path(path), file)
        for name in sorted(file.keys()):
            yield name, file.get_tensor(name).clone()


def load_network(path: Path) -> tuple[Network, NetworkHeader]:
    """The network on CPU, in eval mode, in the precision it was stored in, with its header.

    Raises CheckpointError unless every tensor is there and no other, in its shape, of the recorded bytes, and the
    probe reproduces to 1e-3 in float32.
    """
    network, header, _ = _load(Path(path))
    return network, header


def verify_network(path: Path) -> dict[str, str]:
    """What was checked: header, weights, probe, every module -> what was found. Raises CheckpointError."""
    network, header, off = _load(Path(path))
    outputs = sum(len(targets) for targets in header.probe.values())
    return {
        "header": header.header_sha256,
        "weights": header.weights_sha256,
        "probe": f"{_number(outputs, 'target')} of {_number(len(header.parts), 'part')}, off by at most {off:.1e}",
        **{name: _counted(module.state_dict().values()) for name, module in network.named_modules_of_plan().items()},
    }


def weights_digest(named: Iterable[tuple[str, Tensor]]) -> str:
    """SHA-256 over name, dtype, shape and bytes of tensors, as they come: sort them by name first."""
    digest = hashlib.sha256()
    for name, value in named:
        digest.update(f"{name}\n{value.dtype}\n{tuple(value.shape)}\n".encode())
        # Of a tensor without dimensions there is no view as bytes.
        digest.update(value.detach().contiguous().reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()


def _load(path: Path) -> tuple[Network, NetworkHeader, float]:
    header = read_header(path)
    plan, network = _planned(path, header)
    _refuse_other_tensors(path, network)
    state = dict(tensors(path))
    if (found := weights_digest(state.items())) != header.weights_sha256:
        raise CheckpointError(
            f"'{path}': the SHA-256 of its tensors is '{found[:12]}…', its header says "
            f"'{header.weights_sha256[:12]}…'. Restore the file."
        )
    plain = plan.filled(probe.in_float32(state))
    off = probe.deviation(plain, header.encoder.dim, header.probe, f"'{path}'")
    network.load_state_dict(state, strict=True, assign=True)
    return network.eval(), header, off


@dataclass(frozen=True, slots=True)
class _Plan:
    """What decides the tensors of a network."""

    preset: SentencePreset
    dim: int
    parts: dict[str, dict[str, TaughtTarget]]

    def empty(self) -> Network:
        """Without values. Raises ConfigError if this version has no such part, target or output."""
        outputs = {name: target.outputs for by_target in self.parts.values() for name, target in by_target.items()}
        with torch.device("meta"):
            return Network(self.preset, self.dim, list(self.parts), outputs)

    def filled(self, state: dict[str, Tensor]) -> Network:
        """A network that shares the memory of `state`."""
        network = self.empty()
        network.load_state_dict(state, strict=True, assign=True)
        return network


def _taught_plan(path: Path, network: Network, facts: NetworkFacts) -> _Plan:
    outputs = {name: names for name, names in network.outputs.items() if facts.taught.get(name, 0) > 0}
    parts = {part: taught_targets(module.targets, outputs, facts.taught) for part, module in network.parts().items()}
    if not any(parts.values()):
        raise CheckpointError(f"'{path}': no part of the network was taught anything. Give data with labels.")
    return _Plan(
        network.preset, network.encoder_dim, {part: by_target for part, by_target in parts.items() if by_target}
    )


def _planned(path: Path, header: NetworkHeader) -> tuple[_Plan, Network]:
    """The network of a header without values. Raises CheckpointError if the header means something else today."""
    plan = _Plan(header.preset, header.encoder.dim, header.parts)
    mend = "Use the version of Red Heart that wrote the file, or train again."
    try:
        network = plan.empty()
    except ConfigError as error:
        raise CheckpointError(f"'{path}' holds what this version does not know: {error} {mend}") from error
    for part, by_target in header.parts.items():
        today = {name for name in network.parts()[part].targets if name in network.outputs}
        if today != set(by_target):
            raise CheckpointError(
                f"'{path}': '{part}' was taught {', '.join(by_target)}, today it has {', '.join(sorted(today))}. {mend}"
            )
        for name, target in by_target.items():
            if network.outputs[name] != target.outputs:
                raise CheckpointError(
                    f"'{path}': '{part}' was taught '{name}' with the outputs {', '.join(target.outputs)}, today they "
                    f"are {', '.join(network.outputs[name])}. {mend}"
                )
    return plan, network


def _refuse_other_tensors(path: Path, network: Network) -> None:
    """Raises CheckpointError naming tensors that are missing, extra, of another shape or dtype."""
    expected = network.state_dict()
    with _opened(path) as file:
        present = set(file.keys())
        _refuse_names("lacks", "Restore the file.", path, expected.keys() - present)
        _refuse_names("holds, as no part of its preset,", "Restore the file.", path, present - expected.keys())
        for name in sorted(present):
            _refuse_other_kind(path, name, file.get_slice(name), expected[name])


def _refuse_names(does: str, mend: str, path: Path, names: Collection[str]) -> None:
    if names:
        shown = ", ".join(f"'{name}'" for name in sorted(names)[:_NAMED])
        more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        raise CheckpointError(f"'{path}' {does} {shown}{more}. {mend}")


def _refuse_other_kind(path: Path, name: str, found: Any, expected: Tensor) -> None:
    """`found` is the file's slice: its shape and dtype are known before its bytes are read."""
    shape, dtype = tuple(found.get_shape()), found.get_dtype()
    if shape != tuple(expected.shape):
        raise CheckpointError(
            f"'{path}': '{name}' has the shape {shape}, its preset builds {tuple(expected.shape)}. Use the version of "
            "Red Heart that wrote the file, or train again."
        )
    if expected.is_floating_point() and dtype not in _DTYPES:
        raise CheckpointError(f"'{path}': '{name}' is stored as {dtype}, not as {' or '.join(_DTYPES)}. Train again.")


def _counted(values: Iterable[Tensor]) -> str:
    """How much a module holds."""
    sizes = [(prod(value.shape), value.element_size()) for value in values]
    numbers, nbytes = sum(count for count, _ in sizes), sum(count * size for count, size in sizes)
    return f"{_number(len(sizes), 'tensor')}, {_number(numbers, 'number')}, {nbytes:,} bytes"


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The safetensors file, whole. Raises CheckpointError for anything else."""
    foreign.refuse_no_file(path)
    try:
        foreign.refuse_pickle(path)
        with safe_open(path, framework="pt") as file:
            yield file
    except SafetensorError as error:
        raise CheckpointError(f"'{path}' is not a whole safetensors file ({error}). Restore the file.") from error
    except OSError as error:
        raise CheckpointError(f"'{path}' cannot be read ({error.strerror or error}).") from error


def _header(path: Path, file: Any) -> NetworkHeader:
    names = file.keys()
    foreign.refuse_nested(path, names)
    text = (file.metadata() or {}).get(KEY)
    if text is None:
        raise foreign.no_header(path, names)
    return parse_header(text, f"'{path}'")


def _write_whole(path: Path, stored: Mapping[str, Tensor], header: NetworkHeader) -> None:
    try:
        # One key alone: safetensors writes several in an order of the moment, and equal networks are equal bytes.
        save_whole(path, stored, {KEY: header.as_json()})
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"'{path}' cannot be written ({error}). Free some space, or choose --out.") from error
