"""Guards against a network that answers without having learned: weights that were never loaded, parts nobody taught,
numbers that are drawn or always the same, other vectors in use than in training. The code's own rooms are looked
through for what hides such a thing: swallowed errors, exits, state that everybody may change.
"""

from __future__ import annotations

import ast
import copy
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from redheart.config.train import TrainSection
from redheart.errors import RedHeartError
from redheart.nn.network.count import parameters_of
from redheart.nn.network.footprint.activations import Load
from redheart.nn.network.footprint.footprint import training_footprint
from redheart.nn.network.network import PARTS, Network, task_of
from redheart.nn.network.packed import Packed, groups_of
from redheart.nn.network.part import TASKS
from redheart.nn.network.targets import TARGETS
from redheart.training.run.memory import predicted
from tests.training.run.prepared import learned, prepared, smallest
from tests.training.run.small import DIM, dataset

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "redheart"
#: The rooms in which networks are built, taught and judged.
ROOMS = ("nn/network", "training")
#: Of these, the rooms of a run: importing them must cost nothing but their code.
HOMES = ("redheart.nn.network", *(f"redheart.training.{room}" for room in ("corpus", "run", "selection", "sweep")))


def shared_tables() -> dict[str, object]:
    """Every table at the top of the files of these rooms, as it is now."""
    files = [name for name in sorted(sys.modules) if name.startswith(("redheart.nn.network", "redheart.training"))]
    return {
        f"{name}.{key}": copy.copy(value)
        for name in files
        for key, value in vars(sys.modules[name]).items()
        if isinstance(value, dict | list | set) and not key.startswith("__")
    }


#: Before any test ran.
TABLES = shared_tables()


def network(dropout: float = 0.1) -> Network:
    """Every part there is, its weights drawn from seed 0."""
    torch.manual_seed(0)
    return Network(smallest(dropout), DIM).eval()


def documents(lengths: Sequence[int] = (1, 2, 2, 4, 5)) -> Packed:
    values = torch.randn(sum(lengths), DIM, generator=torch.Generator().manual_seed(3))
    return Packed(values, groups_of(lengths))


@cache
def telling() -> tuple[tuple[str, ast.AST], ...]:
    """'file:line' -> calls, handlers, functions and global statements of the whole package."""
    kinds = (ast.Call, ast.ExceptHandler, ast.FunctionDef, ast.AsyncFunctionDef, ast.Global)
    return tuple(
        (f"{path.relative_to(PACKAGE).as_posix()}:{node.lineno}", node)
        for path in sorted(PACKAGE.rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, kinds)
    )


def places(kind: type[ast.AST], rooms: tuple[str, ...] = ("",)) -> Iterator[tuple[str, ast.AST]]:
    """Those of one kind, in some rooms."""
    return ((place, node) for place, node in telling() if isinstance(node, kind) and place.startswith(rooms))


def test_weights_are_nowhere_loaded_but_strictly() -> None:
    loose = [
        place
        for place, node in places(ast.Call)
        if isinstance(node, ast.Call)
        and getattr(node.func, "attr", getattr(node.func, "id", "")) in ("load_state_dict", "load_model")
        and any(each.arg == "strict" and ast.unparse(each.value) != "True" for each in node.keywords)
    ]
    assert loose == []


def test_a_state_that_lacks_a_tensor_is_never_gone_on_with(tmp_path: Path) -> None:
    run = prepared(tmp_path / "run", epochs=1, ema=0.5)
    learned(run)
    path, again = run.asked.folder.state, replace(run, asked=replace(run.asked, resume=True))
    whole = load_file(path)
    with safe_open(path, framework="pt") as file:
        said = file.metadata()
    for section in ("weights/backbone.", "weights/head.emotion.", "optimizer/", "average/"):
        gone = next(name for name in sorted(whole) if name.startswith(section))
        save_file({name: value for name, value in whole.items() if name != gone}, path, metadata=said)
        with pytest.raises((RedHeartError, RuntimeError, KeyError)):
            learned(again)


@torch.no_grad()
def test_reading_draws_nothing_makes_nothing_and_says_the_same_twice() -> None:
    of, before = network(), torch.get_rng_state()
    names = [name for name, _ in of.named_parameters()]
    first, again = of.read(documents()), of.read(documents())
    assert torch.equal(torch.get_rng_state(), before)
    assert [name for name, _ in of.named_parameters()] == names
    assert all(torch.equal(values, again[target]) for target, values in first.items())


@torch.no_grad()
def test_no_output_is_a_constant() -> None:
    for part, output in network()(documents((3, 3, 3, 3))).items():
        for target, values in output.predictions.items():
            assert (values.std(0) > 0).all(), (part, target)


@pytest.mark.parametrize("part", PARTS)
def test_every_part_listens_to_the_projection_of_its_own_task_alone(part: str) -> None:
    of = network()
    predictions = of(documents())[part].predictions  # all parts are computed: each may be given another's features
    torch.stack([values.square().sum() for values in predictions.values()]).sum().backward()
    heard = {task for task in TASKS if any(p.grad is not None for p in of.backbone.projections[task].parameters())}
    assert heard == {task_of(part)}
    assert part.endswith(f".{task_of(part)}") or part.startswith("auxiliary.")


def test_a_document_is_judged_in_training_as_it_is_read_alone_in_use(tmp_path: Path) -> None:
    run = prepared(tmp_path / "run", epochs=1)
    done = learned(run)
    data, of = run.splits["validation"], done.learner.network.eval()
    judged = done.judge.predictions("validation")
    in_order = np.argsort(np.diff(data.starts), kind="stable")  # as a batch has them
    compared: set[str] = set()
    for place, document in enumerate(in_order):
        own = data.vectors[data.starts[document] : data.starts[document + 1]]
        with torch.no_grad():
            said = of(Packed(own, ((1, len(own)),)))
        for part in ("head.emotion", "auxiliary.dsp", "wrapper.emotion"):
            for target, alone in said[part].predictions.items():
                found, known = (values[place] for values in judged.of(part, target))
                if not np.isnan(known).all():
                    compared.add(target)
                    np.testing.assert_allclose(found, alone[0].numpy(), atol=1e-5)
    assert compared >= {"emotion", "dimensions"}


def test_no_rows_of_zeros_join_a_document() -> None:
    data = dataset(24)
    batch = data.batch(np.arange(24))
    assert len(batch.documents.values) == len(data.vectors)
    assert not (batch.documents.values == 0).all(1).any()
    assert sum(count * rows for count, rows in batch.documents.groups) == int(np.diff(data.starts).sum())


@pytest.mark.parametrize("settings", [{}, {"precision": "bfloat16"}, {"ema": 0.5}])
def test_the_memory_that_is_predicted_is_that_which_is_held(settings: dict[str, object], tmp_path: Path) -> None:
    run = prepared(tmp_path / "run", epochs=1, **settings)
    told = predicted(run, 8)
    learner = learned(run).learner
    held = list(learner.network.parameters())
    assert told["weights"] == sum(p.numel() * p.element_size() for p in held)
    assert told["gradients"] == sum(p.numel() * p.element_size() for p in held if p.grad is not None)
    states = sum(value.numel() * value.element_size() for value in learner.stepper.state().values())
    assert told["optimizer"] == pytest.approx(states, rel=0.02)
    assert bool(told["average"]) is bool(run.train.ema)


def test_parts_that_are_not_built_take_no_memory_and_no_parameters() -> None:
    whole = training_footprint(smallest(), DIM, TrainSection(), Load(4, 2), cuda=False)
    assert set(whole.modules) == {"backbone", *PARTS}
    lone = Network(smallest(), DIM, ["head.regret"])
    assert parameters_of(lone) < whole.weights / 4


def test_importing_the_rooms_of_training_builds_no_module_and_opens_no_weights() -> None:
    code = (
        "import builtins, importlib, pkgutil, sys, torch\n"
        "def refused(*a, **k): raise AssertionError('built at import')\n"
        "torch.nn.Module.__init__ = refused\n"
        "plain = builtins.open\n"
        "def watched(file, *a, **k):\n"
        "    assert not str(file).endswith(('.safetensors', '.yaml', 'tokenizer.json')), file\n"
        "    return plain(file, *a, **k)\n"
        "builtins.open = watched\n"
        f"for name in {HOMES!r}:\n"
        "    room = importlib.import_module(name)\n"
        "    for each in pkgutil.walk_packages(room.__path__, name + '.'):\n"
        "        importlib.import_module(each.name)\n"
        "heavy = ('transformers', 'matplotlib.pyplot', 'lancedb', 'kiwipiepy', 'redheart.assembly')\n"
        "sys.exit(' '.join(n for n in heavy if n in sys.modules) or 0)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_nothing_that_all_share_is_changed_by_a_run(tmp_path: Path) -> None:
    learned(prepared(tmp_path / "run", epochs=1))
    now = shared_tables()
    assert len(TABLES) > 20
    assert {name for name, value in TABLES.items() if now[name] != value} == set()


def test_no_error_is_swallowed() -> None:
    silent = []
    for place, node in places(ast.ExceptHandler):
        assert isinstance(node, ast.ExceptHandler)
        broad = node.type is None or ast.unparse(node.type) in ("Exception", "BaseException")
        told = any(isinstance(each, ast.Raise) for each in ast.walk(node)) or (
            node.name is not None and any(isinstance(n, ast.Name) and n.id == node.name for n in ast.walk(node))
        )
        nothing = all(isinstance(each, ast.Pass | ast.Continue) for each in node.body)
        if node.type is None or nothing or (broad and not told):
            silent.append(place)
    assert silent == []


def test_no_library_ends_the_process() -> None:
    def ends(node: ast.AST) -> bool:
        simple = isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute)
        words = ast.unparse(node.func) if simple else ""
        return words in ("sys.exit", "exit", "quit", "os._exit", "SystemExit")

    doors = ("__main__.py", "entrypoints/", "benchmarks/")
    found = [place for place, node in places(ast.Call) if ends(node) and not place.startswith(doors)]
    assert [place for place in found if not only_as_a_script(place)] == []


def only_as_a_script(place: str) -> bool:
    """Reached only where a file is run by its name: below its last guard."""
    file, line = place.split(":")
    lines = (PACKAGE / file).read_text(encoding="utf-8").splitlines()
    guards = [number for number, text in enumerate(lines, 1) if text == 'if __name__ == "__main__":']
    return bool(guards) and int(line) > guards[-1]


def test_no_function_changes_what_all_share() -> None:
    assert [place for place, _ in places(ast.Global)] == []


def test_files_and_functions_stay_small_enough_to_read() -> None:
    long_files = [
        str(path.relative_to(PACKAGE))
        for room in ROOMS
        for path in (PACKAGE / room).rglob("*.py")
        if len(path.read_text(encoding="utf-8").splitlines()) > 300
    ]
    long_functions = [
        place
        for place, node in places(ast.FunctionDef, ROOMS)
        if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 50
    ]
    assert (long_files, long_functions) == ([], [])


def test_no_file_is_a_copy_of_another() -> None:
    bodies: dict[str, str] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        text, file = path.read_text(encoding="utf-8").strip(), path.name
        assert len(text) < 400 or text not in bodies, (file, bodies.get(text))
        bodies[text] = file
        assert not path.stem.lower().endswith(("_v2", "_v3", "_backup", "_old", "_copy", "_new")), file


def test_what_is_read_of_a_network_is_all_it_was_taught_and_no_more() -> None:
    outputs = {"emotion": TARGETS["emotion"].outputs, "regret": ("regret",)}
    taught = Network(smallest(), DIM, outputs=outputs).eval()
    with torch.no_grad():
        said: dict[str, Tensor] = taught.read(documents())
    assert set(said) == set(outputs)
    assert not [name for name in taught.state_dict() if "kote" in name or "factors" in name or "utility" in name]
