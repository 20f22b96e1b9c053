"""How rows become documents of token ids."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from redheart.training.data import Row
from redheart.training.finetune import documents as documents_module
from redheart.training.finetune.documents import documents, rows_of
from redheart.training.finetune.tasks import OUTSIDE_TASKS, OWN_TASKS, TASKS, Task, passages
from redheart.types.encoding import Passage

TASK = {task.name: task for task in (*TASKS, *OWN_TASKS, *OUTSIDE_TASKS)}


class Letters:
    """A piece a letter; a second text follows a zero."""

    revision = "letters"
    asked = 0

    def ids_of(self, passages: Sequence[Passage]) -> list[list[int]]:
        Letters.asked += 1
        return [[ord(letter) for letter in (each if isinstance(each, str) else "\0".join(each))] for each in passages]


def held(monkeypatch: pytest.MonkeyPatch, *rows: Row) -> None:
    monkeypatch.setattr(documents_module, "read_rows", lambda name: rows)


def row(text: str, split: str = "train", **fields: object) -> Row:
    return Row("1", text, split, "en", **fields)  # type: ignore[arg-type]


def test_a_text_is_its_sentences_and_is_not_tokenised_twice(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    held(monkeypatch, row("It rained. I cried.", labels=("sadness",)), row("No.", split="dev"))
    made = documents(TASK["goemotions_en"], "train", Letters(), tmp_path)
    assert (len(made), made.sentences_of(0)) == (1, [[0, 1]])
    assert bytes(made.ids[made.starts[1] : made.starts[2]].tolist()) == b"I cried."
    before = Letters.asked
    documents(TASK["goemotions_en"], "train", Letters(), tmp_path)
    assert Letters.asked == before


def test_other_rows_under_the_same_name_are_tokenised_anew(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    held(monkeypatch, row("It rained."))
    documents(TASK["nsmc"], "train", Letters(), tmp_path)
    held(monkeypatch, row("It snowed."))
    assert bytes(documents(TASK["nsmc"], "train", Letters(), tmp_path).ids.tolist()) == b"It snowed."


@pytest.mark.parametrize(("ask", "first"), [("cause", ("choice b", "text")), ("effect", ("text", "choice b"))])
def test_the_right_choice_comes_first_and_the_cause_before_its_effect(ask: str, first: tuple[str, str]) -> None:
    asked = row("text", choices=("choice a", "choice b"), labels=("1",), meta={"ask": ask})
    assert passages(TASK["ecare"], asked)[0] == [first]


@pytest.mark.parametrize(("label", "better"), [("text_less_ethical", "b"), ("text_b_less_ethical", "a")])
def test_the_more_ethical_action_comes_first(label: str, better: str) -> None:
    assert passages(TASK["scruples_dilemmas"], row("a", text_b="b", labels=(label,)))[0] == better


def test_no_action_of_a_dev_dilemma_is_learned_from(monkeypatch: pytest.MonkeyPatch) -> None:
    held(
        monkeypatch, row("lying", text_b="stealing"), row("leaving", text_b="waiting"), row("x", "dev", text_b="lying")
    )
    assert [each.text for each in rows_of(TASK["scruples_dilemmas"], "train")] == ["leaving"]


def test_each_action_of_a_moral_choice_is_a_row_with_the_rules_it_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    held(monkeypatch, row("You fly.", choices=("land", "crash"), meta={"violations": [[], ["death", "duty"]]}))
    rows = rows_of(TASK["moralchoice"], "train")
    assert [(each.text_b, each.labels) for each in rows] == [("land", ()), ("crash", ("death", "duty"))]


def test_no_set_without_a_plain_licence_shapes_what_is_shared() -> None:
    from redheart.training.data import PLAINLY_LICENSED

    shared = {task.name for task in TASKS} | {task.twin for task in TASKS if task.twin}
    assert shared <= set(PLAINLY_LICENSED)
    assert not {task.name for task in (*OWN_TASKS, *OUTSIDE_TASKS)} & set(PLAINLY_LICENSED)


def test_every_head_of_an_own_file_says_so() -> None:
    from redheart.nn.heads import HEADS

    apart: Sequence[Task] = (*OWN_TASKS, *OUTSIDE_TASKS)
    assert all(not HEADS[head].plain_licence and HEADS[head].branch == "own" for task in apart for head in task.heads)
    assert all(HEADS[head].plain_licence for task in TASKS for head in task.heads)
