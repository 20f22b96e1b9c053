"""The files that a crossover mixes: where they come from, their tensors one by one, a place for the result."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from safetensors import SafetensorError, safe_open
from torch import Tensor

from redheart.errors import CheckpointError
from redheart.nn.network.checkpoint_file import read_header
from redheart.types.base import Frozen


class Origin(Frozen):
    """Files agree in it if their weights grew from one initialisation, and may be mixed."""

    preset: str
    run: str


class CrossoverFacts(Frozen):
    """What the recommended weights say of themselves."""

    strategy: str  # 'epoch' where no crossover was accepted
    epoch: int | None  # null where several epochs gave the weights
    sources: dict[str, tuple[int, ...]]  # module -> epochs, the greatest share first
    accepted: bool
    reason: str


class Tensors(Protocol):
    """One open file."""

    def names(self) -> tuple[str, ...]:
        """Sorted."""
        ...

    def shape(self, name: str) -> tuple[tuple[int, ...], str]:
        """Shape and dtype, without reading the tensor."""
        ...

    def tensor(self, name: str) -> Tensor:
        """Read now, and owned by the caller."""
        ...


class Checkpoints(Protocol):
    """Files of whole networks."""

    def origin(self, path: Path) -> Origin:
        """Raises CheckpointError for a file that is no network."""
        ...

    def opened(self, path: Path) -> AbstractContextManager[Tensors]:
        """Raises CheckpointError for a file that is no network."""
        ...

    def write(self, path: Path, weights: Mapping[str, Tensor], facts: CrossoverFacts) -> None:
        """Whole or not at all. `weights` makes each tensor as it is asked for: ask once."""
        ...


class SafetensorsFile:
    """Tensors of a safetensors file under their own names."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def names(self) -> tuple[str, ...]:
        """Sorted."""
        return tuple(sorted(self._file.keys()))

    def shape(self, name: str) -> tuple[tuple[int, ...], str]:
        """From the header of the file."""
        found = self._file.get_slice(name)
        return tuple(found.get_shape()), str(found.get_dtype())

    def tensor(self, name: str) -> Tensor:
        """A copy: the file's own may be a window on a file that is deleted later."""
        read: Tensor = self._file.get_tensor(name).clone()
        return read


@dataclass(frozen=True, slots=True)
class NetworkFiles:
    """Files that `redheart train` wrote. `writer` turns mixed weights into such a file."""

    writer: Callable[[Path, Mapping[str, Tensor], CrossoverFacts], None]

    def origin(self, path: Path) -> Origin:
        """From the header. Raises CheckpointError for a file that is no network."""
        header = read_header(path)
        return Origin(preset=header.preset.name, run=header.facts.run)

    def opened(self, path: Path) -> AbstractContextManager[Tensors]:
        """Raises CheckpointError if the file is missing or damaged."""
        return safetensors_opened(path)

    def write(self, path: Path, weights: Mapping[str, Tensor], facts: CrossoverFacts) -> None:
        """As `writer` does it."""
        self.writer(path, weights, facts)


@contextmanager
def safetensors_opened(path: Path) -> Iterator[SafetensorsFile]:
    """Raises CheckpointError if the file is missing or damaged."""
    # Opened outside of the `with`: an error of the caller's is not one of this file.
    try:
        file = safe_open(path, framework="pt")
    except SafetensorError as error:
        raise CheckpointError(f"'{path}' is not a whole safetensors file ({error}). Restore the file.") from error
    except OSError as error:
        raise CheckpointError(
            f"'{path}' cannot be read ({error.strerror or error}). Restore it, or train again."
        ) from error
    with file as entered:
        yield SafetensorsFile(entered)
