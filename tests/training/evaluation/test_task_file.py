"""Tasks as data: the built-in ones, a user's own, and what is said of a wrong one."""

from pathlib import Path

import pytest

from redheart.errors import ConfigError
from redheart.nn.heads import HEADS
from redheart.training.evaluation.task import OutputsPart
from redheart.training.evaluation.task_file import load_task, task_names

PART = "{name: a, kind: labels, head: emotion, metrics: [macro_f1]}"


def own(tmp_path: Path, content: str) -> str:
    path = tmp_path / "mine.yaml"
    path.write_text(content, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("name", task_names())
def test_every_built_in_task_reads_outputs_that_our_heads_have(name: str) -> None:
    for part in load_task(name)[1].parts:
        head = part.head if part.head in HEADS else part.zero_shot.head if part.zero_shot else ""
        assert head in HEADS, part.name
        if isinstance(part, OutputsPart) and part.outputs:
            assert set(part.outputs) <= set(HEADS[head].names)


def test_the_tasks_that_are_promised_are_there() -> None:
    promised = (
        "goemotions kote emobank ethics_utilitarianism ethics_justice ethics_deontology ethics_virtue "
        "ethics_commonsense nsmc semeval_cfd amcd crowd_envent scruples_dilemmas ecare"
    )
    assert set(promised.split()) <= set(task_names())


def test_a_task_of_ones_own_is_called_as_its_file(tmp_path: Path) -> None:
    name, task = load_task(own(tmp_path, f"parts: [{PART}]\nfields: {{text: sentence}}"))
    assert (name, task.fields.text, task.read) == ("mine", "sentence", "text")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (f"raed: text\nparts: [{PART}]", "'raed' is unknown. Did you mean 'read'?"),
        ("parts: [{name: a, kind: lables, head: emotion, metrics: [ece]}]", "Did you mean 'labels'?"),
        ("parts: [{name: a, kind: labels, haed: emotion, metrics: [ece]}]", "Did you mean 'head'?"),
        ("parts: [{name: a, kind: labels, head: emotion, metrics: [f1]}]", "'parts.0.metrics.0' is 'f1'. Choose"),
        ("parts: [{name: a, kind: labels, metrics: [ece]}]", "name a `head`"),
        (f"read: pair\nparts: [{PART}]", "'labels', which cannot read 'pair'"),
        (f"parts: [{PART}, {PART}]", "two parts are called 'a'"),
        ("parts: []", "at least 1 item"),
        ("- a\n- b", "holds a list"),
        ("a: [", "is not YAML"),
    ],
)
def test_a_wrong_task_is_refused_with_key_and_mend(tmp_path: Path, content: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"mine\.yaml") as caught:
        load_task(own(tmp_path, content))
    assert said in str(caught.value)


def test_a_name_that_is_nearly_right_is_corrected() -> None:
    with pytest.raises(ConfigError, match="Did you mean 'goemotions'"):
        load_task("goemotion")
    with pytest.raises(ConfigError, match=r"'none/such\.yaml' cannot be read"):
        load_task("none/such.yaml")
