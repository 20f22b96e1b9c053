"""What sentence vectors depend on: encoder, number format, way of splitting; and the name of a text among them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final, Literal

from redheart.devices import Precision
from redheart.encoders.facts import EncoderFacts
from redheart.types.base import Frozen

FORMAT: Final = "redheart-embedded-1"
#: Bytes of a text's key.
KEY_BYTES: Final = 16


class EmbeddingKey(Frozen):
    """Vectors of the same key may be mixed; `digest` and the name of their folder follow from it."""

    format: Literal["redheart-embedded-1"] = FORMAT
    encoder: str
    revision: str
    dim: int
    precision: Precision
    prefix: str
    weights: str
    splitter: str

    @classmethod
    def of(cls, encoder: EncoderFacts, precision: Precision) -> EmbeddingKey:
        """The key of what this encoder gives of sentences as they are split now."""
        return cls(
            encoder=encoder.name,
            revision=encoder.revision,
            dim=encoder.dim,
            precision=precision,
            prefix=encoder.prefix,
            weights=encoder.weights,
            splitter=splitter_version(),
        )

    @property
    def digest(self) -> str:
        """SHA-256 in hex."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()

    @property
    def folder(self) -> str:
        """A folder name that says the encoder, and differs where anything does."""
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", self.encoder).strip("-.")[-40:]
        return f"{slug}-{self.precision}-{self.digest[:12]}"


def splitter_version() -> str:
    """The libraries that split sentences, with their versions."""
    return ", ".join(f"{name} {version(name)}" for name in ("kiwipiepy", "kiwipiepy_model", "sentencex"))


def text_key(sentences: Sequence[str]) -> bytes:
    """The first 16 bytes of SHA-256 of the sentences, each with its length before it."""
    digest = hashlib.sha256()
    for sentence in sentences:
        content = sentence.encode("utf-8", "surrogatepass")
        digest.update(len(content).to_bytes(8, "little") + content)
    return digest.digest()[:KEY_BYTES]
