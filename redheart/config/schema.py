"""Every setting, with its unit and bounds. Unknown keys are refused."""

from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from redheart.config.train import TrainSection

DegradablePart = Literal["llm"]
DEGRADABLE: Final[tuple[DegradablePart, ...]] = get_args(DegradablePart)


MOST_MIB: Final = 2.0**30  # a pebibyte: beyond it, a number of MiB is a slip


class Section(BaseModel):
    """Base of all sections: frozen, unknown keys refused, defaults validated."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class MemorySection(Section):
    """Which bytes may be where. A mode is one YAML of `configs/memory`; it never changes what is computed."""

    mode: str = Field("medium", description="name of the YAML overlay that was read, or auto before it is")
    policy: str = Field(
        "dynamic_swap",
        description="eviction strategy, by its name in memory/policies; auto takes the one the plan suits",
    )
    device_budget_mib: float = Field(
        6692, gt=0, le=MOST_MIB, description="GPU memory that weights and work may fill, MiB"
    )
    host_budget_mib: float = Field(
        1024, gt=0, le=MOST_MIB, description="RAM that weights and work may fill on a machine without a GPU, MiB"
    )
    context_mib: float = Field(
        96,
        ge=0,
        le=MOST_MIB,
        description="RAM, of that budget, which libraries take when computing begins, MiB; unused with a GPU",
    )
    pinned_budget_mib: float = Field(
        8192, ge=0, le=MOST_MIB, description="page-locked RAM for copies of what leaves a GPU, MiB; 0 locks none"
    )
    disk_budget_mib: float = Field(
        16384,
        ge=0,
        le=MOST_MIB,
        description="disk for copies of weights in the layout they are used in, MiB; 0 keeps none",
    )
    disk_folder: str = Field("", description="folder of those copies; empty means the user's cache folder")
    keep_warm: bool = Field(True, description="leave modules resident after use until something else needs the room")
    prefetch: bool = Field(True, description="bring in the next step's modules while the present one computes")
    resident: tuple[str, ...] = Field(
        ("backbone",), description="modules that never leave once they are in; 'head.*' means every head"
    )
    high_watermark: float = Field(
        0.925, gt=0, le=1, description="share of the budget, of what cannot be freed, above which pressure is told"
    )
    low_watermark: float = Field(0.85, gt=0, lt=1, description="share at which it is told to be over")

    @field_validator("low_watermark")
    @classmethod
    def _below_the_high_one(cls, low: float, info: ValidationInfo) -> float:
        high = info.data.get("high_watermark")
        if high is not None and low >= high:
            raise ValueError(f"Must lie below memory.high_watermark, which is {high:g}")
        return low


class EncoderSection(Section):
    """The sentence encoder."""

    name: str = Field(
        "bundled", description="'bundled', or a transformers model: a local folder or a hub name already downloaded"
    )
    revision: str = Field("main", description="revision of a hub model")
    prefix: str = Field("", description="text put before every sentence for a hub model")
    batch_sentences: int = Field(64, ge=1, le=4096, description="sentences encoded at once")
    precision: Literal["float32", "bfloat16"] = Field(
        "float32", description="number format of the encoder's forward pass"
    )


class ModelSection(Section):
    """The learned model."""

    path: str = Field("bundled", description="checkpoint folder, or 'bundled' for models/compact")
    heads_without_plain_licence: bool = Field(
        True, description="use the heads trained on crowd-enVENT and SemEval-2020 task 5"
    )
    threads: int = Field(0, ge=0, description="processor threads for torch; 0 leaves torch's choice")


class EmotionSection(Section):
    """The emotion trajectory."""

    llm_deviation: float = Field(
        0.25,
        gt=0,
        le=2,
        description="assumed, not measured: standard deviation of an LLM's valence, arousal, dominance of a whole text",
    )


class SurdSection(Section):
    """Decomposition of one text."""

    max_units: int = Field(8, ge=2, le=12, description="up to so many units at least all 2^units subsets are read")
    sampled_units: int = Field(
        32, ge=2, le=32, description="up to so many units a balanced sample of subsets is read; beyond, none"
    )
    sample: Literal[512, 1024, 2048, 4096] = Field(
        512,
        description="subsets of each half of the sample, at least; 1,024 above 18 units, 2,048 above 24",
    )


class InputSection(Section):
    """What may come in."""

    max_characters: int = Field(20_000, ge=1, description="characters of one text")
    max_options: int = Field(12, ge=1, le=64, description="options of one text")


class CircuitSection(Section):
    """The circuit."""

    precedents: int = Field(3, ge=0, le=50, description="past cases cited")
    precedent_similarity: float = Field(0.35, ge=-1, le=1, description="least cosine (centred vectors) of a cited case")
    culture: Literal["none", "western", "eastern", "korean"] = Field(
        "none",
        description="whose values weigh persons, moral foundations and axes: stated weights, never guessed from a text",
    )
    discount: Literal["hyperbolic", "exponential", "none"] = Field(
        "hyperbolic", description="how Bentham's calculus discounts delay; either curve halves the farthest"
    )


class ExperienceSection(Section):
    """The experience store."""

    enabled: bool = Field(True, description="recall and record")
    path: str = Field("", description="folder of the store; empty means the user's data folder")


class LLMSection(Section):
    """The language model that puts results into words."""

    backend: str = Field("none", description="none, scripted, local, or a registered provider")
    model: str = Field("", description="model name or folder; for a GGUF file, its path")
    max_tokens: int = Field(400, ge=1, le=8192, description="longest answer, tokens")
    context_tokens: int = Field(
        2048, ge=64, le=131_072, description="longest prompt and answer together of a local model, tokens"
    )
    script: str = Field(
        "", description="path of the JSON file a scripted LLM replies from; empty uses its built-in script"
    )


class PipelineSection(Section):
    """The pipeline."""

    batch_size: int = Field(16, ge=1, le=1024, description="tasks that walk the phases together")
    queue_size: int = Field(256, ge=1, description="tasks that may wait; a further submit waits for room")
    step_timeout_s: float = Field(
        600, gt=0, description="longest time of one step for one whole batch, however many tasks it has, seconds"
    )


class Settings(Section):
    """All settings of one run."""

    device: Literal["auto", "cpu", "cuda"] = Field("auto", description="where the computation runs")
    memory: MemorySection = MemorySection()
    encoder: EncoderSection = EncoderSection()
    model: ModelSection = ModelSection()
    emotion: EmotionSection = EmotionSection()
    surd: SurdSection = SurdSection()
    input: InputSection = InputSection()
    circuit: CircuitSection = CircuitSection()
    experience: ExperienceSection = ExperienceSection()
    llm: LLMSection = LLMSection()
    pipeline: PipelineSection = PipelineSection()
    train: TrainSection = TrainSection()
    allow_degraded: tuple[DegradablePart, ...] = Field(
        (), description="parts that may be skipped when they cannot run; named in `degraded`"
    )
