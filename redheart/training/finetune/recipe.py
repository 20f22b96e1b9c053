"""How the shipped model learns, read from YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import Field, ValidationError

from redheart.config.bundled import bundled_folder
from redheart.config.refusals import refusal
from redheart.errors import ConfigError
from redheart.types.base import Frozen


class Share(Frozen):
    """What one data set gets."""

    share: float = Field(gt=0, le=1, description="of the steps, beside the others' shares")
    rows: int = Field(ge=1, description="of a batch")


class Stage(Frozen):
    """How long and how fast one branch learns, and from what."""

    steps: int = Field(ge=1)
    decay_steps: int = Field(2_000, ge=1, description="the last of the steps, over which the rates fall to zero")
    warm_up: int = Field(200, ge=1, description="steps in which the rates rise")
    branch_rate: float = Field(1.5e-4, gt=0, description="learning rate of the uppermost encoder layer")
    layer_decay: float = Field(0.9, gt=0, le=1, description="each layer below learns this much slower")
    rate: float = Field(1e-3, gt=0, description="learning rate of trunk and heads")
    weight_decay: float = Field(0.01, ge=0, le=1)
    average: float = Field(0.998, ge=0, lt=1, description="decay of the exponential average that is published")
    dropout: float = Field(0.1, ge=0, lt=1, description="in the encoder layers")
    tasks: dict[str, Share]

    def factor(self, step: int) -> float:
        """Of the rates, in [0, 1]: warm-up, constant, linear fall (Hägele et al., NeurIPS 2024)."""
        return min(1.0, (step + 1) / self.warm_up, max(0.0, (self.steps - step) / self.decay_steps))


class Wide(Frozen):
    """Linear logits of words beside the deep ones."""

    least_gain: float = Field(0.005, ge=0, description="of the head's figure on dev, or its wide part is left out")
    grams: dict[str, int] = Field(default_factory=dict, description="head -> n-grams that are tried")


class CompactRecipe(Frozen):
    """All stages, in their order."""

    seed: int = Field(7, ge=0, lt=2**31)
    reading: Stage
    own: Stage
    outside: Stage
    wide: Wide = Wide()

    def steps_of(self, stage: str) -> int:
        """How many there are to wait for."""
        return len(self.wide.grams) if stage == "wide" else int(getattr(self, stage).steps)


def load_recipe(path: Path | None = None) -> CompactRecipe:
    """Read a recipe, by default the one the shipped model was made by. Raises ConfigError."""
    path = path or bundled_folder("configs") / "train" / "compact.yaml"
    try:
        fields: Any = yaml.safe_load(path.read_text(encoding="utf-8"))
        return CompactRecipe.model_validate(fields)
    except OSError as error:
        raise ConfigError(f"'{path}' cannot be read ({error.strerror}).") from error
    except ValidationError as error:
        raise ConfigError(refusal(CompactRecipe, error.errors()[0], str(path))) from error
    except yaml.YAMLError as error:
        raise ConfigError(f"'{path}' is not YAML ({error}).") from error
