"""How the optimizers lay their states out in memory: counted here, kept to by redheart/training/run/optimizers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

OptimizerName = Literal["adamw", "adamw8bit", "offloaded"]
Precision = Literal["float32", "bfloat16"]
WIDTH: Final[dict[Precision, int]] = {"float32": 4, "bfloat16": 2}

#: Elements whose float32 gradients, or copies on their way, exist at a time beside masters.
BUCKET: Final = 2**24
#: Numbers of 8 bits that share a scale; elements whose float32 moments exist at a time on a GPU, and elsewhere.
BLOCK: Final = 256
CHUNK: Final = 2**21
CACHED_CHUNK: Final = 2**16
#: Parameters of fewer elements (biases, norms) keep float32 moments: they weigh nothing, and are the most delicate.
SMALL: Final = 4096
#: Numbers of 4 bytes an element of a chunk that an 8-bit update works with.
CHUNK_NUMBERS: Final = 7


@dataclass(frozen=True, slots=True)
class StateBytes:
    """What an optimizer keeps on the device and in RAM, and what it works with beside that while it steps."""

    device: int
    ram: int
    device_work: int
    ram_work: int


def state_bytes(elements: Sequence[int], optimizer: OptimizerName, precision: Precision) -> StateBytes:
    """For parameters of so many elements each. Bytes a parameter, weights and gradients left out:

    adamw      float32 8    bfloat16 12 (a float32 master)
    offloaded  12 in RAM, none on the device
    adamw8bit  float32 2.03 bfloat16 4.03 (the master's lost bits)
    """
    if not elements:
        return StateBytes(0, 0, 0, 0)
    bucket = _largest_bucket(elements)
    if optimizer == "offloaded":
        # Two lanes, each with room for gradients and weights; float32 gradients where those are not.
        staging = 4 * bucket * WIDTH[precision] + (4 * bucket if precision == "bfloat16" else 0)
        return StateBytes(0, 12 * sum(elements), 0, staging)
    if optimizer == "adamw8bit":
        work = min(CHUNK, max(elements)) * CHUNK_NUMBERS * 4
        return StateBytes(sum(_eight_bit(count, precision) for count in elements), 0, work, 0)
    if precision == "bfloat16":
        return StateBytes(12 * sum(elements), 0, 4 * bucket, 0)
    return StateBytes(8 * sum(elements), 0, 0, 0)


def _eight_bit(elements: int, precision: Precision) -> int:
    if elements < SMALL:
        return elements * (8 if precision == "float32" else 12)
    blocks = -(-elements // BLOCK)
    return blocks * (2 * BLOCK + 2 * 4) + (2 * elements if precision == "bfloat16" else 0)


def _largest_bucket(elements: Sequence[int]) -> int:
    return max(*elements, min(BUCKET, sum(elements)))
