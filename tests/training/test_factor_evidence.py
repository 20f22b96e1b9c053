"""How the factors of a checkpoint are held against labels."""

import json
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest

from redheart.errors import InputError
from redheart.nn.checkpoint import CheckpointConfig, Probe, read_config, write_config
from redheart.nn.heads import HEADS
from redheart.nn.heads.appraisal import SCORES
from redheart.nn.heads.violations import VIOLATIONS
from redheart.nn.interpret import Interpreter
from redheart.training.data import read_rows
from redheart.training.evaluation.reads import Document
from redheart.training.factor_evidence import FILE, agreement, card_table, deciding, measure, record, report
from redheart.training.factor_signals import SIGNALS
from redheart.training.factor_texts import FactorTexts, factor_by
from redheart.types.emotions import EMOTIONS
from redheart.types.readings import BENTHAM_FACTORS

CROWD = [signal for signal in SIGNALS if signal.data == "crowd_envent" and signal.factor in ("intensity", "extent")]
CONFIG = CheckpointConfig(
    architecture={},
    heads=("emotion",),
    encoder="tiny",
    encoder_revision="1",
    encoder_sha256="0",
    platt=dict.fromkeys(HEADS, (1.0, 0.0)),
    base_rates={"emotion": (0.1,) * len(EMOTIONS)},
    conformal=dict.fromkeys(("valence", "arousal", "dominance"), 0.2),
    conformal_coverage=dict.fromkeys(("valence", "arousal", "dominance"), 0.8),
    neutral_utility={"en": (0.0,)},
    embedding_mean=(),
    probe=Probe(texts=(), outputs={}),
)


class ReadsLoudness:
    """Appraises as intense what has many letters 'o', as a death what has one; all else is 0."""

    def __init__(self, *heads: str) -> None:
        self.heads = {name: HEADS[name].names for name in heads}
        self.read: list[Document] = []

    def raw(self, documents: Sequence[Document], heads: Sequence[str]) -> dict[str, np.ndarray]:
        self.read.extend(documents)
        found = {head: np.zeros((len(documents), len(self.heads[head]))) for head in heads}
        loud = [sum(text.count("o") for passage in each.passages for text in passage) for each in documents]
        if "appraisal" in found:
            found["appraisal"][:, SCORES.index("intensity")] = np.array(loud) - 3
        if "violations" in found:
            found["violations"][:, VIOLATIONS.index("death")] = np.array(loud)
        found["polarity"][:, 0] = np.array(loud)
        return found


@pytest.fixture
def texts():
    def make(*more: str) -> FactorTexts:
        heads = ("emotion", "kote", "polarity", "dimensions", "utility", *more)
        return FactorTexts(ReadsLoudness(*heads), Interpreter(CONFIG, 0.25))

    return make


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Six dev rows whose ratings follow the letters, and one train row that contradicts them."""

    def row(split: str, count: int, rating: int) -> str:
        scores = {"intensity": rating, "other_responsblt": rating}
        text = "My friend said o" + "o" * count + " to me."
        return json.dumps({"id": f"{split}{count}", "text": text, "split": split, "lang": "en", "scores": scores})

    folder = tmp_path / "data" / "crowd_envent"
    folder.mkdir(parents=True)
    lines = [row("dev", count, 1 + count % 5) for count in range(5)] + [row("dev", 5, 5), row("train", 40, 1)]
    (folder / "crowd_envent.jsonl").write_text("\n".join(lines), encoding="utf-8")
    monkeypatch.setenv("REDHEART_DATA", str(tmp_path / "data"))
    read_rows.cache_clear()
    yield
    read_rows.cache_clear()


def found_by_route(found) -> dict[str, object]:
    return {f"{each.signal.factor}/{each.signal.route}": each.evidence for each in found}


def test_every_factor_is_held_against_one_signal_a_route() -> None:
    deciders = [(signal.factor, signal.route) for signal in SIGNALS if signal.decides]
    assert len(deciders) == len(set(deciders)) and {factor for factor, _ in deciders} == set(BENTHAM_FACTORS)
    assert {(signal.factor, signal.route) for signal in SIGNALS} == set(deciders)


def test_the_factor_as_the_circuit_computes_it_is_correlated_with_the_ratings_of_dev_rows_alone(texts, rows) -> None:
    evidence = found_by_route(measure(texts("appraisal"), CROWD))["intensity/appraisal"]
    assert evidence.n == 6 and evidence.r > 0.9 and evidence.interval[0] < evidence.r < evidence.interval[1]
    assert 0 < evidence.rmse < 0.5 and "dev" in evidence.on


def test_each_text_is_read_once_however_many_signals_it_has(texts, rows) -> None:
    read = texts("appraisal")
    measure(read, CROWD)
    assert [len(list(same)) for _, same in groupby(sorted(map(str, read.reads.read)))] == [2] * 6  # whole, and alone


def test_a_factor_that_never_varies_is_not_measured(texts, rows) -> None:
    extent = found_by_route(measure(texts("appraisal"), CROWD))["extent/persons"]
    assert (extent.r, extent.n) == (None, 6)


def test_a_route_that_the_checkpoint_cannot_take_is_left_out(texts, rows) -> None:
    found = measure(texts(), CROWD)
    assert "intensity/appraisal" not in deciding(found) and "intensity/table" in deciding(found)
    assert [each["route"] for each in report(found)["factors"]["intensity"]] == ["table"]


def test_a_set_that_is_not_there_is_refused_and_nothing_stands_in(texts, rows) -> None:
    absent = [signal for signal in SIGNALS if signal.data == "moralchoice"]
    with pytest.raises(InputError, match="moralchoice"):
        measure(texts("violations"), absent)


@pytest.mark.parametrize(
    ("name", "route", "more"),
    [
        ("intensity", "appraisal", ("appraisal",)),
        ("external_cost", "violations", ("violations",)),
        ("redistribution", "justice", ("justice",)),
        ("redistribution", "justice_cheat", ("justice", "violations")),
        ("self_damage", "appraisal", ("appraisal",)),
        ("extent", "persons", ()),
    ],
)
def test_a_factor_is_given_by_the_route_that_is_asked_for_or_not_at_all(texts, name, route, more) -> None:
    (with_head,) = texts(*more).evidence(["My friend said oooo to me."])
    assert factor_by(route, name, with_head).route == route
    if more:
        (without,) = texts().evidence(["My friend said oooo to me."])
        assert factor_by(route, name, without) is None
        assert factor_by("table", name, with_head).kind == "table"


def test_time_words_are_measured_where_there_are_some_and_the_appraisal_everywhere(texts) -> None:
    timed, plain = texts("appraisal").evidence(["I must decide right now.", "I like trees."])
    assert factor_by("time_words", "propinquity", timed) is not None
    assert factor_by("time_words", "propinquity", plain) is None
    assert factor_by("appraisal", "propinquity", timed).route == "appraisal"


def test_a_course_needs_a_second_sentence(texts) -> None:
    one, two = texts().evidence(["Soon.", "Oo. So good oo."])
    assert factor_by("course", "fecundity", one) is None and factor_by("course", "purity", two) is not None


@pytest.mark.parametrize(
    ("computed", "labels"), [([1, 2, 3], [1, 2, 4]), ([1, 1, 1, 1], [1, 2, 3, 4]), ([1, 2, 3, 4], [0] * 4), ([], [])]
)
def test_too_few_rows_or_a_side_that_never_varies_give_no_correlation(computed, labels) -> None:
    evidence = agreement(np.array(computed, float), np.array(labels, float), "dev", True)
    assert (evidence.r, evidence.interval, evidence.n) == (None, None, len(computed))


def test_the_interval_holds_the_truth_about_as_often_as_it_says() -> None:
    rng, inside = np.random.default_rng(0), 0
    for _ in range(400):
        x = rng.standard_normal(60)
        found = agreement(x, 0.5 * x + np.sqrt(0.75) * rng.standard_normal(60), "drawn", False)
        inside += found.interval[0] <= 0.5 <= found.interval[1]
    assert 0.92 <= inside / 400 <= 0.98


def test_what_was_found_is_kept_beside_the_weights_and_in_the_config(texts, rows, tmp_path) -> None:
    write_config(CONFIG.model_copy(update={"appraisal_errors": {"intensity": 0.25}}), tmp_path)
    record(tmp_path, measure(texts("appraisal"), CROWD))
    config, told = read_config(tmp_path), json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    assert config.factor_evidence["intensity/appraisal"].n == 6 and config.appraisal_errors == {"intensity": 0.25}
    assert told["factors"]["intensity"][0]["low_evidence"] is True  # six rows are too few
    assert "| intensity | appraisal | crowd_envent dev rows:" in card_table(tmp_path) and "low evidence" in card_table(
        tmp_path
    )
