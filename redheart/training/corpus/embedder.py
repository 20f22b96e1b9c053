"""Runs a sentence encoder over many sentences, as serving does; weights are read at the first one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from redheart.config.environment import force_cpu
from redheart.config.schema import Settings
from redheart.devices import DeviceName, Precision, is_out_of_memory, limit_threads, resolve_device
from redheart.encoders.build import build_encoder, checkpoint_folder
from redheart.encoders.facts import EncoderFacts, encoder_facts
from redheart.encoders.lengths import Lengths, in_characters, lengths_for
from redheart.errors import CheckpointError, OutOfMemoryError
from redheart.types.encoding import SentenceEncoder

if TYPE_CHECKING:
    from redheart.encoders.bundled import BundledEncoder
    from redheart.encoders.hub import HubEncoder


@dataclass(frozen=True, slots=True)
class Embedded:
    """Vectors (S, D) float32 of S sentences; how many of these were longer than the encoder's window."""

    vectors: np.ndarray
    truncated: int


class Embedder:
    """`load` gives the encoder with its weights; it is called once, when the first sentence is to be encoded."""

    def __init__(
        self,
        facts: EncoderFacts,
        load: Callable[[], SentenceEncoder],
        batch: int = 64,
        precision: Precision = "float32",
        lengths: Lengths = in_characters,
    ) -> None:
        self.facts, self.precision = facts, precision
        self._load, self._batch, self._lengths = load, batch, lengths
        self._encoder: SentenceEncoder | None = None

    @classmethod
    def for_settings(cls, settings: Settings) -> Embedder:
        """The encoder of `encoder` and `model.path`, on `device`. Raises CheckpointError, ConfigError."""
        section, folder = settings.encoder, checkpoint_folder(settings.model.path)

        def load() -> SentenceEncoder:
            limit_threads(settings.model.threads)
            return loaded_encoder(build_encoder(section, folder), settings.device)

        lengths = lengths_for(section, folder)
        return cls(encoder_facts(section, folder), load, section.batch_sentences, section.precision, lengths)

    def loaded(self) -> SentenceEncoder:
        """The encoder, its weights read. Raises CheckpointError, ConfigError."""
        if self._encoder is None:
            self._encoder = self._load()
        return self._encoder

    def encode(self, sentences: Sequence[str], done: Callable[[int], None] = lambda _: None) -> Embedded:
        """Longest first, so that little is padded and want of memory shows at once.

        `done` is told how many characters are encoded so far. A batch that memory refuses is halved, for good.
        Raises InputError for an empty sentence, OutOfMemoryError where one alone is too much, CheckpointError for
        numbers that are not finite.
        """
        encoder = self.loaded()
        lengths = self._lengths(sentences)
        order = sorted(range(len(sentences)), key=lambda i: -lengths[i])
        vectors = np.empty((len(sentences), self.facts.dim), np.float32)
        at = characters = truncated = 0
        while at < len(order):
            chosen = order[at : at + self._batch]
            encoded = self._encoded(encoder, [sentences[i] for i in chosen])
            if encoded is not None:
                vectors[chosen], truncated = encoded.vectors, truncated + encoded.truncated
                at, characters = at + len(chosen), characters + sum(len(sentences[i]) for i in chosen)
                done(characters)
        if not np.isfinite(vectors).all():
            raise CheckpointError(
                f"encoder '{self.facts.name}' gives numbers that are not finite. Set `encoder.precision` to 'float32', "
                "or restore its files."
            )
        return Embedded(vectors, truncated)

    def _encoded(self, encoder: SentenceEncoder, sentences: Sequence[str]) -> Embedded | None:
        """None where memory refuses them all at once; later batches are then smaller."""
        try:
            encoded = encoder.encode(sentences)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            if len(sentences) == 1:
                raise OutOfMemoryError(
                    f"a sentence of '{len(sentences[0])}' characters alone does not fit in memory. "
                    "Close other programs, or use --device cpu."
                ) from error
            self._batch = len(sentences) // 2
            return None
        return Embedded(encoded.pooled.numpy(), len(encoded.truncated))


def loaded_encoder(encoder: BundledEncoder | HubEncoder, device: DeviceName) -> BundledEncoder | HubEncoder:
    """The encoder with its weights, on the device. Raises CheckpointError, ConfigError."""
    encoder.module.load_state_dict(encoder.load_state(), strict=True, assign=True)
    encoder.module.to(resolve_device(device, force_cpu()))
    return encoder
