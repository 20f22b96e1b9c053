"""Rows and a checkpoint -> results: what answers, what is fitted on what, what is said of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from redheart.errors import CheckpointError, ConfigError, InputError
from redheart.training.evaluation.answering import judges_of
from redheart.training.evaluation.evaluate import Run, evaluate
from redheart.training.evaluation.fit import fit_task
from redheart.training.evaluation.fits import Fits, read_fits, write_fits
from redheart.training.evaluation.result import SplitResult
from redheart.training.evaluation.task import Task
from redheart.training.evaluation.task_file import load_task
from tests.training.evaluation.known import KnownReads, Silent, write_rows

EMOTIONS = Task.model_validate(
    {"parts": [{"name": "a", "kind": "labels", "head": "emotion", "metrics": ["macro_f1", "micro_f1", "ece"]}]}
)
RNG = np.random.default_rng(1)


def emotion_rows(count: int, split: str = "dev") -> list[dict[str, Any]]:
    """Texts that KnownReads reads with noise: 'Joy 7.' is joy."""
    names = ("anger", "joy", "neutral")
    return [
        {"text": f"{names[at % 3].title()} {split} {at}.", "labels": [names[at % 3]], "split": split}
        for at in range(count)
    ]


def noisy(words: str) -> Mapping[str, Sequence[float]]:
    drawn = np.random.default_rng(list(words.encode())).normal(size=3)
    return {
        "emotion": [drawn[at] + 3 * (name.title() in words) - 2 for at, name in enumerate(("anger", "joy", "neutral"))]
    }


def one(task: Task, path: Path, reads: KnownReads, split: str | None = None, name: str = "mine") -> SplitResult:
    (judged,) = evaluate(Run.of((name, task), reads, Silent()), [path], split)
    return judged.result


def fit(task: Task, path: Path, reads: KnownReads, name: str = "mine") -> None:
    fitted = fit_task(Run.of((name, task), reads, Silent()), [path], "dev")
    kept = read_fits(reads).tasks
    write_fits(Fits(weights_sha256=reads.digest, tasks={**kept, name: fitted}), reads.folder / "tasks.json")


def builtin(name: str) -> Task:
    return load_task(name)[1]


def test_without_thresholds_the_command_that_fits_them_is_named(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.jsonl", emotion_rows(6))
    with pytest.raises(CheckpointError, match=r"no thresholds for task 'mine' in language 'en'.*evaluation.fit"):
        one(EMOTIONS, path, KnownReads(tmp_path, noisy))


def test_the_rows_that_taught_are_judged_by_halves_and_others_by_all(tmp_path: Path) -> None:
    reads = KnownReads(tmp_path, noisy)
    dev = write_rows(tmp_path / "dev.jsonl", emotion_rows(240))
    fit(EMOTIONS, dev, reads)
    own = one(EMOTIONS, dev, reads)
    other = one(EMOTIONS, write_rows(tmp_path / "t.jsonl.gz", emotion_rows(150, "test")), reads)
    assert (own.fitted, other.fitted) == ("cross-fitted on this split", "dev")
    assert {*other.metrics} == {"macro_f1", "micro_f1", "ece", "ece_before"}
    assert other.metrics["macro_f1"] > 0.7 > other.baseline["macro_f1"] == pytest.approx(0.5)
    low, high = other.ci95["macro_f1"]
    assert low < other.metrics["macro_f1"] < high


def test_the_order_of_the_rows_changes_nothing(tmp_path: Path) -> None:
    reads, rows = KnownReads(tmp_path, noisy), [{"id": f"x-{at}", **row} for at, row in enumerate(emotion_rows(200))]
    dev = write_rows(tmp_path / "dev.jsonl", rows)
    fit(EMOTIONS, dev, reads)
    shuffled = write_rows(tmp_path / "again.jsonl", [rows[at] for at in RNG.permutation(200)])
    a, b = one(EMOTIONS, dev, reads), one(EMOTIONS, shuffled, reads)
    assert (a.metrics, a.ci95, a.fitted) == (b.metrics, b.ci95, b.fitted)


def test_thresholds_of_other_weights_are_refused(tmp_path: Path) -> None:
    reads = KnownReads(tmp_path, noisy)
    dev = write_rows(tmp_path / "dev.jsonl", emotion_rows(240))
    fit(EMOTIONS, dev, reads)
    reads.digest = "1" * 64
    with pytest.raises(CheckpointError, match=r"was fitted for other weights.*Fit anew"):
        one(EMOTIONS, dev, reads)


def test_damaged_thresholds_are_refused(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.jsonl", emotion_rows(6))
    for content in ('{"format": ', '{"format": "redheart-tasks-1"}'):
        (tmp_path / "tasks.json").write_text(content)
        with pytest.raises(CheckpointError, match=r"tasks\.json'"):
            one(EMOTIONS, path, KnownReads(tmp_path, noisy))


def test_an_unknown_label_is_refused_with_its_line(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.jsonl", [*emotion_rows(2), {"text": "A.", "labels": ["jooy"]}])
    with pytest.raises(
        InputError, match=r"line 3, field 'labels': 'jooy' is no label of this task. Did you mean 'joy'"
    ):
        one(EMOTIONS, path, KnownReads(tmp_path))


def test_a_head_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.jsonl", [{"text": "A.", "labels": []}])
    with pytest.raises(CheckpointError, match=r"has no head 'kote'.*It has: emotion"):
        one(builtin("kote"), path, KnownReads(tmp_path))


def test_an_output_that_the_head_does_not_have_is_refused(tmp_path: Path) -> None:
    part = EMOTIONS.parts[0].model_copy(update={"outputs": ("jooy",)})
    with pytest.raises(ConfigError, match=r"output 'jooy' is none of the head's\. Did you mean 'joy'"):
        judges_of(EMOTIONS.model_copy(update={"parts": (part,)}), KnownReads(tmp_path))


def test_equal_texts_are_read_once_and_each_text_for_all_parts_together(tmp_path: Path) -> None:
    reads = KnownReads(tmp_path)
    rows = [{"text": "Same.", "text_b": f"Other {at}.", "labels": ["text_more_pleasant"]} for at in range(9)]
    one(builtin("ethics_utilitarianism"), write_rows(tmp_path / "a.jsonl", rows), reads)
    assert sorted(reads.read[2:]) == sorted({"Same.", *(f"Other {at}." for at in range(9))})  # the first two warm up


def utility(values: Mapping[str, float]) -> Any:
    return lambda words: {"utility": [values[words]]} if words in values else {}


def test_the_less_ethical_action_is_that_of_the_lower_utility(tmp_path: Path) -> None:
    reads = KnownReads(tmp_path, utility({"Help.": 2.0, "Steal.": -2.0}))
    rows = [
        {"text": "Help.", "text_b": "Steal.", "labels": ["text_b_less_ethical"]},
        {"text": "Steal.", "text_b": "Help.", "labels": ["text_less_ethical"]},
        {"text": "Steal.", "text_b": "Help.", "labels": ["text_b_less_ethical"]},
    ]
    found = one(builtin("scruples_dilemmas"), write_rows(tmp_path / "a.jsonl", rows), reads)
    assert found.metrics["accuracy"] == pytest.approx(2 / 3) == found.baseline["accuracy"]
    assert any("zero-shot, by head 'utility'" in note for note in found.notes)
    assert "ece" not in found.metrics and any("nothing was calibrated" in note for note in found.notes)


def test_of_a_set_in_which_text_always_wins_the_constant_is_one_half(tmp_path: Path) -> None:
    rows = [{"text": f"A {at}.", "text_b": "B.", "labels": ["text_more_pleasant"]} for at in range(4)]
    path = write_rows(tmp_path / "a.jsonl", rows)
    assert one(builtin("ethics_utilitarianism"), path, KnownReads(tmp_path)).baseline["accuracy"] == 0.5


def test_cause_and_effect_are_read_in_their_order(tmp_path: Path) -> None:
    reads = KnownReads(tmp_path, lambda words: {"cause": [1.0 if words in ("It rains. + It is wet.",) else 0.0]})
    rows = [
        {"text": "It is wet.", "choices": ["It rains.", "It snows."], "labels": ["0"], "meta": {"ask": "cause"}},
        {"text": "It rains.", "choices": ["It burns.", "It is wet."], "labels": ["1"], "meta": {"ask": "effect"}},
    ]
    found = one(builtin("ecare"), write_rows(tmp_path / "a.jsonl", rows), reads)
    assert found.metrics["accuracy"] == 1.0
    with pytest.raises(InputError, match=r"line 1, field 'labels': '2' is no place among '2' choices"):
        one(builtin("ecare"), write_rows(tmp_path / "b.jsonl", [{**rows[0], "labels": ["2"]}]), reads)


def test_what_is_wrong_lies_below_the_neutral_utility_and_open_rows_are_left_out(tmp_path: Path) -> None:
    reads = KnownReads(tmp_path, utility({"Kind.": 0.6, "Mean.": 0.4, "Odd.": 9.0}))
    rows = [
        {"text": "Kind.", "labels": ["not_wrong"]},
        {"text": "Mean.", "labels": ["wrong"]},
        {"text": "Odd.", "labels": ["ambiguous"]},
        {"text": "Odd.", "labels": []},
    ]
    found = one(builtin("ethics_commonsense"), write_rows(tmp_path / "a.jsonl", rows), reads)
    assert (found.metrics["accuracy"], found.n, found.parts["acts"].left_out) == (1.0, 2, 2)
    assert any(note.startswith("zero-shot") for note in found.notes)


def test_a_split_without_answers_gives_a_result_that_says_so(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "a.jsonl", [{"text": "Odd.", "labels": ["ambiguous"], "split": "ambiguous"}])
    found = one(builtin("ethics_commonsense"), path, KnownReads(tmp_path))
    assert (found.n, found.metrics) == (0, {})
    assert "nothing is measured" in found.notes[-1]


def virtue_rows(groups: int, split: str) -> list[dict[str, Any]]:
    return [
        {"id": f"{split}-{5 * group + at + 1}", "text": f"Scene {split} {group}.", "text_b": f"trait{at}",
         "labels": ["exemplified" if at == group % 5 else "not_exemplified"], "split": split}
        for group in range(groups)
        for at in range(5)
    ]  # fmt: skip


def test_groups_are_right_together_and_the_prior_of_the_task_is_taken(tmp_path: Path) -> None:
    def known(words: str) -> Mapping[str, Sequence[float]]:
        group, trait = int(words.split(".")[0].split()[-1]), int(words[-1])
        drawn = np.random.default_rng(list(words.encode())).normal()
        return {"virtue": [drawn + (1.5 if trait == group % 5 else 0.0)]}

    reads, task = KnownReads(tmp_path, known), builtin("ethics_virtue")
    dev = [row for row in virtue_rows(100, "dev") if row["labels"] != ["exemplified"] or int(row["id"][4:]) % 3 == 0]
    fit(task, write_rows(tmp_path / "dev.jsonl", dev), reads, "ethics_virtue")
    path = write_rows(tmp_path / "test.jsonl", virtue_rows(60, "test"))
    found = one(task, path, reads, name="ethics_virtue")
    assert found.parts["traits"].groups == 60
    assert found.baseline["exact_match"] == pytest.approx(0.8**4 * 0.2)
    assert found.baseline["argmax_accuracy"] == pytest.approx(0.2) and found.baseline["accuracy"] == pytest.approx(0.8)
    assert found.metrics["argmax_accuracy"] > found.metrics["exact_match"]
    assert any(note.startswith("prior: one of five") for note in found.notes)
    without = task.parts[0].model_copy(update={"prior": None})
    plain = one(task.model_copy(update={"parts": (without,)}), path, reads, name="ethics_virtue")
    assert found.metrics["ece"] < plain.metrics["ece"]


def test_scores_need_no_fit_and_one_that_lacks_is_refused(tmp_path: Path) -> None:
    rows = [{"text": f"T {at}.", "scores": {"V": at / 7, "A": 3.0}} for at in range(30)]
    part = {"name": "d", "kind": "scores", "head": "dimensions", "scores": {"valence": "V", "arousal": "A"}}
    task = Task.model_validate({"parts": [{**part, "metrics": ["r"]}]})
    reads = KnownReads(
        tmp_path, lambda words: {"dimensions": [float(words[2:-1]), 1.0]} if words[2:3].isdigit() else {}
    )
    found = one(task, write_rows(tmp_path / "a.jsonl", rows), reads)
    assert found.metrics["r_valence"] == pytest.approx(1.0) and found.metrics["r_arousal"] is None
    assert any("r_arousal is undefined" in note for note in found.notes)
    rows[4] = {"text": "T 4.", "scores": {"V": 1.0}}
    with pytest.raises(InputError, match="line 5, field 'labels': 'scores' has no 'A'"):
        one(task, write_rows(tmp_path / "b.jsonl", rows), reads)


def test_a_task_of_two_languages_has_thresholds_of_each(tmp_path: Path) -> None:
    reads = KnownReads(tmp_path, noisy)
    both = [{**row, "lang": "ko" if at % 2 else "en"} for at, row in enumerate(emotion_rows(480))]
    path = write_rows(tmp_path / "dev.jsonl", both)
    fit(EMOTIONS, path, reads)
    fits = read_fits(reads).tasks["mine"]
    assert fits["ko"]["a"].calibration != fits["en"]["a"].calibration
    assert one(EMOTIONS, path, reads).languages == ("en", "ko")
