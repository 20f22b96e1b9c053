"""A checkpoint's folder -> raw outputs of documents. The only file here that knows how a checkpoint is stored."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from redheart.config.environment import force_cpu
from redheart.config.schema import Settings
from redheart.devices import limit_threads, resolve_device
from redheart.encoders.bundled import BundledEncoder
from redheart.errors import CheckpointError
from redheart.nn.checkpoint import build_model, read_config, state_reader
from redheart.training.corpus.embedder import loaded_encoder
from redheart.training.evaluation.reads import Document, Passage
from redheart.training.model_reads import ModelReads
from redheart.types.encoding import Passage as EncodedPassage


class CheckpointReads:
    """Everything is checked when built; weights are read at the first document."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        """Raises CheckpointError for a folder that holds no whole checkpoint."""
        self.folder, self._settings = folder, settings
        self._config = read_config(folder)
        self._encoder = BundledEncoder(folder, settings.encoder.precision)
        used = self._encoder.digests()
        for trained_with in (self._config.encoder_sha256, *(self._config.branch_files or {}).values()):
            if trained_with not in used.values():
                raise CheckpointError(
                    f"checkpoint '{folder}' was trained with encoder weights of SHA-256 '{trained_with[:12]}…', which "
                    "are not beside it. Restore the encoder's files."
                )
        self._built = build_model(self._config)
        self.heads = {name: self._built.head(name).names for name in self._config.heads}
        self.neutral_utility = {name: float(np.mean(each)) for name, each in self._config.neutral_utility.items()}
        files = [f"{name} {digest}" for name, digest in sorted((self._config.files | used).items())]
        self.digest = hashlib.sha256("\n".join(files).encode()).hexdigest()
        self._reads: ModelReads | None = None

    def raw(self, documents: Sequence[Document], heads: Sequence[str]) -> dict[str, np.ndarray]:
        """Head -> (N, outputs) float64. Raises CheckpointError for a head that is not there, or damaged weights."""
        if missing := [head for head in heads if head not in self.heads]:
            raise CheckpointError(
                f"checkpoint '{self.folder}' has no head '{missing[0]}'. It has: {', '.join(self.heads)}."
            )
        if self._reads is None:
            self._reads = self._loaded()
        return self._reads.raw([[_encoded(each) for each in document.passages] for document in documents], heads)

    def _loaded(self) -> ModelReads:
        limit_threads(self._settings.model.threads)
        device = resolve_device(self._settings.device, force_cpu())
        loaded_encoder(self._encoder, self._settings.device)
        for name, module in self._built.modules().items():
            module.load_state_dict(state_reader(self.folder, self._config, name)(), strict=True, assign=True)
            module.to(device).eval().requires_grad_(False)
        return ModelReads(self._encoder, self._built)


def _encoded(passage: Passage) -> EncodedPassage:
    return passage[0] if len(passage) == 1 else (passage[0], passage[1])
