"""The whole network: one backbone, and the parts that read it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn

from redheart.config.refusals import did_you_mean
from redheart.errors import ConfigError
from redheart.nn.network.analyzers import ANALYZERS
from redheart.nn.network.auxiliaries import AUXILIARIES
from redheart.nn.network.backbone import Backbone
from redheart.nn.network.chosen import Chosen
from redheart.nn.network.heads import HEADS
from redheart.nn.network.layers import Readouts, Shape, Stack
from redheart.nn.network.packed import Packed
from redheart.nn.network.part import Part, PartOutput, Task
from redheart.nn.network.preset import Preset, SentencePreset
from redheart.nn.network.sizes import GROUPS
from redheart.nn.network.targets import TARGETS
from redheart.nn.network.wrappers import WRAPPERS

#: Every part there is, in the order in which parts are built, computed and stored.
PARTS: dict[str, type[Part]] = {
    f"{group}.{name}": kind
    for group, kinds in zip(GROUPS, (HEADS, ANALYZERS, AUXILIARIES, WRAPPERS), strict=True)
    for name, kind in kinds.items()
}


class Network(nn.Module):
    """A preset of the family 'sentences' with weights. Projections of tasks that no part reads are left out.

    `outputs` are the outputs by target that are taught: parts and readouts of no taught target are not built, and
    nothing else is ever predicted.
    """

    def __init__(
        self,
        preset: Preset,
        encoder_dim: int,
        parts: Collection[str] | None = None,
        outputs: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """`parts` None builds all of the preset, `outputs` None all that there are.

        Raises ConfigError for another family, a part it lacks, an output that there is not, or nothing to build.
        """
        super().__init__()
        self.preset = _of_sentences(preset)
        self.encoder_dim = encoder_dim
        self.outputs = checked_outputs(outputs)
        sizes = self.preset.sizes()
        asked = [
            part
            for part in _chosen(parts, sizes, f"preset '{preset.name}'")
            if any(target in self.outputs for target in PARTS[part].targets)
        ]
        if not asked:
            raise ConfigError(f"no part of preset '{preset.name}' has a target of {sorted(self.outputs)}. Give others.")
        self.backbone = Backbone(self.preset, encoder_dim, {task_of(part) for part in asked})
        shape = Shape(preset.width, preset.attention_heads, preset.dropout)
        built = {part: PARTS[part](shape, sizes[part]) for part in asked}
        for part in built.values():
            _leave_out(part, self.outputs)
        self.head, self.analyzer, self.auxiliary, self.wrapper = (_of_group(group, built) for group in GROUPS)
        self._columns = {target: _columns(target, names) for target, names in self.outputs.items()}

    @property
    def recompute(self) -> bool:
        """Whether what happens inside a layer is computed again in the backward pass instead of kept."""
        return self.backbone.layers.recompute

    @recompute.setter
    def recompute(self, on: bool) -> None:
        for module in self.modules():
            if isinstance(module, Stack):
                module.recompute = on

    def parts(self) -> dict[str, Part]:
        """'head.emotion' -> that part, in a fixed order."""
        groups = zip(GROUPS, (self.head, self.analyzer, self.auxiliary, self.wrapper), strict=True)
        found = {f"{group}.{name}": module for group, modules in groups for name, module in modules.items()}
        return {name: module for name, module in found.items() if isinstance(module, Part)}

    def named_modules_of_plan(self) -> dict[str, nn.Module]:
        """Every module that a preset plans parameters for: the backbone, then the parts."""
        return {"backbone": self.backbone, **self.parts()}

    def targets_by_part(self) -> dict[str, tuple[str, ...]]:
        """Part -> the taught targets that it predicts."""
        return {name: tuple(t for t in part.targets if t in self.outputs) for name, part in self.parts().items()}

    def forward(self, documents: Packed, readers: Mapping[str, Chosen] | None = None) -> dict[str, PartOutput]:
        """Sentence vectors -> what each part says of each document.

        Of `readers` each reads its chosen documents alone, and predicts NaN of the others; other parts are not
        computed. None: all parts read all documents.
        Raises ConfigError for a part the network lacks, InputError for vectors of another width than its encoder's.
        """
        built = self.parts()
        asked = _chosen(readers, built, "this network")
        features = self.backbone(documents, {built[part].task for part in asked})
        if readers is None:
            return {part: self.taught(built[part](features[built[part].task])) for part in asked}
        found = {part: built[part](readers[part].of(features[built[part].task])) for part in asked}
        return {part: self.taught(_among(documents, readers[part], output)) for part, output in found.items()}

    def taught(self, output: PartOutput) -> PartOutput:
        """Without what nobody taught."""
        kept = {}
        for target, raw in output.predictions.items():
            if target in self._columns:
                columns = self._columns[target]
                kept[target] = raw if columns is None else raw[:, columns]
        return PartOutput(kept, output.penalties)

    def read(self, documents: Packed) -> dict[str, Tensor]:
        """Target -> (B, outputs): the mean of the raw predictions of the parts that have it."""
        said: dict[str, list[Tensor]] = {}
        for output in self(documents).values():
            for target, prediction in output.predictions.items():
                said.setdefault(target, []).append(prediction)
        return {target: torch.stack(predictions).mean(0) for target, predictions in said.items()}


def checked_outputs(outputs: Mapping[str, Sequence[str]] | None) -> dict[str, tuple[str, ...]]:
    """Target -> its outputs, in their order; all there are for None. Raises ConfigError for one that there is not."""
    if outputs is None:
        return {name: target.outputs for name, target in TARGETS.items()}
    _refuse_unknown(outputs, TARGETS, "the table of targets", "target")
    for target, names in outputs.items():
        _refuse_unknown(names, TARGETS[target].outputs, f"target '{target}'", "output")
    return {target: tuple(n for n in TARGETS[target].outputs if n in names) for target, names in outputs.items()}


def task_of(part: str) -> Task:
    """The task whose projection a part reads. Raises ConfigError for a part there is not."""
    _refuse_unknown([part], PARTS, "the network")
    return PARTS[part].task


def layer_depths(network: Network) -> dict[str, int]:
    """Parameter name -> layers below the top: 0 for parts and projections, 1 for the backbone's top layer, and so on
    down to its input.
    """
    layers = len(network.backbone.layers)
    return {name: _depth(name, layers) for name, _ in network.named_parameters()}


def _depth(name: str, layers: int) -> int:
    if not name.startswith("backbone.") or name.startswith("backbone.projections."):
        return 0
    if name.startswith("backbone.layers."):
        return layers - int(name.split(".")[2])
    return layers + 1


def _among(documents: Packed, chosen: Chosen, output: PartOutput) -> PartOutput:
    spread = {target: chosen.among(documents.documents, raw) for target, raw in output.predictions.items()}
    return PartOutput(spread, output.penalties)


def _of_sentences(preset: Preset) -> SentencePreset:
    if not isinstance(preset, SentencePreset):
        raise ConfigError(
            f"preset '{preset.name}' is of the family '{preset.family}', which this network does not build. "
            "Its model is made by `redheart train --preset compact`; choose a preset of the family 'sentences' here."
        )
    return preset


def _chosen(asked: Collection[str] | None, there: Collection[str], owner: str) -> list[str]:
    """The parts asked for, in the order of those there are."""
    if asked is None:
        return list(there)
    _refuse_unknown(asked, there, owner)
    return [part for part in there if part in asked]


def _leave_out(part: Part, outputs: Collection[str]) -> None:
    """Delete the readouts of targets that nobody teaches."""
    for module in part.modules():
        if isinstance(module, Readouts):
            for target in [name for name in module if name not in outputs]:
                del module[target]


def _columns(target: str, names: Sequence[str]) -> list[int] | None:
    """Where the taught outputs lie among all of a target; None where they are all."""
    every = TARGETS[target].outputs
    return None if len(names) == len(every) else [every.index(name) for name in names]


def _refuse_unknown(asked: Iterable[str], there: Collection[str], owner: str, what: str = "part") -> None:
    for name in asked:
        if name not in there:
            raise ConfigError(f"{owner} has no {what} '{name}'.{did_you_mean(name, there)}")


def _of_group(group: str, built: dict[str, Part]) -> nn.ModuleDict:
    named = ((part.split("."), module) for part, module in built.items())
    return nn.ModuleDict({name: module for (home, name), module in named if home == group})
