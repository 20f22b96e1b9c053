"""A checkpoint as teacher: the decomposition of its utility over the sentences of texts."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import torch

from redheart.calculus.interventions.decomposition import Decomposition
from redheart.calculus.interventions.sampled_decomposition import decompose_design
from redheart.calculus.interventions.subset_design import SubsetSizes, design_for
from redheart.config.environment import force_cpu
from redheart.config.schema import Settings
from redheart.devices import limit_threads, resolve_device
from redheart.errors import CheckpointError
from redheart.nn.checkpoint import CheckpointConfig, build_model, file_of, state_reader
from redheart.nn.model import CompactModel
from redheart.nn.reader import GATHERED, Reader
from redheart.nn.surd import FLOAT32_RESOLUTION, MAIN
from redheart.training.corpus.embedder import loaded_encoder

if TYPE_CHECKING:
    from redheart.encoders.bundled import BundledEncoder
    from redheart.encoders.hub import HubEncoder

#: Sentences encoded at once, at most: of the few of a chunk, a larger batch would be padding for the most part.
_BATCH: Final = 16
#: What the utility of a text depends on, beside the encoder.
_MODULES: Final = ("backbone", f"head.{MAIN}")


@dataclass(frozen=True, slots=True)
class TeacherParts:
    """A checkpoint whose encoder was found to be the one that it was trained on; no weights are read yet."""

    folder: Path
    config: CheckpointConfig
    encoder: BundledEncoder | HubEncoder


class Teacher:
    """Weights are read at the first text. `digest` says whose utility it is, `sizes` how many subsets are read."""

    def __init__(self, parts: TeacherParts, settings: Settings) -> None:
        """Raises CheckpointError for a checkpoint without a utility head."""
        self._parts, self._settings = parts, settings
        self.sizes = SubsetSizes(settings.surd.max_units, settings.surd.sampled_units, settings.surd.sample)
        self.digest = teacher_digest(parts, settings)
        self._model: CompactModel | None = None

    def decompose(self, texts: Sequence[Sequence[str]]) -> list[Decomposition]:
        """Of each text, given as its sentences, the logit of utility over the subsets of these.

        A constant such as the language's neutral utility does not enter: it changes no share. Raises ValueError for a
        text of fewer sentences than two, or more than are read; CheckpointError for damaged weights.
        """
        if self._model is None:
            self._model = self._loaded()
        places = {sentence: None for text in texts for sentence in text}
        order = {sentence: row for row, sentence in enumerate(sorted(places, key=len))}
        reader = Reader(self._model)
        pooled = reader.pool(self._tokens(list(order)), self._settings.encoder.batch_sentences)
        return [self._decomposed(reader, pooled, [order[sentence] for sentence in text]) for text in texts]

    def _decomposed(self, reader: Reader, pooled: torch.Tensor, units: list[int]) -> Decomposition:
        design = design_for(len(units), self.sizes)
        if design is None:
            raise ValueError(f"no subsets are read of '{len(units)}' sentences. Leave the text out.")
        values = reader.over_subsets.read(pooled, units, design.rows, GATHERED)[MAIN]
        return decompose_design(design, values, resolution=FLOAT32_RESOLUTION * float(np.abs(values).max()))

    def _tokens(self, sentences: Sequence[str]) -> list[torch.Tensor]:
        """Token vectors (T, D) of each sentence."""
        tokens: list[torch.Tensor] = []
        batch = min(_BATCH, self._settings.encoder.batch_sentences)
        for at in range(0, len(sentences), batch):
            encoded = self._parts.encoder.encode(sentences[at : at + batch])
            tokens.extend(rows[mask] for rows, mask in zip(encoded.tokens, encoded.mask, strict=True))
        return tokens

    def _loaded(self) -> CompactModel:
        """Backbone and utility head with their weights, the encoder with its own."""
        settings, (folder, config) = self._settings, (self._parts.folder, self._parts.config)
        limit_threads(settings.model.threads)
        device = resolve_device(settings.device, force_cpu())
        loaded_encoder(self._parts.encoder, settings.device)
        model = build_model(config, frozenset(config.heads) - {MAIN})
        for name, module in model.modules().items():
            module.load_state_dict(state_reader(folder, config, name)(), strict=True, assign=True)
            module.to(device).eval().requires_grad_(False)
        return model


def teacher_digest(parts: TeacherParts, settings: Settings) -> str:
    """SHA-256 over the files that the utility depends on, with the encoder's number format."""
    files = parts.config.files
    if missing := [name for name in _MODULES if file_of(name) not in files]:
        raise CheckpointError(
            f"checkpoint '{parts.folder}' has no '{missing[0]}', so it decomposes no utility. "
            "Point `model.path` at one that has, or set it to 'bundled'."
        )
    branches = sorted((parts.config.branch_files or {}).values())
    weights = [parts.config.encoder_sha256, *branches, *(files[file_of(name)] for name in _MODULES)]
    known = [*weights, settings.encoder.precision]
    return hashlib.sha256("\n".join(known).encode()).hexdigest()
