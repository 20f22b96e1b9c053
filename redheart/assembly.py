"""Builds everything from one `Settings`: the only file that knows every package."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from redheart.config.bundled import bundled_folder
from redheart.config.schema import EncoderSection, Settings
from redheart.devices import limit_threads, resolve_device
from redheart.errors import CheckpointError, ConfigError
from redheart.events import MODULE_LOADED, EventBus
from redheart.memory.budgets import Budgets
from redheart.memory.free import free_device_mib, free_host_mib
from redheart.memory.manager import UnifiedMemoryManager
from redheart.memory.modes import choose_mode
from redheart.memory.monitor import MemoryMonitor
from redheart.memory.policies import policy_named
from redheart.orchestrator import Orchestrator, OrchestratorParts
from redheart.results import ResultMaker
from redheart.types.residency import SwapPriority
from redheart.types.result import Provenance
from redheart.version import __version__

if TYPE_CHECKING:
    import torch
    from torch import nn

    from redheart.encoders.bundled import BundledEncoder
    from redheart.encoders.hub import HubEncoder
    from redheart.llm.base import LLMPlugin
    from redheart.nn.checkpoint import CheckpointConfig
    from redheart.nn.model import CompactModel
    from redheart.phases.red_heart import RedHeartPhase
    from redheart.types.cases import CaseStore
    from redheart.types.phase import Phase

#: Modules that stay longest under pressure: what every request needs, then the encoder, then what few requests need.
PRIORITIES = {"backbone": SwapPriority.BACKBONE, "encoder": SwapPriority.PRIMARY}
BUNDLED = "bundled"


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A checkpoint's structure; its weights come when they are held."""

    folder: Path
    config: CheckpointConfig
    model: CompactModel
    encoder: BundledEncoder | HubEncoder


def choose_memory_mode(device: str = "auto") -> str:
    """The memory mode that suits what is free now. Raises BudgetError if none does."""
    kind = resolve_device(device).type  # type: ignore[arg-type]
    return choose_mode(free_device_mib(kind), free_host_mib())


def model_folder(settings: Settings) -> Path:
    """Where the checkpoint lies."""
    return bundled_folder("models") / "compact" if settings.model.path == BUNDLED else Path(settings.model.path)


def load_model(settings: Settings) -> LoadedModel:
    """Read a checkpoint's configs and build its modules, empty. Raises CheckpointError or ConfigError."""
    from redheart.nn.checkpoint import build_model, read_config
    from redheart.nn.heads import HEADS

    folder = model_folder(settings)
    config = read_config(folder)
    encoder = build_encoder(settings.encoder, folder)
    if (encoder.name, encoder.revision) != (config.encoder, config.encoder_revision):
        raise ConfigError(
            f"checkpoint '{folder}' was trained on encoder '{config.encoder}' ({config.encoder_revision}), "
            f"not on '{encoder.name}' ({encoder.revision}, dimension {encoder.dim}). "
            "Set `encoder.name` to 'bundled': the training scripts know no other encoder."
        )
    _refuse_other_weights(folder, config.encoder_sha256, encoder.digests())
    own_file = frozenset(name for name, head in HEADS.items() if not head.plain_licence)
    without = frozenset() if settings.model.heads_without_plain_licence else own_file
    return LoadedModel(folder, config, build_model(config, without), encoder)


def _refuse_other_weights(folder: Path, trained_on: str, digests: dict[str, str]) -> None:
    """The encoder's name may be right and its file another: raises CheckpointError."""
    if trained_on not in digests.values():
        used = ", ".join(f"'{name}' is '{digest[:12]}…'" for name, digest in digests.items())
        raise CheckpointError(
            f"checkpoint '{folder}' was trained on encoder weights with SHA-256 '{trained_on[:12]}…', but {used}. "
            "Restore the encoder's files, or point `model.path` at a whole checkpoint."
        )


def build_encoder(section: EncoderSection, folder: Path) -> BundledEncoder | HubEncoder:
    """The sentence encoder that the settings name."""
    if section.name == BUNDLED:
        from redheart.encoders.bundled import BundledEncoder

        return BundledEncoder(folder, section.precision)
    from redheart.encoders.hub import HubEncoder

    return HubEncoder(section)


def build_orchestrator(settings: Settings) -> Orchestrator:
    """The whole house, ready to `async with`; weights are read when first held. Raises typed errors."""
    from redheart.llm import build_llm
    from redheart.pipeline.io_pipeline import IOPipeline

    device = resolve_device(settings.device)
    limit_threads(settings.model.threads)
    events = EventBus()
    llm = build_llm(settings.llm, settings.device)
    loaded = load_model(settings)
    memory = build_memory(settings, loaded, device, events)
    for module in llm.swappables():
        memory.register(module)
    store, notices = experience_store(settings)
    pipeline = IOPipeline(
        _phases(settings, loaded, memory, llm, store),
        events,
        settings.pipeline.batch_size,
        settings.pipeline.queue_size,
        settings.pipeline.step_timeout_s,
    )
    parts = OrchestratorParts(
        pipeline=pipeline,
        memory=memory,
        monitor=MemoryMonitor(str(device)),
        events=events,
        make_result=_result_maker(settings, loaded),
        notices=notices,
        ahead=2 * settings.pipeline.batch_size,
    )
    return Orchestrator(parts)


def build_memory(
    settings: Settings, loaded: LoadedModel, device: torch.device, events: EventBus
) -> UnifiedMemoryManager:
    """The memory manager with every module of the model registered."""
    from redheart.memory.torch_module import TorchModule
    from redheart.nn.checkpoint import state_reader

    budgets = Budgets.from_settings(settings.memory, device.type)
    memory = UnifiedMemoryManager(
        budgets, policy_named(settings.memory.policy), settings.memory.mode, str(device), events
    )
    encoder = loaded.encoder
    memory.register(TorchModule("encoder", PRIORITIES["encoder"], encoder.module, encoder.load_state, device))
    for name, module in loaded.model.modules().items():
        priority = PRIORITIES.get(name, SwapPriority.SECONDARY)
        memory.register(
            TorchModule(name, priority, _on_meta(module), state_reader(loaded.folder, loaded.config, name), device)
        )
    return memory


def verify_models(settings: Settings) -> dict[str, str]:
    """Load strictly and reproduce the probe: file -> SHA-256, of those that were loaded. Raises CheckpointError."""
    import asyncio

    from redheart.nn.checkpoint import file_of

    loaded = load_model(settings)
    if unprobed := [head for head in loaded.model.heads if head not in loaded.config.probe.outputs]:
        raise CheckpointError(
            f"head '{unprobed[0]}' of '{loaded.folder}' has no recorded probe. Train the model again."
        )
    seen = asyncio.run(_verify(settings, loaded))
    modules = {file_of(name): loaded.config.files[file_of(name)] for name in loaded.model.modules() if name in seen}
    return {**(loaded.encoder.digests() if "encoder" in seen else {}), **modules}


async def _verify(settings: Settings, loaded: LoadedModel) -> frozenset[str]:
    """Names of the modules that were loaded while the probe was read."""
    events = EventBus()
    news = events.subscribe(4 * (1 + len(loaded.config.files)))  # each module may come and go twice
    memory = build_memory(settings, loaded, resolve_device(settings.device), events)
    try:
        await _red_heart_phase(settings, loaded, memory).check_probe()
    finally:
        await memory.close()
    return frozenset(event.name for event in news.drain() if event.kind == MODULE_LOADED)


def _on_meta(module: nn.Module) -> nn.Module:
    """Drop the initial random weights: nothing may read them."""
    return module.to("meta")


def _phases(
    settings: Settings, loaded: LoadedModel, memory: UnifiedMemoryManager, llm: LLMPlugin, store: CaseStore | None
) -> tuple[Phase, ...]:
    """The four phases in their order."""
    from redheart.circuit.circuit import EmotionEthicsRegretCircuit
    from redheart.nn.neutral import NEUTRAL_SENTENCES
    from redheart.phases.circuit import CircuitPhase
    from redheart.phases.llm_final import LLMFinalPhase
    from redheart.phases.llm_initial import LLMInitialPhase

    circuit = EmotionEthicsRegretCircuit(store, settings.circuit, NEUTRAL_SENTENCES)
    return (
        LLMInitialPhase(llm, memory, settings.input, settings.allow_degraded),
        _red_heart_phase(settings, loaded, memory),
        CircuitPhase(circuit, store, lambda: datetime.now(UTC)),
        LLMFinalPhase(llm, memory, allow_degraded=settings.allow_degraded),
    )


def _red_heart_phase(settings: Settings, loaded: LoadedModel, memory: UnifiedMemoryManager) -> RedHeartPhase:
    from redheart.nn.interpret import Interpreter
    from redheart.nn.reader import Reader
    from redheart.phases.red_heart import ReadingParts, RedHeartPhase

    parts = ReadingParts(
        encoder=loaded.encoder,
        reader=Reader(loaded.model),
        interpreter=Interpreter(loaded.config),
        config=loaded.config,
        max_units=settings.surd.max_units,
        batch_sentences=settings.encoder.batch_sentences,
        model_modules=tuple(loaded.model.modules()),
    )
    return RedHeartPhase(parts, memory)


def experience_store(settings: Settings) -> tuple[CaseStore | None, tuple[str, ...]]:
    """The store, or None where it is switched off, with what a user must know on the first run."""
    if not settings.experience.enabled:
        return None, ()
    from redheart.experience.location import default_path, is_first_run
    from redheart.experience.store import LanceCaseStore

    path = Path(settings.experience.path) if settings.experience.path else default_path()
    notice = (
        f"Texts and decisions are kept in '{path}', on this machine only, readable by you alone, so that later cases "
        "can be compared. --no-experience neither keeps nor reads them; delete the folder to forget."
    )
    return LanceCaseStore(path), ((notice,) if is_first_run(path) else ())


def _result_maker(settings: Settings, loaded: LoadedModel) -> ResultMaker:
    carried = tuple(loaded.model.heads)
    left_out = tuple(f"head.{head}" for head in loaded.config.heads if head not in carried)
    provenance = Provenance(
        version=__version__,
        checkpoint=loaded.folder.name,
        checkpoint_hash=loaded.config.config_sha256,
        encoder=loaded.encoder.name,
        encoder_revision=loaded.encoder.revision,
        heads=carried,
        precision=settings.encoder.precision,
        neutral_set="ten everyday sentences of the text's language, listed in analysis.bentham.neutral_set",
    )
    return ResultMaker(provenance=provenance, llm_backend=settings.llm.backend, left_out=left_out)
