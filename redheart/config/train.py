"""Settings of a training run, with units and bounds."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class SweepSection(BaseModel):
    """The staged search for a learning rate."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    lowest: float = Field(1e-5, gt=0, le=10, description="lowest learning rate of the first stage")
    highest: float = Field(1e-2, gt=0, le=10, description="highest learning rate of the first stage")
    samples: int = Field(1000, ge=1, description="training samples a point learns from, or all there are")
    epochs: int = Field(3, ge=1, le=100, description="passes over those samples at every point")
    repeats: int = Field(3, ge=1, le=20, description="seeds on which the leading points are run again")
    leaders: int = Field(3, ge=2, le=10, description="how many leading points are run again")


class TrainSection(BaseModel):
    """One training run."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    preset: str = Field("base", description="one YAML of configs/presets, or the path of one")
    samples: int = Field(0, ge=0, description="training samples taken of the data; 0 takes all")
    epochs: int = Field(60, ge=1, le=10_000, description="passes over the training samples")
    batch_size: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto", description="samples an update learns from; auto takes 64, or fewer where there are few samples"
    )
    micro_batch: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto", description="samples computed at once; auto takes as many as the predicted memory allows"
    )
    lr: Annotated[float, Field(gt=0, allow_inf_nan=False)] | Literal["auto"] = Field(
        "auto", description="peak learning rate; auto takes the one the sweep found"
    )
    seed: int = Field(0, ge=0, lt=2**31, description="of the initial weights, the order of samples, dropout")
    precision: Literal["float32", "bfloat16"] = Field("float32", description="of weights and work on the device")
    optimizer: Literal["adamw", "adamw8bit", "offloaded"] = Field(
        "adamw", description="states on the device in 32 bits, in 8 bits, or in RAM"
    )
    device_budget_mib: float = Field(8192, gt=0, le=2.0**30, description="GPU memory the run may fill, MiB")
    gradient_checkpointing: bool = Field(False, description="compute activations again in the backward pass")
    compile: bool = Field(False, description="compile the feed-forward blocks by torch.compile")
    weight_decay: float = Field(0.01, ge=0, le=1, description="decoupled weight decay of AdamW")
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    warmup: float = Field(0.05, ge=0, lt=1, description="share of the steps in which the rate rises to its peak")
    focal_gamma: float = Field(2.0, ge=0, le=10, description="focusing parameter; 0 is cross-entropy")
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="share of a label that is spread evenly; 0 is off")
    r_drop: float = Field(0.0, ge=0, le=100, description="weight of the divergence of two dropout passes; 0 is off")
    ema: float = Field(0.0, ge=0, lt=1, description="decay of the averaged weights that are judged; 0 is off")
    layer_decay: float = Field(1.0, gt=0, le=1, description="factor of the rate from each layer to the one below")
    head_weight: float = Field(1.0, ge=0, description="weight of the losses of heads")
    analyzer_weight: float = Field(1.0, ge=0, description="weight of the losses of analyzers")
    auxiliary_weight: float = Field(0.5, ge=0, description="weight of the losses of auxiliaries")
    wrapper_weight: float = Field(0.5, ge=0, description="weight of the losses of wrappers")
    monitor_every: int = Field(100, ge=1, description="steps between two looks at what was updated")
    state_every: int = Field(500, ge=1, description="steps between two resumable states; one a epoch in any case")
    disk_budget_mib: float = Field(16384, gt=0, le=2.0**30, description="disk that epoch checkpoints may fill, MiB")
    sweep: SweepSection = SweepSection()
