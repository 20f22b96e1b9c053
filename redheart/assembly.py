"""Builds everything from one `Settings`: the only file that knows every package."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from redheart.config.environment import force_cpu
from redheart.config.schema import Settings
from redheart.devices import limit_threads, resolve_device
from redheart.errors import CheckpointError, ConfigError, RedHeartError
from redheart.events import MODULE_LOADED, EventBus
from redheart.memory.budgets import Budgets
from redheart.memory.free import free_device_mib, free_host_mib
from redheart.memory.manager import MemoryParts, UnifiedMemoryManager
from redheart.memory.modes import choose_mode
from redheart.memory.monitor import MemoryMonitor
from redheart.memory.plan import ResidencyPlan, Step, solve
from redheart.memory.watch.nvml import measure_others
from redheart.orchestrator import Orchestrator, OrchestratorParts
from redheart.results import ResultMaker
from redheart.types.checked import NetworkCheck
from redheart.types.residency import SwapPriority
from redheart.types.result import Provenance
from redheart.types.weights import HeldWeights
from redheart.version import __version__

if TYPE_CHECKING:
    from redheart.encoders.bundled import BundledEncoder
    from redheart.encoders.hub import HubEncoder
    from redheart.experience.store import LanceCaseStore
    from redheart.llm.base import LLMPlugin
    from redheart.nn.checkpoint import CheckpointConfig
    from redheart.nn.model import CompactModel
    from redheart.phases.red_heart import RedHeartPhase
    from redheart.types.cases import CaseStore
    from redheart.types.phase import Phase


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A checkpoint's structure; its weights come when they are held."""

    folder: Path
    config: CheckpointConfig
    model: CompactModel
    encoder: BundledEncoder | HubEncoder


def choose_memory_mode(device: str = "auto") -> str:
    """The memory mode that suits what is free now. Raises BudgetError if none does."""
    kind = resolve_device(device, force_cpu()).type  # type: ignore[arg-type]  # the settings let no other through
    return choose_mode(free_device_mib(kind), free_host_mib())


def load_model(settings: Settings) -> LoadedModel:
    """Read a checkpoint's configs and build its modules, empty. Raises CheckpointError or ConfigError."""
    from redheart.encoders.build import build_encoder, checkpoint_folder
    from redheart.nn.checkpoint import build_model, read_config
    from redheart.nn.heads import HEADS

    folder = checkpoint_folder(settings.model.path)
    config = read_config(folder)
    own_file = frozenset(name for name, head in HEADS.items() if not head.plain_licence)
    without = frozenset() if settings.model.heads_without_plain_licence else own_file
    encoder = build_encoder(settings.encoder, folder, frozenset(HEADS[name].branch for name in without))
    if (encoder.name, encoder.revision) != (config.encoder, config.encoder_revision):
        raise ConfigError(
            f"checkpoint '{folder}' was trained on encoder '{config.encoder}' ({config.encoder_revision}), "
            f"not on '{encoder.name}' ({encoder.revision}, dimension {encoder.dim}). "
            "Set `encoder.name` to 'bundled': the training scripts know no other encoder."
        )
    _refuse_other_weights(folder, config.encoder_sha256, encoder.digests())
    _refuse_other_branches(folder, config, encoder)
    return LoadedModel(folder, config, build_model(config, without), encoder)


def _refuse_other_weights(folder: Path, trained_on: str, digests: dict[str, str]) -> None:
    """The encoder's name may be right and its file another: raises CheckpointError."""
    if trained_on not in digests.values():
        used = ", ".join(f"'{name}' is '{digest[:12]}…'" for name, digest in digests.items())
        raise CheckpointError(
            f"checkpoint '{folder}' was trained on encoder weights with SHA-256 '{trained_on[:12]}…', but {used}. "
            "Restore the encoder's files, or point `model.path` at a whole checkpoint."
        )


def _refuse_other_branches(folder: Path, config: CheckpointConfig, encoder: BundledEncoder | HubEncoder) -> None:
    """Each branch must be the one that the heads learned with: raises CheckpointError."""
    digests = encoder.digests()
    for file, trained_with in (config.branch_files or {}).items():
        if digests.get(file, trained_with) != trained_with:
            raise CheckpointError(
                f"checkpoint '{folder}' was trained with '{file}' of SHA-256 '{trained_with[:12]}…', "
                f"but the encoder names '{digests[file][:12]}…'. Restore the folder."
            )


def build_orchestrator(settings: Settings) -> Orchestrator:
    """The whole house, ready to `async with`; weights are read when first held. Raises typed errors."""
    from redheart.llm import build_llm
    from redheart.pipeline.io_pipeline import Bounds, IOPipeline

    device = resolve_device(settings.device, force_cpu())
    limit_threads(settings.model.threads)
    events = EventBus()
    llm = build_llm(settings.llm, settings.device)
    loaded = load_model(settings)
    monitor = MemoryMonitor(str(device))
    memory = build_memory(settings, loaded, llm, events, monitor.first_load)
    monitor.watch(memory)
    store, notices = experience_store(settings)
    bounds = Bounds(settings.pipeline.batch_size, settings.pipeline.queue_size, settings.pipeline.step_timeout_s)
    pipeline = IOPipeline(
        _phases(settings, loaded, memory, llm, store), events, bounds, before=_swap_before_phase(memory)
    )
    parts = OrchestratorParts(
        pipeline=pipeline,
        memory=memory,
        monitor=monitor,
        events=events,
        make_result=_result_maker(settings, loaded),
        notices=notices,
        ahead=2 * settings.pipeline.batch_size,
        prepare=store.prepare if store is not None else _nothing,
    )
    return Orchestrator(parts)


def build_memory(
    settings: Settings,
    loaded: LoadedModel,
    llm: LLMPlugin | None,
    events: EventBus,
    on_first_load: Callable[[], None] = lambda: None,
) -> UnifiedMemoryManager:
    """The memory manager with every module registered, following the cycle of steps. Loads nothing."""
    from redheart.memory.tiers.choice import transfer_for
    from redheart.memory.torch_module import TorchModule
    from redheart.memory.weights.arena_folder import ArenaFolder

    device = resolve_device(settings.device, force_cpu())
    budgets = Budgets.from_settings(settings.memory, device.type)
    transfer, behind = transfer_for(device, budgets.pinned_bytes)
    parts = MemoryParts(
        budgets=budgets,
        policy=settings.memory.policy,
        mode=settings.memory.mode,
        device=str(device),
        transfer=transfer,
        on_first_load=on_first_load,
        measure_others=measure_others(str(device)),
        behind=behind,
    )
    memory = UnifiedMemoryManager(parts, events)
    folder = None if budgets.disk_folder is None else ArenaFolder(budgets.disk_folder, budgets.disk_bytes)
    for held in _weights(loaded, llm):
        if budgets.stays(held.name):
            held = replace(held, priority=SwapPriority.BACKBONE)
        memory.register(TorchModule(held, transfer, folder=folder))
    memory.follow(memory.cycle(_steps(loaded, llm)))
    return memory


def plan_memory(settings: Settings) -> ResidencyPlan:
    """What would move, step by step, before anything is loaded. Raises BudgetError if one step alone is too large."""
    from redheart.llm import build_llm

    loaded, llm = load_model(settings), build_llm(settings.llm, settings.device)
    memory = build_memory(settings, loaded, llm, EventBus())
    return solve(memory.cycle(_steps(loaded, llm)), memory.budgets.nbytes)


def _weights(loaded: LoadedModel, llm: LLMPlugin | None) -> Iterator[HeldWeights]:
    """Everything that comes and goes."""
    from redheart.nn.checkpoint import stored

    yield HeldWeights("encoder", SwapPriority.PRIMARY, loaded.encoder.module, loaded.encoder.stored())
    for name, module in loaded.model.modules().items():
        weights = stored(loaded.folder, loaded.config, name)
        yield HeldWeights(name, SwapPriority.SECONDARY, module, weights)
    if llm is not None:
        yield from llm.weights()


def _steps(loaded: LoadedModel, llm: LLMPlugin | None) -> tuple[Step, ...]:
    """The memory steps of one request, in their order."""
    needs = frozenset(llm.needs if llm is not None else ())
    return (
        Step("llm_initial", needs),
        Step("embed", frozenset({"encoder"})),
        Step("analyze", frozenset(loaded.model.modules())),
        Step("circuit", frozenset()),
        Step("llm_final", needs),
    )


def _swap_before_phase(memory: UnifiedMemoryManager) -> Callable[[str], Awaitable[None]]:
    """What the pipeline awaits at each barrier: the weights of the phase's first step."""
    # The first phase reads the text by rules before it needs weights, and rules fill memory of their own.
    first_step = {"red_heart": "embed", "circuit": "circuit", "llm_final": "llm_final"}

    async def swap(phase: str) -> None:
        if phase in first_step:
            # The phase's own hold meets the same error, and knows what the user allows to be left out.
            with contextlib.suppress(RedHeartError):
                await memory.synchronous_swap(first_step[phase], stream=True)

    return swap


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


def verify_network(path: Path) -> NetworkCheck:
    """Load one trained network strictly and reproduce its probe. Raises CheckpointError."""
    from redheart.nn.network import checkpoint_file

    checked, header = checkpoint_file.verify_network(path), checkpoint_file.read_header(path)
    return NetworkCheck(
        file=str(path),
        facts=header.told(),
        data=header.facts.data,
        checked=checked,
        taught={part: {name: one.entries for name, one in by.items()} for part, by in header.parts.items()},
    )


async def _verify(settings: Settings, loaded: LoadedModel) -> frozenset[str]:
    """Names of the modules that were loaded while the probe was read."""
    events = EventBus()
    news = events.subscribe(4 * (1 + len(loaded.config.files)))  # each module may come and go twice
    memory = build_memory(settings, loaded, None, events)
    try:
        await _red_heart_phase(settings, loaded, memory).check_probe()
    finally:
        await memory.close()
    return frozenset(event.name for event in news.drain() if event.kind == MODULE_LOADED)


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
    from redheart.calculus.interventions.subset_design import SubsetSizes
    from redheart.nn.interpret import Interpreter
    from redheart.nn.reader import Reader
    from redheart.phases.red_heart import ReadingParts, RedHeartPhase

    parts = ReadingParts(
        encoder=loaded.encoder,
        reader=Reader(loaded.model),
        interpreter=Interpreter(loaded.config, settings.emotion.llm_deviation),
        config=loaded.config,
        subset_sizes=SubsetSizes(settings.surd.max_units, settings.surd.sampled_units, settings.surd.sample),
        batch_sentences=settings.encoder.batch_sentences,
        model_modules=tuple(loaded.model.modules()),
    )
    return RedHeartPhase(parts, memory)


def _nothing() -> None:
    return None


def experience_store(settings: Settings) -> tuple[LanceCaseStore | None, tuple[str, ...]]:
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
