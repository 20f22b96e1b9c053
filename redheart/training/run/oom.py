"""Refused allocations of a run, counted in `oom_stats.json`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import torch
from pydantic import Field, ValidationError

from redheart.errors import CheckpointError
from redheart.training.whole_file import write_record
from redheart.types.base import Frozen

_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
_ASKED = re.compile(rf"tried to allocate ([\d.]+) ({'|'.join(_UNITS)})", re.IGNORECASE)


class Refusal(Frozen):
    """One allocation that was refused, and what the run did about it."""

    step: int
    micro_batch: int = Field(description="samples computed at once when it was refused")
    next_micro_batch: int | None = Field(description="samples computed at once from then on; null: none fewer")
    asked_bytes: int | None = Field(description="as the error says; null where it does not")
    allocated_bytes: int | None = Field(description="on the CUDA device at that moment; null without one")
    reserved_bytes: int | None = Field(description="held by torch on the CUDA device; null without one")
    message: str


class OomStats(Frozen):
    """All refusals of a run, in order."""

    refused: int = 0
    micro_batch: int = Field(description="samples computed at once now")
    refusals: tuple[Refusal, ...] = ()


class OomLog:
    """Owns the file of refusals: there from the start, written whole after each of them. Without a path, no file."""

    def __init__(self, path: Path | None, stats: OomStats) -> None:
        self._path = path
        self.stats = stats
        self._write()

    @classmethod
    def resumed(cls, path: Path, micro_batch: int, step: int) -> OomLog:
        """Go on counting behind `step`: what was refused after it is refused again. Raises CheckpointError if the
        file is not whole.
        """
        try:
            stats = OomStats.model_validate(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, ValidationError) as error:
            raise CheckpointError(f"'{path}' cannot be read ({error}). Begin anew in another --out.") from error
        kept = tuple(refusal for refusal in stats.refusals if refusal.step <= step)
        return cls(path, OomStats(refused=len(kept), micro_batch=micro_batch, refusals=kept))

    @classmethod
    def begun(cls, path: Path | None, micro_batch: int) -> OomLog:
        """Nothing refused yet."""
        return cls(path, OomStats(micro_batch=micro_batch))

    def add(self, refusal: Refusal) -> None:
        """Count one, and write the file."""
        refusals = (*self.stats.refusals, refusal)
        now = refusal.next_micro_batch or refusal.micro_batch
        self.stats = OomStats(refused=len(refusals), micro_batch=now, refusals=refusals)
        self._write()

    def _write(self) -> None:
        if self._path is not None:
            write_record(self._path, self.stats)


def refusal_of(
    error: BaseException, step: int, micro_batch: int, next_micro_batch: int | None, device: torch.device
) -> Refusal:
    """What is known of a refused allocation, while the device still holds what it held."""
    on_cuda = device.type == "cuda"
    return Refusal(
        step=step,
        micro_batch=micro_batch,
        next_micro_batch=next_micro_batch,
        asked_bytes=asked_bytes(str(error)),
        allocated_bytes=torch.cuda.memory_allocated(device) if on_cuda else None,
        reserved_bytes=torch.cuda.memory_reserved(device) if on_cuda else None,
        message=str(error).partition("\n")[0],
    )


def asked_bytes(message: str) -> int | None:
    """How much was asked for, where torch's message says it."""
    found = _ASKED.search(message)
    units = {name.lower(): size for name, size in _UNITS.items()}
    return round(float(found[1]) * units[found[2].lower()]) if found else None
