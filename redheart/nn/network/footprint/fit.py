"""Whether a run fits a memory budget: the largest micro-batch that does, and which settings would make it fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final, Self, get_args

from redheart.config.train import TrainSection
from redheart.errors import BudgetError
from redheart.nn.network.footprint.activations import Load, PassBytes, network_on_meta
from redheart.nn.network.footprint.arrangement import OptimizerName, Precision
from redheart.nn.network.footprint.footprint import Footprint, counted_passes, footprint_of
from redheart.nn.network.network import Network
from redheart.nn.network.preset import Preset

MIB: Final = 2**20
#: Of a GPU's memory, for its driver, the CUDA context, and what an allocator cannot reuse.
RESERVE_MIB: Final = 1500
#: Share of the RAM that is free now which a run without a GPU may fill.
RAM_SHARE: Final = 0.6
_PROBES: Final = (1, 8)


@dataclass(frozen=True, slots=True)
class Room:
    """Where a run computes: bytes on the device, and in RAM beside it. Without a GPU, all of it is RAM."""

    device: int
    ram: int
    cuda: bool

    def holds(self, footprint: Footprint) -> bool:
        """True if the run fits."""
        return self.missing(footprint) <= 0

    def missing(self, footprint: Footprint) -> int:
        """Bytes that are too few; negative: bytes that are left."""
        if self.cuda:
            return max(footprint.device - self.device, footprint.ram - self.ram)
        return footprint.device + footprint.ram - self.ram


@dataclass(frozen=True, slots=True)
class Data:
    """What a sample of the data is, at its largest."""

    sentences: int  # a document
    documents: int = 1  # a sample; 2 where there are pairs


def room(budget_mib: float, cuda: bool) -> Room:
    """A GPU of this budget less the reserve with all RAM, or without a GPU a share of the RAM that is free."""
    import psutil

    free = psutil.virtual_memory().available
    if cuda:
        return Room(max(0, int((budget_mib - RESERVE_MIB) * MIB)), free, True)
    return Room(0, int(free * RAM_SHARE), False)


def largest_micro_batch(network: Network, settings: TrainSection, data: Data, most: int, where: Room) -> int:
    """The largest power of two that fits, or `most` samples if those do. Raises BudgetError if not one does.

    `network` may lie anywhere: only its preset, parts, outputs and its encoder's dimension are looked at.
    """
    return Fitter.of(network, data, where).largest(settings, most)


class Fitter:
    """Predicts many settings of one network; every pass is counted once."""

    def __init__(
        self, preset: Preset, encoder_dim: int, data: Data, where: Room, parts: tuple[str, ...] | None = None
    ) -> None:
        self.preset, self.encoder_dim, self.data, self.where, self.parts = preset, encoder_dim, data, where, parts
        self._outputs: Mapping[str, Sequence[str]] | None = None
        self._networks: dict[str, Network] = {}
        self._counts: dict[tuple[str, bool, bool, int], PassBytes] = {}

    @classmethod
    def of(cls, network: Network, data: Data, where: Room) -> Self:
        """Of a network as it is built: readouts of what nobody teaches take nothing."""
        fitter = cls(network.preset, network.encoder_dim, data, where, tuple(network.parts()))
        fitter._outputs = network.outputs
        return fitter

    def footprint(self, settings: TrainSection, samples: int) -> Footprint:
        """Of a micro-batch of so many samples."""
        load = Load(samples * self.data.documents, self.data.sentences)
        return self._footprint(settings, load, self._counted(settings, load.documents))

    def largest(self, settings: TrainSection, most: int) -> int:
        """The largest power of two that fits, or `most` samples if those do. Raises BudgetError if not one does."""
        powers: list[int] = [1 << power for power in range(most.bit_length()) if 1 << power < most]
        if self._fits_bare(settings):
            for samples in [most, *reversed(powers)]:
                if self.where.holds(self._extended(settings, samples)):
                    return samples
        raise BudgetError(self._refusal(settings))

    def mends(self, settings: TrainSection, samples: int, most: int = 3) -> list[tuple[TrainSection, Footprint]]:
        """Settings with which so many samples do fit: fewest changes first, and no change that is not needed."""
        found: list[tuple[TrainSection, Footprint]] = []
        for changed in _neighbours(settings):
            change = _differing(settings, changed)
            if any(_differing(settings, mend) <= change for mend, _ in found):
                continue
            if not self._fits_bare(changed):
                continue
            footprint = self.footprint(changed, samples)
            if self.where.holds(footprint):
                found.append((changed, footprint))
            if len(found) == most:
                break
        return found

    def _refusal(self, settings: TrainSection) -> str:
        missing = self.where.missing(self.footprint(settings, 1)) / MIB
        mends = [changes(settings, mend) for mend, _ in self.mends(settings, 1)]
        advice = "Give " + ", or ".join(mends) if mends else "Choose a smaller --preset, or more memory"
        return f"preset '{self.preset.name}' misses {missing:,.0f} MiB to learn from one sample at a time. {advice}."

    def _fits_bare(self, settings: TrainSection) -> bool:
        """Whether that fits which is there whatever the micro-batch: it needs no counting, and rules most out."""
        return self.where.holds(self._footprint(settings, Load(0, 0), PassBytes({}, 0)))

    def _extended(self, settings: TrainSection, samples: int) -> Footprint:
        """`footprint` along the straight line through two counts: what passes keep grows in step with documents."""
        load = Load(samples * self.data.documents, self.data.sentences)
        few, more = (self._counted(settings, probe) for probe in _PROBES)
        modules = {name: _line(few.modules[name], more.modules[name], load.documents) for name in few.modules}
        return self._footprint(settings, load, PassBytes(modules, _line(few.work, more.work, load.documents)))

    def _footprint(self, settings: TrainSection, load: Load, passes: PassBytes) -> Footprint:
        return footprint_of(self._network(settings.precision), settings, load, passes)

    def _counted(self, settings: TrainSection, documents: int) -> PassBytes:
        key = (settings.precision, settings.gradient_checkpointing, bool(settings.r_drop), documents)
        if key not in self._counts:
            load = Load(documents, self.data.sentences)
            self._counts[key] = counted_passes(self._network(settings.precision), settings, load, self.where.cuda)
        return self._counts[key]

    def _network(self, precision: Precision) -> Network:
        if precision not in self._networks:
            network = network_on_meta(self.preset, self.encoder_dim, precision, self.parts, self._outputs)
            self._networks[precision] = network
        return self._networks[precision]


def changes(asked: TrainSection, mend: TrainSection) -> str:
    """How a mend differs from what was asked, as flags."""
    flags = []
    if mend.gradient_checkpointing != asked.gradient_checkpointing:
        flags.append("--gradient-checkpointing")
    if mend.precision != asked.precision:
        flags.append(f"--precision {mend.precision}")
    if mend.optimizer != asked.optimizer:
        flags.append(f"--optimizer {mend.optimizer}")
    return " ".join(flags)


def _neighbours(settings: TrainSection) -> Iterator[TrainSection]:
    """Settings that need less memory somewhere, by how many changes they are away."""
    options = [
        settings.model_copy(update={"gradient_checkpointing": again, "precision": precision, "optimizer": optimizer})
        for precision, optimizer, again in product(get_args(Precision), get_args(OptimizerName), (False, True))
        if again >= settings.gradient_checkpointing
    ]
    yield from sorted(options, key=lambda each: len(_differing(settings, each)))


def _differing(one: TrainSection, other: TrainSection) -> set[tuple[str, object]]:
    fields = ("gradient_checkpointing", "precision", "optimizer")
    return {(field, getattr(other, field)) for field in fields if getattr(one, field) != getattr(other, field)}


def _line(few: int, more: int, documents: int) -> int:
    """The straight line through both counts, at so many documents."""
    low, high = _PROBES
    return max(0, round(few + (more - few) * (documents - low) / (high - low)))
