"""Which device and number format the computation runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from redheart.errors import ConfigError

if TYPE_CHECKING:
    import torch

DeviceName = Literal["auto", "cpu", "cuda"]
Precision = Literal["float32", "bfloat16"]


def cuda_available(force_cpu: bool) -> bool:
    """True if torch sees a CUDA device. Not even asked where `force_cpu` keeps everything off it."""
    import torch

    return not force_cpu and torch.cuda.is_available()


def resolve_device(name: DeviceName, force_cpu: bool) -> torch.device:
    """`auto` takes CUDA where there is one. `force_cpu` is what the environment says (FORCE_CPU_INIT).

    Raises ConfigError where CUDA is asked for and absent, or forbidden: no silent CPU.
    """
    import torch

    if name == "cuda" and force_cpu:
        raise ConfigError(
            "device 'cuda' was asked for, and FORCE_CPU_INIT=1 forbids it. Unset it, or use 'auto' or 'cpu'."
        )
    if name == "cuda" and not cuda_available(force_cpu):
        raise ConfigError("device 'cuda' was asked for, but torch sees no CUDA device. Use 'auto' or 'cpu'.")
    if name == "auto":
        return torch.device("cuda" if cuda_available(force_cpu) else "cpu")
    return torch.device(name)


def is_out_of_memory(error: BaseException) -> bool:
    """True if a computation failed for want of memory: on the device, in torch's RAM, in Python's."""
    import torch

    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    # torch has no class of its own for RAM.
    return isinstance(error, RuntimeError) and "can't allocate memory" in str(error)


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
