"""The forty plain sentences, and dev rows where the data folders are at hand."""

import json
from pathlib import Path

import pytest

from redheart.benchmarks.polarity import polar_dev_rows
from redheart.config.environment import data_folders
from redheart.types.messages import TaskMessage
from redheart.types.result import InferResult
from redheart.types.situation import Language
from tests.flow.asking import ask_all, settings_of

PLAIN = (Path(__file__).parents[1] / "data" / "polarity.jsonl").read_text(encoding="utf-8")
SENTENCES = [json.loads(line) for line in PLAIN.splitlines()]


def sentiments(texts: list[str], language: Language) -> list[float]:
    answers = ask_all(settings_of("medium"), [TaskMessage(text, language=language) for text in texts])
    assert all(isinstance(answer, InferResult) for answer in answers)
    return [answer.integrated.overall_sentiment or 0.0 for answer in answers if isinstance(answer, InferResult)]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_at_least_18_of_20_plain_sentences_get_their_sign(language: Language) -> None:
    rows = [row for row in SENTENCES if row["lang"] == language]
    signs = sentiments([row["text"] for row in rows], language)
    right = [(sign > 0) == (row["polarity"] == "pleasant") for sign, row in zip(signs, rows, strict=True)]
    assert sum(right) >= 18


@pytest.mark.skipif(not data_folders(), reason="REDHEART_DATA names no data folder")
@pytest.mark.slow
def test_at_least_780_of_1000_korean_film_reviews_get_their_sign() -> None:
    rows = polar_dev_rows("nsmc", 1000)
    signs = sentiments([row.text for row in rows], "ko")
    right = [(sign > 0) == ("positive" in row.labels) for sign, row in zip(signs, rows, strict=True)]
    assert sum(right) >= 780
