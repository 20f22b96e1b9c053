"""Guards against labels that are lost, made up, or read under another name than their own: such a run learns and
scores well, and has learned nothing.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
import torch

from redheart.calculus.bentham import CIRCUMSTANCES, COST_WEIGHTS
from redheart.calculus.interventions import decomposition
from redheart.errors import InputError
from redheart.nn import surd
from redheart.nn.network.checkpoint_file import load_network
from redheart.nn.network.network import Network
from redheart.nn.network.targets import FACTORS, RECORD_EMOTIONS, SHARES, TARGETS
from redheart.training.corpus.dataset import Dataset
from redheart.training.corpus.reading import read_file
from redheart.training.corpus.schema import Bentham
from redheart.training.run.build import taught_outputs
from redheart.types.emotions import BASE_EMOTIONS, EMOTION_LABELS_KO, EMOTIONS, KOTE, KOTE_TO_EMOTION, POLARITY
from redheart.types.readings import BENTHAM_FACTORS
from redheart.types.surd import SurdShares
from tests.training.corpus.labelled_files import lines_file, row
from tests.training.run.prepared import learned, prepared, smallest, splits_of
from tests.training.run.small import DIM, dataset

PACKAGE = Path(__file__).resolve().parents[2] / "redheart"
NAN = float("nan")
EVERY = {name: target.outputs for name, target in TARGETS.items()}


@pytest.mark.parametrize("labels", [{"joy": 1.0}, {"joy": 0, "anger": 1}, [17], [["joy"]], "joy"])
def test_labels_in_a_form_of_their_own_are_refused_never_read_as_none(labels: Any, tmp_path: Path) -> None:
    path = lines_file(tmp_path / "goemotions_en.jsonl", [row(1), row(2, labels=labels)])
    with pytest.raises(InputError, match="line 2, field 'labels"):
        read_file(path)


def only(data: Dataset, target: str, known: dict[str, np.ndarray]) -> Dataset:
    """The same documents, of which nothing is known but these outputs of one target."""
    values = torch.full((len(data.starts) - 1, len(EVERY[target])), NAN)
    for output, column in known.items():
        values[:, EVERY[target].index(output)] = torch.from_numpy(column.astype(np.float32))
    return Dataset(data.vectors, data.starts, data.first, {target: values}, {})


def pleasant(data: Dataset) -> np.ndarray:
    """What the labels of the drawn documents follow: the first number of their first sentence."""
    found: np.ndarray = data.vectors[torch.from_numpy(data.starts[:-1]), 0].numpy() > 0
    return found


def restricted(data: Dataset, outputs: dict[str, tuple[str, ...]]) -> Dataset:
    """As a run restricts its splits to what train teaches."""
    return data.restricted({name: [EVERY[name].index(one) for one in taught] for name, taught in outputs.items()})


def test_what_nobody_labelled_is_neither_built_nor_kept_nor_read(tmp_path: Path) -> None:
    splits = {name: only(data, "factors", {"extent": pleasant(data)}) for name, data in splits_of().items()}
    outputs = taught_outputs(splits["train"], EVERY)
    assert outputs == {"factors": ("extent",)}
    run = prepared(tmp_path / "run", {name: restricted(data, outputs) for name, data in splits.items()}, epochs=1)
    network = learned(replace(run, outputs=outputs)).learner.network
    stored, header = load_network(run.asked.folder.epoch_file(1))
    assert set(network.parts()) == set(stored.parts()) == {"head.bentham", "analyzer.bentham", "wrapper.bentham"}
    assert header.outputs() == outputs
    said = stored.read(splits["test"].batch(np.arange(9)).documents)
    assert {name: values.shape[1] for name, values in said.items()} == {"factors": 1}


def test_a_column_is_learned_and_read_under_its_own_name() -> None:
    data = dataset(48)
    known = {"joy": pleasant(data), "anger": ~pleasant(data)}  # not in the order of the vocabulary
    labelled = only(data, "emotion", known)
    outputs = taught_outputs(labelled, EVERY)
    run = restricted(labelled, outputs)
    torch.manual_seed(0)
    network = Network(smallest(dropout=0.0), DIM, outputs=outputs)
    optimizer = torch.optim.AdamW(network.parameters(), lr=3e-3)
    batch = run.batch(np.arange(48))
    for _ in range(40):
        said = [output.predictions["emotion"] for output in network(batch.documents).values()]
        loss = sum(torch.nn.functional.binary_cross_entropy_with_logits(raw, batch.targets["emotion"]) for raw in said)
        optimizer.zero_grad()
        torch.as_tensor(loss).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    read = dict(zip(network.outputs["emotion"], network.read(batch.documents)["emotion"].T, strict=True))
    happy = batch.documents.first_rows()[:, 0] > 0
    assert (read["joy"] > read["anger"])[happy].float().mean() > 0.9
    assert (read["joy"] < read["anger"])[~happy].float().mean() > 0.9


def test_outputs_asked_for_in_any_order_stand_in_that_of_the_vocabulary() -> None:
    names = {"factors": ("self_damage", "intensity", "extent"), "emotion": ("joy", "anger")}
    network = Network(smallest(), DIM, outputs=names)
    assert network.outputs == {"factors": ("intensity", "extent", "self_damage"), "emotion": ("anger", "joy")}


def test_the_factors_have_one_list_of_names() -> None:
    assert FACTORS == BENTHAM_FACTORS == tuple(Bentham.model_fields)
    assert (*CIRCUMSTANCES, *sorted(COST_WEIGHTS)) == (*FACTORS[:7], *sorted(FACTORS[7:]))


def test_the_shares_of_a_decomposition_have_one_list_of_names() -> None:
    assert SHARES == surd.SHARES == tuple(SurdShares.model_fields)
    assert tuple(each.name for each in fields(decomposition.Shares)) == SHARES
    assert set(get_args(decomposition.Kind)) == set(SHARES) - {"leak"}


def test_tables_between_vocabularies_name_what_there_is() -> None:
    assert (TARGETS["emotion"].outputs, TARGETS["kote"].outputs) == (EMOTIONS, KOTE)
    assert set(POLARITY) == set(EMOTION_LABELS_KO) == set(EMOTIONS)
    assert set(KOTE_TO_EMOTION) <= set(KOTE)
    assert {*KOTE_TO_EMOTION.values(), *(name for names in BASE_EMOTIONS.values() for name in names)} <= set(EMOTIONS)
    assert TARGETS["base_emotion"].outputs == RECORD_EMOTIONS
    assert set(BASE_EMOTIONS) - set(RECORD_EMOTIONS) == {"anticipation"}


def constants(path: Path) -> Iterator[str]:
    """Public constants of a module, as it binds them itself."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.target.id.isupper():
            yield node.target.id


def test_no_two_lists_of_emotions_or_factors_have_one_name() -> None:
    shared = [name for room in ("types/emotions", "types/readings", "nn/network/targets")
              for name in constants(PACKAGE / f"{room}.py")]  # fmt: skip
    assert sorted(shared) == sorted(set(shared)) and {"BASE_EMOTIONS", "RECORD_EMOTIONS", "FACTORS"} <= set(shared)


def positions(path: Path) -> Iterator[str]:
    """Places that read one output of a vocabulary by its number: EMOTIONS[17], FACTORS[3], TARGETS[x].outputs[0]."""
    lists = ("EMOTIONS", "KOTE", "FACTORS", "BENTHAM_FACTORS", "SHARES", "RECORD_EMOTIONS", "outputs")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant | ast.UnaryOp):
            owner = node.value.attr if isinstance(node.value, ast.Attribute) else getattr(node.value, "id", "")
            if owner in lists and not isinstance(getattr(node.slice, "value", 0), str):
                yield f"{path.relative_to(PACKAGE)}:{node.lineno} {ast.unparse(node)}"


def test_no_emotion_or_factor_is_read_by_its_number() -> None:
    assert [place for path in sorted(PACKAGE.rglob("*.py")) for place in positions(path)] == []


def made_up(path: Path) -> Iterator[str]:
    """Places that put a number where there is none: nan_to_num, fillna, `.get(name, 0.5)`, `known or 0.5`."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        called = node.func.attr if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else ""
        given = node.args[-1] if isinstance(node, ast.Call) and node.args else None
        default = isinstance(given, ast.Constant) and isinstance(given.value, float)
        either = (
            isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or) and isinstance(node.values[-1], ast.Constant)
        )
        if called in ("nan_to_num", "fillna") or (called == "get" and default and len(node.args) == 2):  # type: ignore[attr-defined]
            yield f"{path.relative_to(PACKAGE)}:{node.lineno}"  # type: ignore[attr-defined]
        elif either and isinstance(node.values[-1].value, float):  # type: ignore[attr-defined]
            yield f"{path.relative_to(PACKAGE)}:{node.lineno}"  # type: ignore[attr-defined]


@pytest.mark.parametrize("room", ["training/corpus", "nn/network"])
def test_no_number_is_put_where_data_or_network_have_none(room: str) -> None:
    assert [place for path in sorted((PACKAGE / room).rglob("*.py")) for place in made_up(path)] == []
