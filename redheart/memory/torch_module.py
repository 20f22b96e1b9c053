"""A torch module as something that leaves fast memory chunk by chunk, and comes back bit for bit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from functools import partial

from torch import Tensor

from redheart.errors import CheckpointError
from redheart.memory.transfer import Block, Fill, Transfer
from redheart.memory.weights.arena import Arena, bytes_of
from redheart.memory.weights.arena_folder import ArenaFolder
from redheart.memory.weights.disk_master import DiskMaster
from redheart.memory.weights.stored import Read, Wanted
from redheart.memory.weights.streaming import Streaming
from redheart.stored_weights import some
from redheart.types.residency import Tier
from redheart.types.weights import HeldWeights


class TorchModule:
    """A `Swappable` and `Streamable` around an nn.Module; nothing is read of what is stored before the first load.

    Weights that are out are meta tensors, loaded ones views of a chunk's memory: eval mode, no gradients. Buffers that
    are not persistent are in no file and must be real from the start. What `mutable` names, parameters or buffers, is
    copied out and in again; nothing else may be written to. `folder` keeps a copy on disk of converted weights.
    """

    def __init__(
        self,
        held: HeldWeights,
        transfer: Transfer,
        mutable: Collection[str] = (),
        folder: ArenaFolder | None = None,
    ) -> None:
        """Raises ValueError for a constant that is a meta tensor, or a mutable name that is unknown."""
        self.name, self.priority, self.work_bytes = held.name, held.priority, held.work_bytes
        self.module = held.module.eval().requires_grad_(False)
        self._transfer = transfer
        self._arena = Arena(self.name, self.module, constants=transfer.tier is Tier.DEVICE)
        self.chunk_bytes = tuple(transfer.block_bytes(size) for size in self._arena.chunk_bytes)
        # A copy of weights that change would be one of how they happened to be.
        wanted = Wanted(self.name, self._arena.weights, self._arena.ignored)
        self._master = DiskMaster(wanted, held.stored, None if mutable else folder)
        self._streaming = Streaming(self.name, self._arena.slots())
        self._mutable = frozenset(mutable)
        self._changed: dict[str, Tensor] = {}
        self._blocks: dict[int, Block] = {}
        self._loaded: dict[int, int] = {}  # chunk -> version of its memory: torch counts what is written in place
        if unknown := self._mutable - self._arena.names() - self._arena.ignored:
            raise ValueError(f"module '{self.name}' has no {some(unknown)} that could be mutable")

    @property
    def separable(self) -> bool:
        """True if chunks are read one by one, from files that hold the bits as they are used."""
        return self._master.separable

    @property
    def not_kept(self) -> str | None:
        """Why no copy of converted weights is kept on disk; None if there is one, or will be after the first use."""
        return self._master.not_kept

    # -- Swappable ---------------------------------------------------------------------------------------------------

    def allocate(self, chunks: Sequence[int]) -> None:
        """Take memory for these chunks: all or none. Raises OutOfMemoryError; RuntimeError if one has memory."""
        self._refuse([chunk for chunk in chunks if chunk in self._blocks], "have memory already")
        self._streaming.forget_failures()
        taken: dict[int, Block] = {}
        try:
            for chunk in chunks:
                taken[chunk] = self._transfer.allocate(self._arena.chunk_bytes[chunk])
        except BaseException:
            for block in taken.values():
                self._transfer.free(block)
            raise
        self._blocks |= taken

    def load(self, chunks: Sequence[int]) -> None:
        """Fill allocated chunks. Raises CheckpointError; RuntimeError for a chunk without memory, or loaded already."""
        self._refuse([chunk for chunk in chunks if chunk not in self._blocks], "have no memory")
        self._refuse([chunk for chunk in chunks if chunk in self._loaded], "are loaded already")
        first = self._arena.first_weight
        if constants := [chunk for chunk in chunks if chunk < first]:
            self._fill(constants, self._arena.read_constants)
        if weights := [chunk - first for chunk in chunks if chunk >= first]:
            self._bring_weights(weights)
        for chunk in chunks:
            self._bind(chunk)
        self._streaming.arrived(chunks)
        if self.module.training:
            self.module.eval()

    def unload(self, chunks: Sequence[int]) -> None:
        """Give back the memory of these chunks; harmless for others. Copies out what is mutable, and nothing else.

        The first time that a converted module leaves, a copy of it is written to disk. Raises RuntimeError for memory
        that somebody still looks at; the chunks are out all the same.
        """
        if self._master.wants_copy and len(self._loaded) == len(self.chunk_bytes):
            self._keep_copy()
        errors = [error for chunk in chunks if chunk in self._blocks and (error := self._let_go(chunk))]
        self._streaming.fail(RuntimeError(f"chunks of '{self.name}' were given up while they were awaited"), chunks)
        if errors:
            raise errors[0]

    def retire(self) -> None:
        """Give everything back for good: no copy is kept anywhere but where there is one on disk already."""
        if self._master.wants_copy:
            self._master.keep_none("it was given up for good")
        try:
            self.unload(range(len(self.chunk_bytes)))
        finally:
            self._transfer.forget(self.name)

    # -- Streamable --------------------------------------------------------------------------------------------------

    def expect(self, chunks: Sequence[int]) -> None:
        """From now on whoever reads a weight of these chunks waits until `load` has filled it."""
        self._streaming.expect([chunk for chunk in chunks if chunk not in self._loaded])

    def fail(self, error: BaseException) -> None:
        """Those chunks will not come: whoever waits for one gets this error."""
        self._streaming.fail(error)

    # -- helpers -----------------------------------------------------------------------------------------------------

    def _bring_weights(self, chunks: Sequence[int]) -> None:
        try:
            self._master.bring(chunks, partial(self._fill_weights, chunks))
        except CheckpointError:
            self._transfer.forget(self.name)  # what was kept of a file that is not what it was is worth nothing
            raise

    def _fill_weights(self, chunks: Sequence[int], read: Read) -> None:
        first = self._arena.first_weight
        self._fill([first + chunk for chunk in chunks], lambda chunk, memory: read(chunk - first, memory))

    def _fill(self, chunks: Iterable[int], read: Read) -> None:
        self._transfer.fill([Fill(self.name, chunk, self._blocks[chunk], partial(read, chunk)) for chunk in chunks])

    def _bind(self, chunk: int) -> None:
        memory: Tensor = self._blocks[chunk].tensor
        self._arena.bind(chunk, memory)
        for name, slot in self._arena.named(chunk, self._mutable):
            if name in self._changed:
                slot.get().copy_(self._changed.pop(name))
        self._loaded[chunk] = memory._version

    def _let_go(self, chunk: int) -> Exception | None:
        """Unbind a chunk and give its memory back; the error if somebody still looks at it."""
        if chunk in self._loaded:
            for name, slot in self._arena.named(chunk, self._mutable):
                self._changed[name] = slot.get().detach().cpu().clone()
        self._arena.unbind(chunk)
        self._loaded.pop(chunk, None)
        try:
            self._transfer.free(self._blocks.pop(chunk))
        except Exception as error:  # told by the caller, once the other chunks are given back
            error.add_note(f"It was chunk {chunk} of module '{self.name}'.")
            return error
        return None

    def _keep_copy(self) -> None:
        """Only what was read may be kept: a weight that was written to in place is not the master's any more."""
        if any(self._blocks[chunk].tensor._version != version for chunk, version in self._loaded.items()):
            return self._master.keep_none("its weights were written to while they were in use")
        first = self._arena.first_weight
        self._master.keep(lambda chunk: bytes_of(self._blocks[first + chunk].tensor.cpu()))

    def _refuse(self, chunks: Sequence[int], complaint: str) -> None:
        if chunks:
            raise RuntimeError(f"chunks {chunks} of '{self.name}' {complaint}")
