"""The memory a training run needs, by module, predicted before any of it is allocated."""

from __future__ import annotations

from dataclasses import dataclass

from redheart.config.train import TrainSection
from redheart.nn.network.footprint.activations import Load, PassBytes, network_on_meta, pass_bytes
from redheart.nn.network.footprint.arrangement import WIDTH, state_bytes
from redheart.nn.network.network import Network
from redheart.nn.network.preset import Preset


@dataclass(frozen=True, slots=True)
class ModuleBytes:
    """One module of the plan; all but `state_ram` lie on the device."""

    parameters: int
    weights: int
    gradients: int
    state: int
    state_ram: int
    activations: int


@dataclass(frozen=True, slots=True)
class Footprint:
    """Bytes on the device, and beside it in RAM. On a machine without a GPU the device is RAM too."""

    modules: dict[str, ModuleBytes]
    average: int  # the moving average of the weights, if there is one
    batch: int  # sentence vectors
    work: int  # of the backward pass, beside what the forward pass keeps
    update_work: int  # of the optimizer, when activations are gone
    update_work_ram: int

    @property
    def weights(self) -> int:
        """In the run's precision."""
        return sum(module.weights for module in self.modules.values())

    @property
    def gradients(self) -> int:
        """In the run's precision."""
        return sum(module.gradients for module in self.modules.values())

    @property
    def state(self) -> int:
        """Of the optimizer, on the device."""
        return sum(module.state for module in self.modules.values())

    @property
    def activations(self) -> int:
        """Of one micro-batch."""
        return sum(module.activations for module in self.modules.values())

    @property
    def by_purpose(self) -> dict[str, int]:
        """What the device is filled with; 'total' is less than their sum, for passes and updates take turns."""
        return {
            "weights": self.weights,
            "gradients": self.gradients,
            "optimizer": self.state,
            "average": self.average,
            "activations": self.activations,
            "batch": self.batch,
            "backward work": self.work,
            "update work": self.update_work,
            "total": self.device,
            "in RAM": self.ram,
        }

    @property
    def fixed(self) -> int:
        """Whatever the micro-batch."""
        return self.weights + self.gradients + self.state + self.average

    @property
    def device(self) -> int:
        """The most that is filled at once: at the height of a backward pass, or of an update."""
        return self.fixed + max(self.batch + self.activations + self.work, self.update_work)

    @property
    def ram(self) -> int:
        """Filled beside the device."""
        return sum(module.state_ram for module in self.modules.values()) + self.update_work_ram


def training_footprint(
    preset: Preset, encoder_dim: int, settings: TrainSection, load: Load, cuda: bool = True
) -> Footprint:
    """What a run with these settings needs while it computes one micro-batch of `load`; allocates nothing.

    Not counted: the CUDA context, what the allocator cannot reuse, the losses themselves. For those is a reserve.
    """
    network = network_on_meta(preset, encoder_dim, settings.precision)
    return footprint_of(network, settings, load, counted_passes(network, settings, load, cuda))


def counted_passes(network: Network, settings: TrainSection, load: Load, cuda: bool) -> PassBytes:
    """`pass_bytes` as the settings have it: layers recomputed or kept, one pass or the two of R-Drop."""
    network.recompute = settings.gradient_checkpointing
    return pass_bytes(network, load, 2 if settings.r_drop else 1, cuda)


def footprint_of(network: Network, settings: TrainSection, load: Load, passes: PassBytes) -> Footprint:
    """The same for a network on the meta device whose passes were counted."""
    sizes = {name: [p.numel() for p in module.parameters()] for name, module in network.named_modules_of_plan().items()}
    every = [count for counts in sizes.values() for count in counts]
    whole = state_bytes(every, settings.optimizer, settings.precision)
    return Footprint(
        modules={name: _module(counts, settings, passes.modules.get(name, 0)) for name, counts in sizes.items()},
        average=4 * sum(every) if settings.ema else 0,
        batch=load.documents * load.sentences * network.encoder_dim * 4,
        work=passes.work,
        update_work=whole.device_work,
        update_work_ram=whole.ram_work,
    )


def _module(sizes: list[int], settings: TrainSection, activations: int) -> ModuleBytes:
    weights = WIDTH[settings.precision] * sum(sizes)
    states = state_bytes(sizes, settings.optimizer, settings.precision)
    return ModuleBytes(sum(sizes), weights, weights, states.device, states.ram, activations)
