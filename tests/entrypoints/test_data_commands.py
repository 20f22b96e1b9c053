"""`redheart data`: what it prints, what it keeps, what it refuses."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from redheart.entrypoints.cli import rate_progress
from redheart.entrypoints.cli.rate_progress import RateProgress
from redheart.training.corpus.embedded import EmbeddedVectors
from tests.training.corpus.hash_encoder import HashEncoder, vectors_of

ROOT = Path(__file__).parents[2]
ROWS = (
    ("I lied to my boss. My friend was glad. Nobody was hurt.", ["remorse"]),
    ("It rained all day.", ["neutral"]),
    ("He went home. She was glad.", ["joy"]),
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "goemotions_en.jsonl"
    path.parent.mkdir()
    rows = [
        {"id": f"train-{i}", "text": text, "labels": labels, "lang": "en", "split": "train"}
        for i, (text, labels) in enumerate(ROWS)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def encoder(monkeypatch: pytest.MonkeyPatch) -> HashEncoder:
    """A stand-in takes the real encoder's place in the command."""
    stand_in = HashEncoder()
    monkeypatch.setattr(EmbeddedVectors, "for_settings", lambda _, say, progress: vectors_of(stand_in, say, progress))
    return stand_in


def said(capfd: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capfd.readouterr().out)
    return found


@pytest.mark.usefixtures("encoder")
def test_json_says_what_was_embedded_and_what_was_reused(cli: Any, capfd: Any, file: Path) -> None:
    assert cli("data", "embed", file, "--json") == 0
    first = said(capfd)
    keys = ["file", "texts", "sentences", "embedded", "reused", "damaged", "seconds", "cache", "texts_per_second"]
    assert list(first) == keys
    assert [first[key] for key in keys[:6]] == [str(file), 3, 6, 3, 0, 0]
    assert first["seconds"] > 0 and first["texts_per_second"] > 0 and Path(first["cache"]).is_dir()
    assert cli("data", "embed", file, "--json") == 0
    again = said(capfd)
    assert (again["embedded"], again["reused"], again["texts_per_second"]) == (0, 3, None)


@pytest.mark.usefixtures("encoder")
def test_a_damaged_shard_is_embedded_anew_said_and_counted(cli: Any, capfd: Any, file: Path) -> None:
    assert cli("data", "embed", file) == 0
    (shard,) = file.with_name(file.name + ".embedded").glob("*/*.safetensors")
    shard.write_bytes(shard.read_bytes()[:-1] + b"\x99")
    capfd.readouterr()
    assert cli("data", "embed", file, "--json") == 0
    out, err = capfd.readouterr()
    found = json.loads(out)
    assert (found["embedded"], found["reused"], found["damaged"]) == (3, 0, 1)
    assert f"deleted a damaged shard; what it held is embedded anew: '{shard}'" in err


@pytest.mark.usefixtures("encoder")
def test_of_several_files_json_has_one_entry_each(cli: Any, capfd: Any, file: Path) -> None:
    other = file.with_name("goemotions_ko.jsonl")
    other.write_text(file.read_text())
    assert cli("data", "embed", file.parent, "--json") == 0
    assert [one["file"] for one in said(capfd)["files"]] == [str(file), str(other)]


def test_vectors_embedded_beforehand_are_all_that_training_asks_for(cli: Any, encoder: HashEncoder, file: Path) -> None:
    from redheart.training.corpus.load import load_splits

    assert cli("data", "embed", file) == 0
    before = len(encoder.asked)
    splits = load_splits([file], 0, vectors_of(encoder))
    assert len(encoder.asked) == before
    assert len(splits.train) == 3


@pytest.mark.usefixtures("encoder")
def test_plain_output_is_one_line_a_file(cli: Any, capfd: Any, file: Path) -> None:
    assert cli("data", "embed", file) == 0
    out = capfd.readouterr().out
    assert out.startswith(f"{file}: 3 texts, 6 sentences: 3 embedded in ") and out.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.jsonl"], "'nowhere.jsonl' does not exist"),
        (["."], "has no data file"),
        (["{file}", "--encoder", "no/such-model"], "'no/such-model'"),
        (["{file}", "--batch-size", "0"], "encoder.batch_sentences"),
        (["{file}", "--device", "tpu"], "tpu"),
        (["{file}", "--device", "cuda"], "'cuda' was asked for"),
        (["{file}", "--set", "model.path=nowhere"], "'nowhere/encoder.json' cannot be read"),
        ([], "Missing argument"),
    ],
)
def test_mistakes_are_one_line_and_exit_2(
    cli: Any, capfd: Any, file: Path, arguments: list[str], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FORCE_CPU_INIT", "1")
    assert cli("data", "embed", *(argument.format(file=file) for argument in arguments)) == 2
    err = capfd.readouterr().err.strip()
    assert message in err and err.count("\n") == 0


def test_a_line_that_is_no_row_is_refused_by_its_number(cli: Any, capfd: Any, file: Path) -> None:
    file.write_text(file.read_text() + '{"id": 1, "text": 2}\n')
    assert cli("data", "embed", file) == 2
    assert "line 4" in capfd.readouterr().err


def test_ctrl_c_is_130_and_loses_nothing_whole(
    cli: Any, capfd: Any, file: Path, encoder: HashEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(sentences: Sequence[str]) -> None:
        if "It rained all day." in sentences:
            raise KeyboardInterrupt

    encoder.before = stop
    monkeypatch.setattr("redheart.training.corpus.embedded.SHARD_TEXTS", 1)
    assert cli("data", "embed", file) == 130
    captured = capfd.readouterr()
    assert captured.out == "" and captured.err.strip() == "redheart: interrupted."
    encoder.before = lambda _: None
    kept = len(list(file.with_name(file.name + ".embedded").glob("*/shard-*")))
    assert cli("data", "embed", file, "--json") == 0
    assert said(capfd)["reused"] == kept


def test_decompose_writes_targets_that_a_second_run_keeps(cli: Any, capfd: Any, file: Path) -> None:
    from redheart.training.corpus.decomposed import read_shares, text_digest

    assert cli("data", "decompose", file.parent, "--json") == 0
    first = said(capfd)
    assert (first["texts"], first["unfit"], first["decomposed"], first["reused"]) == (3, 1, 2, 0)
    assert set(read_shares(file)) == {text_digest(ROWS[i][0]) for i in (0, 2)}
    assert cli("data", "decompose", file.parent, "--json") == 0  # the sidecar is no data file
    again = said(capfd)
    assert (again["decomposed"], again["reused"], again["sidecar"]) == (0, 2, f"{file}.surd.jsonl")


def test_decompose_takes_as_many_texts_as_the_limit_says(cli: Any, capfd: Any, file: Path) -> None:
    assert cli("data", "decompose", file, "--limit", "1") == 0
    assert "1 decomposed" in capfd.readouterr().out
    assert cli("data", "decompose", file, "--limit", "0") == 2


def test_a_real_sigint_ends_the_process_with_130(file: Path) -> None:
    """The signal comes while the encoder works: a stand-in says so, then waits for it."""
    code = (
        "import sys, threading; from redheart.__main__ import main; "
        "from redheart.training.corpus.embedded import EmbeddedVectors; "
        "from tests.training.corpus.hash_encoder import HashEncoder, vectors_of; "
        "wait = lambda _: (print('working', flush=True), threading.Event().wait(30)); "
        "EmbeddedVectors.for_settings = lambda settings, say, progress: vectors_of(HashEncoder(wait)); "
        f"sys.exit(main(['data', 'embed', {str(file)!r}]))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout is not None and run.stdout.readline() == b"working\n"
        os.kill(run.pid, signal.SIGINT)
        out, err = run.communicate(timeout=30)
    assert (run.returncode, out, err) == (130, b"", b"redheart: interrupted.\n")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(rate_progress.time, "monotonic", lambda: now[0])
    return now


def test_progress_says_rate_and_time_left_where_there_is_no_terminal(clock: list[float]) -> None:
    out = StringIO()
    with RateProgress(Console(file=out), "texts") as progress:
        progress.begin("embedding a.jsonl")
        for clock[0], done in ((0.5, 10), (5.0, 100), (10.0, 200), (12.0, 240), (20.0, 400)):
            progress.tell(done, 2000)
    assert out.getvalue().splitlines() == [
        "embedding a.jsonl: 200 of 2,000 texts, 20/s, 1:30 left",
        "embedding a.jsonl: 400 of 2,000 texts, 20/s, 1:20 left",
    ]


def test_work_of_less_than_a_second_shows_nothing(clock: list[float]) -> None:
    out = StringIO()
    with RateProgress(Console(file=out, force_terminal=True), "texts") as progress:
        progress.begin("embedding a.jsonl")
        clock[0] = 0.9
        progress.tell(10, 10)
    assert out.getvalue() == ""
