"""Learning a wide part: what the table says is what was fitted, in 8 bits, and it survives its file."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from redheart.errors import CheckpointError, ConfigError
from redheart.nn.wide import WideTable
from redheart.training.wide import choose
from redheart.training.wide.heads import part_of
from redheart.training.wide.learn import Candidates, candidates, table_of
from redheart.training.wide.matrix import TextGrams, rarity, weighed
from redheart.training.wide.rows import Labelled
from redheart.training.wide.stored import load_table, save_table

GOOD, BAD = ["정말 좋아요", "참 재미있다", "lovely film"], ["정말 싫어요", "참 지루하다", "awful film"]
TEXTS = [f"{text} {filler}" for text in GOOD + BAD for filler in ("어제", "today", "그냥", "again", "음")]
TARGETS = np.repeat([1.0, 0.0], 15)[:, None]


def logits_of(table: WideTable, texts: Sequence[str]) -> np.ndarray:
    return choose.logits_of(table, Labelled([[text] for text in texts], np.zeros((len(texts), 1))))


@pytest.fixture(scope="module")
def found() -> Candidates:
    return candidates(TextGrams(TEXTS), TARGETS)


def test_the_table_tells_the_labels_it_was_taught(found: Candidates) -> None:
    logits = logits_of(table_of(found, 100), TEXTS)
    assert ((logits > 0) == (TARGETS > 0.5)).all()


def test_a_table_reads_a_text_as_the_matrix_weighs_it(found: Candidates) -> None:
    table = table_of(found, 100)
    x = weighed(TextGrams(TEXTS).counts(table.keys.numpy()), table.rarity.numpy())
    expected = x @ (table.weights.numpy() * table.scale.numpy()) + table.bias.numpy()
    np.testing.assert_allclose(logits_of(table, TEXTS), expected, atol=2e-3)


def test_the_n_grams_that_carry_the_label_are_kept_first(found: Candidates) -> None:
    few, telling = table_of(found, 10), TextGrams(["lovely awful 좋아요 싫어요 재미있다 지루하다"]).keys
    assert np.isin(few.keys.numpy(), telling).mean() > 0.8


def test_an_n_gram_of_two_texts_is_not_looked_at() -> None:
    grams = TextGrams(["rare", "rare", "often", "often", "often"])
    assert set(grams.vocabulary(3)) == set(TextGrams(["often"]).keys)


def test_rarer_n_grams_weigh_more_and_rows_have_length_one() -> None:
    grams = TextGrams(["a b", "a", "a"])
    table = grams.vocabulary(1)
    rarities, slot = rarity(grams.counts(table)), np.searchsorted(table, TextGrams(["b"]).keys[0])
    assert rarities[slot] == rarities.max() > rarities.min()
    np.testing.assert_allclose(np.asarray(weighed(grams.counts(table), rarities).power(2).sum(1)), 1, atol=1e-5)


def test_an_open_row_pulls_to_neither_side_and_an_unknown_one_not_at_all() -> None:
    one = table_of(candidates(TextGrams([*TEXTS, *["정말 정말"] * 9]), np.vstack([TARGETS, [[np.nan]] * 9])), 50)
    none = table_of(candidates(TextGrams([*TEXTS, *["정말 정말"] * 9]), np.vstack([TARGETS, [[1.0]] * 9])), 50)
    half = table_of(candidates(TextGrams([*TEXTS, *["정말 정말"] * 9]), np.vstack([TARGETS, [[0.5]] * 9])), 50)
    of_open = [float(logits_of(table, ["정말 정말"])[0, 0]) for table in (one, half, none)]
    assert abs(of_open[1]) < 0.3 < of_open[2] and abs(of_open[0]) < of_open[2]


def test_a_table_comes_back_from_its_file(found: Candidates, tmp_path: Path) -> None:
    table = table_of(found, 60)
    save_table(table, tmp_path / "wide.kote.safetensors")
    np.testing.assert_array_equal(
        logits_of(load_table(tmp_path / "wide.kote.safetensors"), TEXTS), logits_of(table, TEXTS)
    )


@pytest.mark.parametrize("content", [None, b"", b"no tensors at all"])
def test_a_file_that_is_no_table_is_refused_by_name(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "wide.kote.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"wide\.kote\.safetensors"):
        load_table(path)


def test_a_head_without_a_wide_part_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"'emotoin'.*'emotion'"):
        part_of("emotoin")


def test_no_text_gives_no_row() -> None:
    assert logits_of(WideTable(0, 4), []).shape == (0, 4)
