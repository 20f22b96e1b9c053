"""Whoever reads a weight that is on its way waits until it is in. Moves nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from torch import Tensor, nn

if TYPE_CHECKING:
    from _collections_abc import dict_items, dict_values

    from torch.utils.hooks import RemovableHandle

#: Longest wait for a chunk; its mover tells of every failure, so only a lost mover is that late.
PATIENCE_S: Final = 600.0
Entries = dict[str, Tensor | None]


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a module keeps one weight: `table` is '_parameters' or '_buffers' of `owner`."""

    owner: nn.Module
    table: str
    attribute: str
    keeps_lists: bool = False

    def put(self, tensor: Tensor) -> None:
        """Let the owner have another tensor there."""
        if self.keeps_lists:
            setattr(self.owner, self.attribute, tensor)
        else:
            self.owner.__dict__[self.table][self.attribute] = tensor

    def get(self) -> Tensor:
        """What is there now, on its way or not."""
        tensor: Tensor = dict.__getitem__(self.owner.__dict__[self.table], self.attribute)
        return tensor


def keeps_lists(owner: nn.Module) -> bool:
    """True where the owner has lists of weights beside its tables, and notices only assignments: torch's RNNs."""
    return type(owner).__setattr__ is not nn.Module.__setattr__


@dataclass(eq=False)
class _Coming:
    """A chunk on its way."""

    chunk: int
    settled: threading.Event = field(default_factory=threading.Event)
    error: BaseException | None = None


class Streaming:
    """Lets a module compute while chunks come. While none is expected, the module is as torch made it.

    Waiting is for a weight, not for a layer: a weight that another module reads is waited for as well.
    """

    def __init__(self, name: str, slots: Sequence[Sequence[Slot]]) -> None:
        """`slots`: of each chunk."""
        self._name, self._slots = name, slots
        self._coming: dict[int, _Coming] = {}
        self._gated: set[tuple[nn.Module, str]] = set()
        self._hooks: list[RemovableHandle] = []

    def expect(self, chunks: Iterable[int]) -> None:
        """These are on their way."""
        self._coming |= {chunk: _Coming(chunk) for chunk in chunks}
        before, self._hooks = self._hooks, []
        self._close_gates()  # the new ones first: at no moment may a weight that is awaited be read
        for hook in before:
            hook.remove()

    def arrived(self, chunks: Iterable[int]) -> None:
        """These are in; when none is awaited any more, nothing stands in the way of reading."""
        for chunk in chunks:
            if coming := self._coming.pop(chunk, None):
                coming.settled.set()
        if not self._coming:
            self._open_gates()

    def fail(self, error: BaseException, chunks: Iterable[int] | None = None) -> None:
        """These, or all that are on their way, will not come: who reads them gets `error`, until `forget_failures`."""
        for chunk in list(self._coming) if chunks is None else chunks:
            coming = self._coming.get(chunk)
            if coming is not None and not coming.settled.is_set():
                coming.error = error
                coming.settled.set()

    def forget_failures(self) -> None:
        """What failed is not awaited any more."""
        self.arrived([chunk for chunk, coming in self._coming.items() if coming.error is not None])

    def wait(self, coming: _Coming) -> None:
        """Until a chunk is in. Raises what kept it out; TimeoutError if nobody says anything."""
        if not coming.settled.wait(PATIENCE_S):
            raise TimeoutError(f"chunk {coming.chunk} of module '{self._name}' did not come within {PATIENCE_S:g} s")
        if coming.error is not None:
            raise coming.error

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _close_gates(self) -> None:
        tables: dict[tuple[nn.Module, str], dict[str, _Coming]] = {}
        lists: dict[nn.Module, list[_Coming]] = {}
        for coming in self._coming.values():
            for slot in self._slots[coming.chunk]:
                if slot.keeps_lists:
                    lists.setdefault(slot.owner, []).append(coming)
                else:
                    tables.setdefault((slot.owner, slot.table), {})[slot.attribute] = coming
        for (owner, table), awaited in tables.items():
            owner.__dict__[table] = _WaitingTable(owner.__dict__[table], awaited, self.wait)
        self._gated |= tables.keys()
        self._hooks = [owner.register_forward_pre_hook(self._hook(awaited)) for owner, awaited in lists.items()]

    def _open_gates(self) -> None:
        for owner, table in self._gated:
            owner.__dict__[table] = dict(dict.items(owner.__dict__[table]))
        for hook in self._hooks:
            hook.remove()
        self._gated, self._hooks = set(), []

    def _hook(self, awaited: Sequence[_Coming]) -> Callable[[nn.Module, Any], None]:
        def wait_for_all(module: nn.Module, inputs: Any) -> None:
            for coming in awaited:
                self.wait(coming)

        return wait_for_all


class _WaitingTable(Entries):
    """An owner's table of weights of which some are on their way: reading one waits for it, writing does not."""

    def __init__(self, entries: Entries, awaited: Mapping[str, _Coming], wait: Callable[[_Coming], None]) -> None:
        super().__init__(dict.items(entries))
        self._awaited, self._wait = awaited, wait

    def __getitem__(self, name: str) -> Tensor | None:
        if name in self._awaited:
            self._wait(self._awaited[name])
        return super().__getitem__(name)

    def get(self, name: str, default: Any = None) -> Any:
        """Waits if it is on its way."""
        return self[name] if name in self else default

    def items(self) -> dict_items[str, Tensor | None]:
        """Waits for all."""
        self._wait_for_all()
        return super().items()

    def values(self) -> dict_values[str, Tensor | None]:
        """Waits for all."""
        self._wait_for_all()
        return super().values()

    def _wait_for_all(self) -> None:
        for coming in self._awaited.values():
            self._wait(coming)
