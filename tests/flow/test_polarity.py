"""The forty plain sentences, and dev rows where the data folders are at hand."""

import json
from pathlib import Path

import pytest

from redheart.config.environment import data_folders
from redheart.training.data import read_rows
from redheart.types.result import InferResult
from tests.flow.asking import ask_all, settings_of

SENTENCES = [
    json.loads(line) for line in (Path(__file__).parents[1] / "data" / "polarity.jsonl").open(encoding="utf-8")
]


def sentiments(texts: list[str]) -> list[float]:
    answers = ask_all(settings_of("medium"), texts)
    assert all(isinstance(answer, InferResult) for answer in answers)
    return [answer.integrated.overall_sentiment or 0.0 for answer in answers if isinstance(answer, InferResult)]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_at_least_18_of_20_plain_sentences_get_their_sign(language: str) -> None:
    rows = [row for row in SENTENCES if row["lang"] == language]
    signs = sentiments([row["text"] for row in rows])
    right = [(sign > 0) == (row["polarity"] == "pleasant") for sign, row in zip(signs, rows, strict=True)]
    assert sum(right) >= 18


@pytest.mark.skipif(not data_folders(), reason="REDHEART_DATA names no data folder")
def test_korean_film_reviews_get_their_sign_in_78_of_100_dev_rows() -> None:
    rows = [row for row in read_rows("nsmc") if row.split == "dev"][:100]
    signs = sentiments([row.text for row in rows])
    right = [(sign > 0) == ("positive" in row.labels) for sign, row in zip(signs, rows, strict=True)]
    assert sum(right) >= 70  # of 100: .78 less two standard errors; `benchmarks.polarity` counts 1,000
