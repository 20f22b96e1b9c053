"""The installed command on real input, in processes of its own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from redheart.types.result import InferResult
from tests.flow.asking import COVER_UP

COMMAND = [sys.executable, "-m", "redheart"]


def redheart(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
        **options,  # type: ignore[call-overload]
    )


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """Two hundred lines, two of them broken."""
    lines = [json.dumps({"text": f"나는 {n}번째 약속을 지켰다."}, ensure_ascii=False) for n in range(1, 201)]
    lines[56], lines[122] = '{"text": "broken', '{"txt": "no text"}'
    path = tmp_path / "batch.jsonl"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_json_on_standard_output_is_one_valid_result_and_nothing_else() -> None:
    done = redheart("infer", "--text", COVER_UP, "--llm", "none", "--json", "--no-experience")
    assert done.returncode == 0, done.stderr
    assert InferResult.model_validate_json(done.stdout).text == COVER_UP


def test_a_batch_answers_every_whole_line_and_names_the_broken_ones(batch: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = redheart("infer", "--file", str(batch), "--out", str(out), "--no-experience")
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert done.returncode == 2
    assert [n for n, answer in enumerate(answers, 1) if "failure" in answer] == [57, 123]
    assert [answers[n - 1]["line"] for n in (57, 123)] == [57, 123]
    assert answers[199]["text"] == "나는 200번째 약속을 지켰다."


def test_a_rerun_computes_only_what_a_broken_off_run_left(batch: Path, tmp_path: Path) -> None:
    short, out = tmp_path / "short.jsonl", tmp_path / "out.jsonl"
    short.write_text("".join(batch.read_text(encoding="utf-8").splitlines(keepends=True)[:6]), encoding="utf-8")
    assert redheart("infer", "--file", str(short), "--out", str(out), "--no-experience").returncode == 0
    whole = out.read_text(encoding="utf-8").splitlines(keepends=True)
    out.write_text("".join(whole[:4]) + whole[4][:100], encoding="utf-8")
    assert redheart("infer", "--file", str(short), "--out", str(out), "--no-experience").returncode == 0
    resumed = out.read_text(encoding="utf-8").splitlines(keepends=True)
    assert resumed[:4] == whole[:4]  # timings included: they were not computed again
    assert [json.loads(line)["text"] for line in resumed] == [json.loads(line)["text"] for line in whole]


def test_ctrl_c_leaves_the_finished_lines_whole(batch: Path) -> None:
    arguments = ["infer", "--file", str(batch), "--no-experience", "--set", "pipeline.batch_size=1"]
    with subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # a background job ignores it
    ) as run:
        assert run.stdout is not None
        first = run.stdout.readline()
        run.send_signal(signal.SIGINT)
        rest, _ = run.communicate(timeout=120)
    assert run.returncode == 130
    lines = (first + rest).splitlines(keepends=True)
    assert 0 < len(lines) < 200
    assert all(line.endswith("\n") and json.loads(line)["text"] for line in lines)


def test_experiences_are_private_recalled_and_left_alone_when_asked(tmp_path: Path) -> None:
    store = tmp_path / "cases"
    settings = {**os.environ, "REDHEART__EXPERIENCE__PATH": str(store)}
    assert redheart("infer", "--text", "시험에 떨어져서 슬프다.", "--no-experience", env=settings).returncode == 0
    assert not store.exists()
    first = redheart("infer", "--text", "시험에 떨어져서 슬프다.", env=settings)
    assert str(store) in first.stderr.replace("\n", "") and "--no-experience" in first.stderr.replace("\n", " ")
    assert store.stat().st_mode & 0o777 == 0o700
    second = redheart("infer", "--text", "시험에 또 떨어져서 정말 슬프다.", "--json", env=settings)
    precedents = InferResult.model_validate_json(second.stdout).circuit.precedents
    assert [precedent.text for precedent in precedents] == ["시험에 떨어져서 슬프다."]
