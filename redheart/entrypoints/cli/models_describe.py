"""`redheart models describe`: what a preset is made of, and whether learning it fits a GPU, before it is built."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from redheart.entrypoints.output import write_stdout
from redheart.errors import BudgetError, ConfigError

if TYPE_CHECKING:
    from redheart.config.train import TrainSection
    from redheart.entrypoints.model_tree import Training
    from redheart.nn.network.footprint.fit import Fitter
    from redheart.nn.network.preset import Preset

#: Samples of an update where nobody says another number: more are never computed at once.
MOST = 64


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked on the command line; None leaves a setting as it is."""

    preset: str
    encoder_dim: int
    sentences: int
    device_gib: float | None
    device_budget_mib: float | None
    precision: str | None
    optimizer: str | None
    micro_batch: int | None
    gradient_checkpointing: bool | None
    as_json: bool


def describe_preset(wanted: Wanted, settings: TrainSection) -> None:
    """Print the preset. Raises ConfigError for an unknown preset, or a setting out of range."""
    from redheart.nn.network.preset import SentencePreset, load_preset

    preset, asked = load_preset(wanted.preset), _settings(wanted, settings)
    # After what can be refused: torch takes seconds to come.
    from redheart.entrypoints.model_tree import Description, description_text
    from redheart.nn.network.footprint.activations import Load
    from redheart.nn.network.footprint.skeleton import skeleton

    dim = getattr(preset, "encoder_dim", wanted.encoder_dim)
    found = skeleton(preset, dim, Load(1, wanted.sentences))
    training = _training(preset, wanted, asked) if isinstance(preset, SentencePreset) else None
    description = Description(preset, dim, wanted.sentences, found, training)
    write_stdout(_json(description.as_dict()) if wanted.as_json else description_text(description))


def _settings(wanted: Wanted, settings: TrainSection) -> TrainSection:
    from pydantic import ValidationError

    from redheart.config.refusals import refusal
    from redheart.config.schema import MOST_MIB
    from redheart.config.train import TrainSection

    fields = ("device_budget_mib", "precision", "optimizer", "micro_batch", "gradient_checkpointing")
    given = {name: value for name in fields if (value := getattr(wanted, name)) is not None}
    if wanted.device_gib is not None:
        if wanted.device_budget_mib is not None:
            raise ConfigError("--device-gib and --device-budget-mib both say how large the GPU is. Give one of them.")
        _refuse_size("--device-gib", wanted.device_gib, MOST_MIB / 1024, "GiB", "8")
        given["device_budget_mib"] = wanted.device_gib * 1024
    if wanted.device_budget_mib is not None:
        _refuse_size("--device-budget-mib", wanted.device_budget_mib, MOST_MIB, "MiB", "8192")
    try:
        return TrainSection.model_validate(settings.model_dump() | given)
    except ValidationError as error:
        raise ConfigError(" ".join(refusal(TrainSection, item, "") for item in error.errors())) from error


def _refuse_size(flag: str, value: float, most: float, unit: str, usual: str) -> None:
    # Not a number is below nothing and above nothing.
    if not 0 < value <= most:
        raise ConfigError(
            f"{flag} '{value:g}' is no size of a GPU. Give a number of {unit} above 0, up to {most:,.0f}, such as "
            f"{flag} {usual}."
        )


def _training(preset: Preset, wanted: Wanted, settings: TrainSection) -> Training:
    from redheart.entrypoints.model_tree import Training
    from redheart.nn.network.footprint.fit import RESERVE_MIB, Data, Fitter, changes, room

    where = room(settings.device_budget_mib, cuda=True)
    fitter = Fitter(preset, wanted.encoder_dim, Data(wanted.sentences), where)
    samples = _samples(fitter, settings)
    footprint = fitter.footprint(settings, samples)
    fits = where.holds(footprint)
    mends = {} if fits else {changes(settings, mend): needed for mend, needed in fitter.mends(settings, samples)}
    return Training(settings, samples, footprint, where, RESERVE_MIB, fits, mends)


def _samples(fitter: Fitter, settings: TrainSection) -> int:
    """As many as asked for; with auto as many as fit, or one if not even that does."""
    if settings.micro_batch != "auto":
        return settings.micro_batch
    try:
        return fitter.largest(settings, MOST)
    except BudgetError:
        return 1


def _json(described: dict[str, Any]) -> str:
    return json.dumps(described, ensure_ascii=False, indent=2) + "\n"
