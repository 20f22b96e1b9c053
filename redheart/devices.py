"""Which device and number format the computation runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from redheart.errors import ConfigError

if TYPE_CHECKING:
    import torch

DeviceName = Literal["auto", "cpu", "cuda"]
Precision = Literal["float32", "bfloat16"]


def cuda_available() -> bool:
    """True if torch sees a CUDA device."""
    import torch

    return torch.cuda.is_available()


def resolve_device(name: DeviceName) -> torch.device:
    """`auto` takes CUDA where there is one. Raises ConfigError where CUDA is asked for and absent: no silent CPU."""
    import torch

    if name == "cuda" and not torch.cuda.is_available():
        raise ConfigError("device 'cuda' was asked for, but torch sees no CUDA device. Use 'auto' or 'cpu'.")
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(name)


def resolve_dtype(precision: Precision) -> torch.dtype:
    """The torch dtype of a precision's name."""
    import torch

    return {"float32": torch.float32, "bfloat16": torch.bfloat16}[precision]


def bfloat16_is_native() -> bool:
    """True if this CPU multiplies bfloat16 itself (AVX512-BF16 or AMX)."""
    import torch

    cpu = torch.backends.cpu.get_cpu_capability()
    flags = _cpu_flags()
    return "AVX512" in cpu and bool({"avx512_bf16", "amx_bf16"} & flags)


def _cpu_flags() -> set[str]:
    """Flags of the first processor, empty where the system does not say."""
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="ignore") as lines:
            return next((set(line.split()) for line in lines if line.startswith("flags")), set())
    except OSError:
        return set()


def limit_threads(threads: int) -> None:
    """Let torch use at most `threads` processor threads; 0 leaves torch's own choice."""
    import torch

    if threads > 0:
        torch.set_num_threads(threads)
