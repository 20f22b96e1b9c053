"""What a run needs of memory: predicted before it is asked for, measured when it was."""

from __future__ import annotations

import resource
import sys

import numpy as np
import torch

from redheart.nn.network.footprint.fit import Data, Fitter, largest_micro_batch, room
from redheart.training.report.story import MemoryStory
from redheart.training.run.prepared import Prepared


def micro_batch_of(prepared: Prepared) -> int:
    """Samples computed at once: as asked for, or as many as fit by prediction. Raises BudgetError if not one does."""
    given, most = prepared.train.micro_batch, prepared.batch_size
    if given != "auto":
        return min(given, most)
    where = room(prepared.train.device_budget_mib, prepared.device.type == "cuda")
    return largest_micro_batch(prepared.blueprint.empty(), prepared.train, _largest_sample(prepared), most, where)


def predicted(prepared: Prepared, micro_batch: int) -> dict[str, int]:
    """Bytes by what they are for, the longest documents of the data coming together."""
    where = room(prepared.train.device_budget_mib, prepared.device.type == "cuda")
    fitter = Fitter.of(prepared.blueprint.empty(), _largest_sample(prepared), where)
    return fitter.footprint(prepared.train, micro_batch).by_purpose


def memory_story(prepared: Prepared, micro_batch: int) -> MemoryStory:
    """The prediction beside the most that was seen."""
    cuda = prepared.device.type == "cuda"
    return MemoryStory(
        device=str(prepared.device),
        predicted=predicted(prepared, micro_batch),
        measured_peak=torch.cuda.max_memory_allocated(prepared.device) if cuda else _largest_resident_set(),
        measured_how="torch.cuda.max_memory_allocated"
        if cuda
        else "largest resident set of the process: interpreter, libraries, data and validation are in it",
    )


def _largest_sample(prepared: Prepared) -> Data:
    """The longest document of the train split; two of them where there are pairs."""
    train = prepared.splits["train"]
    lengths, documents = np.diff(train.starts), np.diff(train.first)
    return Data(sentences=int(lengths.max(initial=1)), documents=int(documents.max(initial=1)))


def _largest_resident_set() -> int:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # elsewhere it counts KiB
