"""The frozen pydantic base of everything that may appear in a result."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """An immutable record: unknown fields are refused, NaN and infinities too."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
