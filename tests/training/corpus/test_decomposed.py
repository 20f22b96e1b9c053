"""Decompositions kept as targets: computed once a text, by one teacher, a whole line each."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from redheart.calculus.interventions.decomposition import Decomposition, decompose
from redheart.calculus.interventions.subset_design import SubsetSizes
from redheart.errors import CheckpointError, ConfigError, InputError
from redheart.training.corpus import decompose as decompose_module
from redheart.training.corpus.decompose import Decomposing, Watcher, decompose_texts
from redheart.training.corpus.decomposed import read_shares, text_digest
from redheart.training.corpus.split_texts import SplitText


class LengthTeacher:
    """Its utility grows by each sentence's length, but the last counts only beside the first."""

    sizes = SubsetSizes()

    def __init__(self, digest: str = "a" * 64) -> None:
        self.digest, self.asked = digest, list[tuple[str, ...]]()

    def decompose(self, texts: Sequence[Sequence[str]]) -> list[Decomposition]:
        self.asked.extend(tuple(text) for text in texts)
        return [self._one(text) for text in texts]

    def _one(self, text: Sequence[str]) -> Decomposition:
        present = np.arange(2 ** len(text))[:, None] >> np.arange(len(text)) & 1
        lengths = np.array([len(sentence) for sentence in text], float)
        values = present[:, :-1] @ lengths[:-1] + present[:, 0] * present[:, -1] * lengths[-1]
        return decompose(len(text), values if "".join(text).strip("=") else 0 * values)


def text(*sentences: str) -> SplitText:
    return SplitText(" ".join(sentences), sentences)


TEXTS = [
    text("I lied.", "He thanked me.", "I wept."),
    text("It rains."),
    text("나는 갔다.", "좋았다."),
    text("==", "="),
]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "rows.jsonl"
    path.parent.mkdir()
    path.touch()
    return path


def run(
    source: Path, teacher: LengthTeacher, texts: Sequence[SplitText] = TEXTS, limit: int | None = None
) -> Decomposing:
    return decompose_texts(source, texts, teacher, limit, Watcher())


def beside(source: Path) -> Path:
    return source.with_name(source.name + ".surd.jsonl")


def test_shares_are_found_by_the_texts_hash_and_sum_to_one(source: Path) -> None:
    done = run(source, LengthTeacher())
    shares = read_shares(source)
    assert (done.texts, done.unfit, done.decomposed, done.reused, done.still) == (4, 1, 3, 0, 1)
    assert set(shares) == {text_digest(one.text) for one in (TEXTS[0], TEXTS[2])}
    assert all(sum(parts) == pytest.approx(1) and parts[0] > 0 for parts in shares.values())


def test_the_order_of_shares_is_synergistic_unique_redundant_leak(source: Path) -> None:
    run(source, LengthTeacher())
    line = json.loads(beside(source).read_text().splitlines()[0])
    names = ("synergistic", "unique", "redundant", "leak")
    assert read_shares(source)[line["text"]] == tuple(line["shares"][name] for name in names)
    assert len(set(line["shares"].values())) > 2


def test_a_text_whose_utility_stands_still_has_a_reason_and_no_target(source: Path) -> None:
    run(source, LengthTeacher())
    line = json.loads(beside(source).read_text().splitlines()[-1])
    assert line["shares"] is None and "does not vary" in line["reason"]
    assert line["text"] not in read_shares(source)


def test_a_file_that_nobody_decomposed_has_no_targets(source: Path) -> None:
    assert read_shares(source) == {}


def test_a_rerun_computes_what_is_new_alone(source: Path) -> None:
    run(source, LengthTeacher(), limit=1)
    before, teacher = beside(source).read_text(), LengthTeacher()
    assert run(source, teacher).reused == 1
    assert teacher.asked == [TEXTS[2].sentences, TEXTS[3].sentences]
    assert beside(source).read_text().startswith(before)


def test_a_text_that_is_split_otherwise_now_is_decomposed_again(source: Path) -> None:
    run(source, LengthTeacher())
    teacher = LengthTeacher()
    run(source, teacher, [SplitText(TEXTS[2].text, ("나는", "갔다.", "좋았다."))])
    assert len(teacher.asked) == 1
    assert run(source, LengthTeacher(), TEXTS[2:3]).decomposed == 1  # the last line is the one that counts


def test_more_subsets_of_a_long_text_are_read_when_they_are_asked_for(source: Path) -> None:
    long = [text(*(f"Sentence {'x' * i}." for i in range(11)))]
    run(source, LengthTeacher(), long)
    finer, coarse = LengthTeacher(), LengthTeacher()
    finer.sizes = SubsetSizes(rows=1024)
    assert run(source, coarse, long).reused == 1
    assert run(source, finer, long).decomposed == 1


def test_another_teacher_is_refused_with_the_mend(source: Path) -> None:
    run(source, LengthTeacher())
    with pytest.raises(
        ConfigError, match=rf"'{beside(source)}' was made by teacher 'a{{12}}'.*'b{{12}}'.*Delete it, or"
    ):
        run(source, LengthTeacher("b" * 64))


def test_two_teachers_in_one_file_are_refused_by_readers(source: Path) -> None:
    run(source, LengthTeacher(), limit=1)
    beside(source).write_text(beside(source).read_text() + beside(source).read_text().replace("a" * 64, "b" * 64))
    with pytest.raises(ConfigError, match="Delete one of them"):
        read_shares(source)


def test_an_interruption_keeps_every_chunk_before_it(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decompose_module, "CHUNK", 1)

    def stop(done: int, _: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        decompose_texts(source, TEXTS, LengthTeacher(), None, Watcher(progress=stop))
    assert run(source, LengthTeacher()).reused == 2


@pytest.mark.parametrize("torn", ['{"text":"ab', "x" * 70_000])
def test_a_line_torn_by_a_loss_of_power_is_written_again(source: Path, torn: str) -> None:
    run(source, LengthTeacher(), limit=2)
    whole = beside(source).read_text()
    beside(source).write_text(whole + torn)
    assert len(read_shares(source)) == 2
    assert run(source, LengthTeacher()).reused == 2
    assert beside(source).read_text().startswith(whole) and len(beside(source).read_text().splitlines()) == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [("}", "Invalid JSON"), ('"unique":7,', "unique"), ('"text":"zz",', "text"), ("\x00", "Invalid JSON")],
)
def test_a_damaged_line_is_refused_by_its_number(source: Path, change: str, said: str) -> None:
    run(source, LengthTeacher())
    lines = beside(source).read_text().splitlines()
    key = change.split(":")[0]
    lines[1] = re.sub(rf"{key}:[^,}}]*,", change, lines[1], count=1) if ":" in change else change
    beside(source).write_text("\n".join(lines) + "\n")
    with pytest.raises(InputError, match=rf"'{beside(source)}', line 2: .*{said}.*Delete it"):
        read_shares(source)


def test_in_a_read_only_folder_the_users_cache_takes_the_lines(source: Path, tmp_path: Path) -> None:
    source.parent.chmod(0o555)
    said: list[str] = []
    done = decompose_texts(source, TEXTS, LengthTeacher(), None, Watcher(say=said.append))
    found = read_shares(source)
    source.parent.chmod(0o755)
    assert done.sidecar.is_relative_to(tmp_path / "xdg_cache_home" / "redheart" / "decomposed")
    assert list(source.parent.iterdir()) == [source] and len(found) == 2
    assert str(done.sidecar) in said[0]


def test_a_full_disk_is_a_typed_error_and_tears_no_line(source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    write = os.write
    monkeypatch.setattr(
        "redheart.training.corpus.decomposed.os.write", lambda handle, content: write(handle, content[:9])
    )
    with pytest.raises(InputError, match="No space left"):
        run(source, LengthTeacher())
    monkeypatch.undo()
    assert run(source, LengthTeacher()).decomposed == 3
    assert len(read_shares(source)) == 2


@pytest.fixture(scope="module")
def bundled() -> Any:
    """The bundled checkpoint as teacher, with the parts that it was made of."""
    from redheart.assembly import load_model
    from redheart.config.load import load_settings
    from redheart.training.corpus.teacher import Teacher, TeacherParts

    settings = load_settings(None, ["encoder.batch_sentences=2"])
    loaded = load_model(settings)
    parts = TeacherParts(loaded.folder, loaded.config, loaded.encoder)
    return Teacher(parts, settings), parts, settings


STORY = ("I lied to my boss.", "My friend thanked me.", "Nobody was hurt.", "그래도 나는 밤새 후회했다.")


def test_the_teachers_shares_are_those_of_its_utility_read_subset_by_subset(bundled: Any) -> None:
    import torch

    from redheart.training.loaded import loaded_model

    teacher, parts, _ = bundled
    (found,) = teacher.decompose([STORY])
    model, encoded = loaded_model(parts.folder, parts.config), parts.encoder.encode(STORY)
    with torch.inference_mode():
        pooled = model.pool(encoded.tokens, encoded.mask, ("utility",))
        subsets = [[i if row >> i & 1 else -1 for i in range(4)] for row in range(16)]
        values = model.read(pooled, torch.tensor(subsets), ("utility",))["utility"][:, 0].double().numpy()
    direct = decompose(4, values).shares
    assert direct is not None and found.shares is not None
    for name in ("synergistic", "unique", "redundant", "leak"):
        assert getattr(found.shares, name) == pytest.approx(getattr(direct, name), abs=1e-3)


def test_texts_of_a_chunk_do_not_change_one_another(bundled: Any) -> None:
    teacher, *_ = bundled
    (alone,) = teacher.decompose([STORY[:2]])
    _, among = teacher.decompose([STORY, STORY[:2]])
    assert among.shares.unique == pytest.approx(alone.shares.unique, abs=1e-4)


def test_the_digest_changes_with_what_the_utility_depends_on_and_with_nothing_else(bundled: Any) -> None:
    from dataclasses import replace

    from redheart.training.corpus.teacher import teacher_digest

    teacher, parts, settings = bundled

    def with_files(**files: str) -> str:
        return teacher_digest(
            replace(parts, config=parts.config.model_copy(update={"files": parts.config.files | files})), settings
        )

    assert with_files(**{"head.utility.safetensors": "0" * 64}) != teacher.digest
    assert with_files(**{"backbone.safetensors": "0" * 64}) != teacher.digest
    assert with_files(**{"head.kote.safetensors": "0" * 64}) == teacher.digest


def test_a_checkpoint_without_utility_cannot_teach(bundled: Any) -> None:
    from dataclasses import replace

    from redheart.training.corpus.teacher import Teacher

    _, parts, settings = bundled
    files = {name: digest for name, digest in parts.config.files.items() if "utility" not in name}
    with pytest.raises(CheckpointError, match=r"has no 'head\.utility'"):
        Teacher(replace(parts, config=parts.config.model_copy(update={"files": files})), settings)
