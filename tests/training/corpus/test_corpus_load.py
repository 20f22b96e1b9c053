from pathlib import Path

import numpy as np
import pytest
from labelled_files import LengthVectors, lines_file, record, row
from rich.console import Console

from redheart.errors import InputError
from redheart.training.corpus import load
from redheart.training.corpus.data_page import data_page, data_text, print_data
from redheart.training.corpus.decomposed import text_digest
from redheart.training.corpus.distribution import DataReport
from redheart.training.corpus.load import Splits, load_splits
from redheart.training.corpus.sample import SPLITS


def emotions(folder: Path, count: int = 200, name: str = "goemotions_en") -> Path:
    labels = (["joy"], ["anger", "remorse"], ["neutral"], ["joy", "love"])
    own = ("train", "train", "dev", "test")
    rows = [row(i, text=f"{name} row {i}.", labels=labels[i % 4], split=own[i // 4 % 4]) for i in range(count)]
    return lines_file(folder / f"{name}.jsonl", rows)


def pairs(folder: Path, count: int = 80) -> Path:
    rows = [
        row(i, text=f"{i} times I was glad.", text_b=f"{i} falls. It hurt.", labels=["text_more_pleasant"])
        for i in range(count)
    ]
    return lines_file(folder / "ethics_utilitarianism.jsonl", rows)


def test_a_sentence_has_its_own_vector_in_the_split_of_its_row(tmp_path: Path) -> None:
    path = lines_file(
        tmp_path / "goemotions_en.jsonl",
        [
            row(1, text="It rains. I am so glad.", split="train"),
            *(row(i, text=f"Number {i}.", split="dev") for i in range(2, 40)),
        ],
    )
    train = load_splits([path], 0, LengthVectors()).train
    assert train.vectors.tolist() == [[9, 0], [13, 1]]
    assert (train.starts.tolist(), train.first.tolist()) == ([0, 2], [0, 1])


def test_twins_of_two_languages_never_lie_in_two_splits(tmp_path: Path) -> None:
    korean = [row(i, text=f"{i}번째 글이다.", lang="ko") for i in range(300)]
    english = [row(i, text=f"Text number {i}.") for i in range(300)]
    paths = [
        lines_file(tmp_path / "goemotions_ko.jsonl", korean),
        lines_file(tmp_path / "goemotions_en.jsonl", english),
    ]
    parted = load.read_corpus(paths, 0).parted.samples
    where = [{s.id for s in parted[name] if s.set_name == "goemotions_en"} for name in SPLITS]
    twins = [{s.id for s in parted[name] if s.set_name == "goemotions_ko"} for name in SPLITS]
    assert where == twins
    assert all(where)


def test_pairs_and_documents_live_in_one_batch(tmp_path: Path) -> None:
    train = load_splits([emotions(tmp_path), pairs(tmp_path)], 0, LengthVectors()).train
    batch = train.batch(np.arange(len(train)))
    better, worse = batch.pairs["utility"].T
    documents = np.cumsum([0, *(rows for count, rows in batch.documents.groups for _ in range(count))])
    first = batch.documents.values[documents[:-1], 0]
    assert {len("7 times I was glad."), len("77 times I was glad.")} == set(first[better].tolist())
    assert {len("7 falls."), len("77 falls.")} == set(first[worse].tolist())
    assert batch.targets["emotion"].isnan().all(1).sum() == 2 * len(better)


def test_long_documents_are_cut_and_the_cut_is_counted(tmp_path: Path) -> None:
    long = " ".join(f"This is sentence number {i}." for i in range(40))
    rows = [record(i, text=f"Story {i} begins. {long}") for i in range(60)]
    splits = load_splits([lines_file(tmp_path / "stories.jsonl", rows)], 0, LengthVectors())
    assert int(np.diff(splits.train.starts).max()) == 32
    assert splits.report.sets[0].cut_documents == 60
    assert splits.report.sets[0].cut_sentences == 60 * 9


def test_decompositions_beside_a_file_are_learned_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {text_digest("goemotions_en row 1."): (0.1, 0.5, 0.3, 0.1)}
    monkeypatch.setattr(load, "read_shares", lambda source: told)
    splits = load_splits([emotions(tmp_path)], 0, LengthVectors())
    values = splits.train.targets["surd"]
    assert values[~values.isnan().all(1)].tolist() == [pytest.approx([0.1, 0.5, 0.3, 0.1])]
    assert "surd" in splits.report.sets[0].targets


def test_the_same_call_gives_the_same_tensors(tmp_path: Path) -> None:
    paths = [emotions(tmp_path), pairs(tmp_path)]
    one, other = (load_splits(each, 40, LengthVectors()) for each in (paths, paths[::-1]))
    for name in SPLITS:
        left, right = getattr(one, name), getattr(other, name)
        assert left.vectors.equal(right.vectors)
        assert all(
            values.nan_to_num(-1).equal(right.targets[key].nan_to_num(-1)) for key, values in left.targets.items()
        )
    assert len(one.train) == 40


def test_a_split_that_holds_nothing_is_an_empty_dataset(tmp_path: Path) -> None:
    path = lines_file(tmp_path / "goemotions_en.jsonl", [row(i, text=f"N {i}.", split="train") for i in range(5)])
    splits = load_splits([path], 0, LengthVectors())
    assert (len(splits.train), len(splits.test)) == (5, 0)
    assert splits.test.taught() == frozenset()
    assert splits.report.splits["test"].samples == 0


def test_two_files_of_one_set_are_refused(tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    with pytest.raises(InputError, match="are both set 'goemotions_en'"):
        load_splits([emotions(tmp_path), emotions(tmp_path / "more")], 0, LengthVectors())


def requests(folder: Path, *told: tuple[str, str, str]) -> Path:
    rows = [
        row(i, text=text, text_b=excuse, labels=["reasonable"], split=own) for i, (text, excuse, own) in enumerate(told)
    ]
    return lines_file(folder / "ethics_deontology.jsonl", rows)


def test_what_is_kept_out_of_train_is_told_by_file(tmp_path: Path) -> None:
    held = [(f"Do number {i}.", f"I was ill {i} times.", "dev") for i in range(60)]
    leaking = [(f"Please do {i}.", f"I was ill {i} times.", "train") for i in range(15)]
    told = [*held, *leaking, *((f"Go to {i}.", f"No, {i}.", "train") for i in range(40))]
    report = load_splits([requests(tmp_path, *told)], 0, LengthVectors()).report
    assert (report.sets[0].dropped_by_text, report.splits["train"].samples) == (15, 40)
    page = " ".join(data_text(report).split())
    assert "ethics_deontology: dropped: 15 have a text, or a piece of one, that a held-out split has." in page
    assert "data file 'ethics_deontology.jsonl': 15 of 115 samples are kept out of train" in page


def test_few_rows_kept_out_of_train_are_told_and_no_doubt(tmp_path: Path) -> None:
    told = [(f"Do number {i}.", "I was ill.", "train" if i else "dev") for i in range(3)]
    told += [(f"Go {i}.", f"No {i}.", "train") for i in range(40)]
    report = load_splits([requests(tmp_path, *told)], 0, LengthVectors()).report
    assert report.sets[0].dropped_by_text == 2
    assert not any("kept out of train" in warning for warning in report.warnings)


def test_a_file_that_hangs_together_as_a_whole_is_doubted(tmp_path: Path) -> None:
    rows = [row(i, text=f"Row {i}.", text_b="Yes.", labels=["reasonable"]) for i in range(40)]
    report = load_splits([lines_file(tmp_path / "ethics_deontology.jsonl", rows)], 0, LengthVectors()).report
    (split,) = [name for name, size in report.splits.items() if size.samples]
    (warning,) = [each for each in report.warnings if "hang together" in each]
    assert "'ethics_deontology.jsonl': 40 of 40 samples" in warning and warning.endswith(f"are in {split}.")


@pytest.fixture
def splits(tmp_path: Path) -> Splits:
    return load_splits([emotions(tmp_path), pairs(tmp_path)], 0, LengthVectors())


def test_every_row_of_a_file_is_accounted_for(splits: Splits) -> None:
    for each in splits.report.sets:
        gone = each.repeated + each.unlabelled + each.dropped_by_group + each.dropped_by_text + each.left_out
        assert each.read == gone + sum(each.splits.values())


def test_baselines_are_what_the_best_constant_reaches(splits: Splits) -> None:
    targets = {target.name: target for target in splits.report.targets}
    test = targets["emotion"].splits["test"]
    said = [label.share for label in test.labels if 0 < label.share < 1]
    assert test.baseline["macro_f1"] == pytest.approx(np.mean([2 * p / (1 + p) for p in said]))
    assert targets["utility"].splits["test"].baseline == {"accuracy": 0.5}


def test_labels_that_never_occur_are_warned_of(splits: Splits) -> None:
    (warning,) = [w for w in splits.report.warnings if w.startswith("target 'emotion': never in train")]
    assert "'admiration'" in warning
    assert "and 17 more" in warning


def test_a_binary_label_without_a_yes_is_warned_of(tmp_path: Path) -> None:
    rows = [row(i, text=f"N {i}.", labels=["not_causal"]) for i in range(60)]
    report = load_splits([lines_file(tmp_path / "cnc.jsonl", rows)], 0, LengthVectors()).report
    assert any("'causal' is said of none of" in w and "accuracy meaningless" in w for w in report.warnings)


def test_terms_that_are_not_plain_are_warned_of(tmp_path: Path) -> None:
    rows = [row(i, text=f"N {i}.", labels=["counterfactual"]) for i in range(20)]
    report = load_splits([lines_file(tmp_path / "amcd_en.jsonl", rows)], 0, LengthVectors()).report
    assert any("'amcd_en' (non-commercial)" in warning for warning in report.warnings)


def test_the_report_survives_json_and_holds_no_text(splits: Splits) -> None:
    told = splits.report.model_dump_json()
    assert DataReport.model_validate_json(told) == splits.report
    assert "glad" not in told
    assert "goemotions_en row" not in told


def test_the_page_is_plain_text_where_no_terminal_is(splits: Splits, capsys: pytest.CaptureFixture[str]) -> None:
    print_data(splits.report, Console())
    told = capsys.readouterr().out
    assert told == data_text(splits.report)
    assert not {"\x1b", "━", "─", "│"} & set(told)
    assert "goemotions_en" in told
    assert "utility" in told
    assert len(data_page(splits.report).renderables) > 3
