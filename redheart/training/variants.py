"""A checkpoint with something changed, judged as it is judged itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from safetensors import safe_open
from torch import Tensor

from redheart.config.schema import Settings
from redheart.errors import CheckpointError
from redheart.training.evaluation.checkpoint_reads import CheckpointReads
from redheart.training.model_reads import ModelReads

Change = Callable[[ModelReads], None]


class Variant(CheckpointReads):
    """What is read is changed after it was loaded; thresholds and calibration are cross-fitted on what it gives."""

    def __init__(self, folder: Path, settings: Settings, change: Change) -> None:
        """Raises CheckpointError for a folder that holds no whole checkpoint."""
        super().__init__(folder, settings)
        self._change = change

    def _loaded(self) -> ModelReads:
        reads = super()._loaded()
        self._change(reads)
        return reads


def without_words(reads: ModelReads) -> None:
    """Heads without their wide parts."""
    for head in reads.model.wide():
        reads.model.head(head).wide = None


def with_unpacked_branches(run: Path) -> Change:
    """The branches as learned, before they were packed in 8 bits; `run` is the folder of the whole run."""

    def change(reads: ModelReads) -> None:
        for name, branch in reads.encoder.module.branches.items():
            branch.load_state_dict(state_of(run, name, "average/branch."), strict=True)

    return change


def with_last_weights(run: Path) -> Change:
    """The weights after the last step instead of their average."""

    def change(reads: ModelReads) -> None:
        for name, branch in reads.encoder.module.branches.items():
            branch.load_state_dict(state_of(run, name, "network/branch."), strict=True)
            for head in reads.model.heads:
                if state := state_of(run, name, f"network/heads.{head}."):
                    words = {key: each for key, each in _state(reads, head).items() if key.startswith("wide.")}
                    reads.model.head(head).load_state_dict({**state, **words}, strict=True)
        reads.model.trunk.load_state_dict(state_of(run, "reading", "network/trunk."), strict=True)

    return change


def _state(reads: ModelReads, head: str) -> dict[str, Tensor]:
    return dict(reads.model.head(head).state_dict())


def state_of(run: Path, stage: str, prefix: str) -> dict[str, Tensor]:
    """The tensors of a stage's state whose names begin so, without that. Raises CheckpointError."""
    path = run / stage / "state.safetensors"
    if not path.is_file():
        raise CheckpointError(f"'{path}' is missing: the weights as learned lie there. Name the run's own folder.")
    with safe_open(path, framework="pt") as stored:
        names = [name for name in stored.keys() if name.startswith(prefix)]
        return {name.removeprefix(prefix): stored.get_tensor(name) for name in names}
