"""What a network's file says of itself beside its tensors: how it is built, what taught it, how it is recognised."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import Field, ValidationError

from redheart.errors import CheckpointError
from redheart.nn.network.preset import SentencePreset
from redheart.nn.network.targets import TARGETS
from redheart.types.base import Frozen

FORMAT: Final[Literal["redheart-network-1"]] = "redheart-network-1"
_FAMILY: Final = "redheart-network-"

#: part -> target -> a row of raw predictions for each document of the probe
Outputs = dict[str, dict[str, tuple[tuple[float, ...], ...]]]


class EncoderFacts(Frozen):
    """What made the sentence vectors that the network reads."""

    name: str
    revision: str
    dim: int = Field(gt=0)
    precision: str


class NetworkFacts(Frozen):
    """What a run knows of the weights that it writes."""

    encoder: EncoderFacts
    taught: dict[str, int] = Field(description="target -> training entries or pairs known of it")
    data: dict[str, str] = Field(description="file -> SHA-256")
    run: str = Field(description="hash of the run's settings with its data")
    step: int = Field(ge=0)
    epoch: int | None = Field(default=None, ge=0, description="null where several epochs gave the weights")
    strategy: str = Field(default="epoch", description="'epoch', or the kind of crossover")
    sources: dict[str, tuple[int, ...]] = Field(
        default_factory=dict, description="module -> epochs its weights come from, where they are several"
    )
    accepted: bool | None = Field(
        default=None, description="whether it beat the best single epoch on the holdout split; null for an epoch"
    )


class TaughtTarget(Frozen):
    """One target of a part: its taught outputs in order, where the labels come from, how many of them taught it."""

    outputs: tuple[str, ...]
    provenance: str
    entries: int = Field(ge=1)


class NetworkHeader(Frozen):
    """Everything of a network's file but its tensors."""

    format: Literal["redheart-network-1"] = FORMAT
    preset: SentencePreset
    encoder: EncoderFacts
    parts: dict[str, dict[str, TaughtTarget]] = Field(description="part -> target; what was never taught is absent")
    facts: NetworkFacts
    weights_sha256: str = Field(description="over name, dtype, shape and bytes of every tensor, sorted by name")
    probe: Outputs
    header_sha256: str = ""

    def sealed(self) -> NetworkHeader:
        """The same with its own hash."""
        return self.model_copy(update={"header_sha256": digest_of(self.model_dump(mode="json"))})

    def outputs(self) -> dict[str, tuple[str, ...]]:
        """Target -> the outputs of it that were taught."""
        return {name: target.outputs for by_target in self.parts.values() for name, target in by_target.items()}

    def told(self) -> dict[str, str]:
        """Its facts for people."""
        facts = self.facts
        epochs = [f"{module} {'+'.join(map(str, sources))}" for module, sources in facts.sources.items()]
        verdict = {True: "yes", False: "no", None: "not asked"}[facts.accepted]
        return {
            "preset": self.preset.name,
            "encoder": f"{self.encoder.name} ({self.encoder.revision}), dimension {self.encoder.dim}",
            "run": facts.run,
            "strategy": facts.strategy,
            "epoch": ", ".join(epochs) if facts.epoch is None else str(facts.epoch),
            "step": f"{facts.step:,}",
            "beat the best epoch": verdict,
        }

    def as_json(self) -> str:
        """One JSON text."""
        return json.dumps(self.model_dump(mode="json"), ensure_ascii=False, sort_keys=True, allow_nan=False)


def taught_targets(
    targets: tuple[str, ...], outputs: Mapping[str, tuple[str, ...]], entries: Mapping[str, int]
) -> dict[str, TaughtTarget]:
    """Those targets of one part that have `outputs`, with what taught them."""
    return {
        name: TaughtTarget(outputs=outputs[name], provenance=TARGETS[name].provenance, entries=entries[name])
        for name in targets
        if name in outputs
    }


def digest_of(plain: dict[str, Any]) -> str:
    """SHA-256 of a header as JSON, without its own hash."""
    kept = {name: value for name, value in plain.items() if name != "header_sha256"}
    return hashlib.sha256(json.dumps(kept, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def parse_header(text: str, where: str) -> NetworkHeader:
    """Raises CheckpointError: no JSON, another or a newer format, changed since it was written, unknown fields.

    `where` names the file in the message.
    """
    plain = _json_object(text, where)
    _refuse_other_format(plain.get("format"), where)
    if (found := digest_of(plain)) != plain.get("header_sha256"):
        raise CheckpointError(
            f"{where}: its header was changed after it was written: the hash is '{found[:12]}…'. Restore the file."
        )
    try:
        return NetworkHeader.model_validate(plain)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise CheckpointError(
            f"{where}: this version of Red Heart cannot read its header: {field}: {first['msg']}. "
            "Use the version that wrote it, or train again."
        ) from error


def _json_object(text: str, where: str) -> dict[str, Any]:
    try:
        plain = json.loads(text)
    except ValueError as error:
        raise CheckpointError(f"{where}: its header is not JSON ({error}). Restore the file.") from error
    if not isinstance(plain, dict):
        raise CheckpointError(f"{where}: its header is no JSON object. Restore the file.")
    return plain


def _refuse_other_format(found: object, where: str) -> None:
    if found == FORMAT:
        return
    number = str(found).removeprefix(_FAMILY)
    if str(found).startswith(_FAMILY) and number.isdecimal() and int(number) > 1:
        raise CheckpointError(
            f"{where} was written by a newer Red Heart: format '{found}', this one reads '{FORMAT}'. Update Red Heart."
        )
    raise CheckpointError(f"{where}: format '{found}' is not '{FORMAT}'. Name a network that Red Heart trained.")
