"""Which device a name stands for."""

import pytest
import torch

from redheart.devices import cuda_available, is_out_of_memory, resolve_device
from redheart.errors import ConfigError


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A torch that sees CUDA and writes down that it was asked."""
    asked: list[str] = []
    monkeypatch.setattr(torch.cuda, "is_available", lambda: asked.append("cuda") or True)
    return asked


@pytest.mark.parametrize("name", ["auto", "cpu"])
def test_where_the_cpu_is_forced_cuda_is_not_even_asked_for(name: str, asked: list[str]) -> None:
    assert resolve_device(name, force_cpu=True) == torch.device("cpu")  # type: ignore[arg-type]
    assert not cuda_available(force_cpu=True) and asked == []


def test_cuda_by_name_contradicts_a_forced_cpu(asked: list[str]) -> None:
    with pytest.raises(ConfigError, match=r"FORCE_CPU_INIT=1 forbids it\. Unset it"):
        resolve_device("cuda", force_cpu=True)
    assert asked == []


def test_auto_takes_cuda_where_torch_sees_it(asked: list[str]) -> None:
    assert resolve_device("auto", force_cpu=False) == torch.device("cuda")


def test_cuda_by_name_is_refused_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigError, match="torch sees no CUDA device"):
        resolve_device("cuda", force_cpu=False)
    assert resolve_device("auto", force_cpu=False) == torch.device("cpu")


def test_torchs_own_lack_of_ram_counts_as_out_of_memory() -> None:
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 60, dtype=torch.uint8)
    assert is_out_of_memory(caught.value)
    assert not is_out_of_memory(RuntimeError("mat1 and mat2 shapes cannot be multiplied"))
