"""Brings weights that are converted while they are read, tensor by tensor, into the chunks that are asked for."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from redheart.memory.weights.layout import Place
from redheart.memory.weights.stored import Read, Wanted
from redheart.types.weights import StoredWeights

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(eq=False)
class ConvertingSource:
    """One pass over all tensors for each time of reading, however many chunks are asked for: not separable."""

    wanted: Wanted
    stored: StoredWeights
    separable: bool = field(default=False, init=False)

    @contextmanager
    def reading(self, chunks: Sequence[int]) -> Iterator[Read]:
        """Beside the chunks, memory holds one tensor; more only if tensors come in another order than their places.

        The pass goes to its end, so that names too many are refused as well.
        """
        passing = _Pass(self.wanted, self._tensors(), frozenset(chunks))
        try:
            yield passing.fill
            passing.finish()
        finally:
            passing.tensors.close()

    def _tensors(self) -> Generator[tuple[str, Tensor], None, None]:
        """Nothing is looked at before the first is asked for."""
        self.stored.check()
        yield from self.stored.read()


class _Pass:
    """Where one reading stands."""

    def __init__(
        self, wanted: Wanted, tensors: Generator[tuple[str, Tensor], None, None], chunks: frozenset[int]
    ) -> None:
        self.tensors = tensors
        self._wanted, self._chunks, self._begun = wanted, chunks, False
        self._places = {name: place for place in wanted.layout.places() for name in place.spec.names}
        self._seen: set[str] = set()
        self._early: dict[str, Tensor] = {}

    def fill(self, chunk: int, memory: memoryview) -> None:
        """Copy the chunk's tensors as they come; those of chunks not yet asked for are put by."""
        self._begun = True
        missing = {place.spec.name: place for place in self._wanted.layout.chunks[chunk]}
        for name in missing.keys() & self._early.keys():
            _copy(self._early.pop(name), missing.pop(name), memory)
        while missing:
            place, tensor = self._next()
            if place.spec.name in missing:
                _copy(tensor, missing.pop(place.spec.name), memory)
            elif place.chunk in self._chunks:
                self._early[place.spec.name] = tensor
        self._chunks -= {chunk}

    def finish(self) -> None:
        """Go through what nobody asked for, if the pass was begun. Raises CheckpointError for a wrong name or form."""
        if not self._begun:
            return
        while self._advance() is not None:
            pass
        self._wanted.refuse_others(self._seen)

    def _next(self) -> tuple[Place, Tensor]:
        found = self._advance()
        if found is None:
            self._wanted.refuse_others(self._seen)
            raise AssertionError("every name came, and some tensor did not")
        return found

    def _advance(self) -> tuple[Place, Tensor] | None:
        """The next tensor of a known name that did not come before; None at the end."""
        for name, tensor in self.tensors:
            place = self._places.get(name)
            again = place is not None and not self._seen.isdisjoint(place.spec.names)
            self._seen.add(name)
            if place is not None and not again:
                dtype = str(tensor.dtype).removeprefix("torch.")
                self._wanted.refuse_other_form(place.spec, dtype, tuple(tensor.shape))
                return place, tensor
        return None


def _copy(tensor: Tensor, place: Place, memory: memoryview) -> None:
    import torch

    if place.spec.nbytes:
        target = torch.frombuffer(memory[place.offset : place.end], dtype=tensor.dtype)
        target.view(tensor.shape).copy_(tensor)
