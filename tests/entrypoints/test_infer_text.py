import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redheart.types.result import InferResult


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], None]:
    def feed(content: bytes) -> None:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))

    return feed


def test_json_prints_one_valid_result_and_nothing_else_on_stdout(cli: Any, capfdbinary: Any) -> None:
    assert cli("infer", "--text", "나는 기쁘다.", "--json") == 0
    printed = capfdbinary.readouterr()
    assert InferResult.model_validate_json(printed.out).text == "나는 기쁘다."
    assert next(iter(json.loads(printed.out))) == "schema_version"
    assert printed.out.count(b"\n") == 1
    assert b"--no-experience" in printed.err


def test_without_json_a_report_is_printed(cli: Any, capfd: Any) -> None:
    assert cli("infer", "--text", "I am glad.") == 0
    assert "Support for a decision, not advice" in capfd.readouterr().out


def test_flags_reach_the_settings_and_the_task(cli: Any) -> None:
    arguments = ["--option", "go", "--option", "stay", "--language", "en", "--llm", "scripted", "--no-experience"]
    assert cli("infer", "--text", "Go?", *arguments, "--set", "surd.max_units=4", "--device", "cpu") == 0
    settings, task = cli.built[0], cli.engine.asked[0]
    assert (settings.llm.backend, settings.experience.enabled, settings.surd.max_units) == ("scripted", False, 4)
    assert (settings.device, settings.memory.mode) == ("cpu", "light")
    assert (task.options, task.language) == (("go", "stay"), "en")


def test_a_file_loses_its_bom_and_final_line_break_only(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "day.txt").write_bytes("\ufeff 첫째.\r\n둘째.\r\n".encode())
    assert cli("infer", "--file", "day.txt") == 0
    assert cli.engine.asked[0].text == " 첫째.\r\n둘째."


def test_standard_input_is_one_text(cli: Any, pipe: Callable[[bytes], None]) -> None:
    pipe("오늘은 좋았다.\n".encode())
    assert cli("infer", "--stdin", "--json") == 0
    assert cli.engine.asked[0].text == "오늘은 좋았다."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "'x.txt' is empty or white space ('')"),
        (b" \n\t ", "'x.txt' is empty or white space"),
        (b"ab\x00cd", "'x.txt' has a NUL byte at offset 2: a binary file"),
        ("가나".encode() + b"\xff", "'x.txt' is not UTF-8: byte '0xff' at offset 6."),
        ("한글".encode("cp949"), "is not UTF-8: byte '0xc7' at offset 0. Convert it: iconv -f CP949"),
        (b"a" * 20_001, "'x.txt' has 20,001 characters; a text may have 20,000. Split it"),
        (b"a" * 90_000, "'x.txt' has 90,000 bytes; a text may have 20,000 characters, at most 80,005 bytes."),
    ],
)
def test_a_file_that_is_no_text_is_refused_in_one_line(
    cli: Any, tmp_path: Path, capfd: Any, content: bytes, said: str
) -> None:
    (tmp_path / "x.txt").write_bytes(content)
    assert cli("infer", "--file", "x.txt") == 2
    assert_refused(cli, capfd, said)


def test_a_file_over_the_limit_is_not_read(cli: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with (tmp_path / "big.txt").open("wb") as stream:
        stream.truncate(10 << 20)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail("read"))
    assert cli("infer", "--file", "big.txt") == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no text was given. Give exactly one of --text, --file, --stdin."),
        (["--text", "a", "--stdin"], "'--text --stdin' were given together."),
        (["--text", " "], "the text is empty or white space (' ')"),
        (["--text", "a\udcff"], "the text is not UTF-8: broken character '\\udcff' at position 1."),
        (["--file", "nowhere.txt"], "'nowhere.txt' cannot be read (No such file or directory)."),
        (["--file", "."], "'.' is a folder. Name a file in it."),
        (["--text", "a", "--memory-mode", "larg"], "unknown memory mode 'larg'. Choose one of: auto, heavy, light,"),
        (
            ["--text", "a", "--language", "kor"],
            "unknown language 'kor'. Did you mean 'ko'? Choose one of: auto,",
        ),
        (["--text", "a", "--device", "gpu"], "setting 'device': Input should be 'auto', 'cpu' or 'cuda' (got 'gpu')."),
        (["--text", "a", "--set", "memory.polcy=x"], "setting 'memory.polcy': unknown key. Did you mean 'policy'?"),
        (["--text", "a", "--llm", "scriptd"], "unknown LLM backend 'scriptd'. Did you mean 'scripted'? Choose one of:"),
        (["--text", "a", "--allow-degraded", "lmm"], "--allow-degraded 'lmm': no such part. Did you mean 'llm'?"),
        (["--text", "a", "--set", "allow_degraded=[encoder]"], "Input should be 'llm' (got 'encoder')."),
        (["--text", "a", "--option", " "], "option 1 is empty or white space"),
        (["--text", "a", "--out", "no/where.json"], "the folder"),
        (["--text", "a", "--out", "."], "--out '.' is a folder. Name a file in it."),
        (["--text", "a", "--jsn"], "No such option: --jsn"),
    ],
)
def test_a_mistake_is_one_line_with_the_mend_and_exit_code_2(
    cli: Any, capfd: Any, arguments: list[str], said: str
) -> None:
    assert cli("infer", *arguments) == 2
    assert_refused(cli, capfd, said)


def test_an_unknown_llm_is_refused_before_torch_is_imported() -> None:
    script = (
        "import sys; from redheart.__main__ import main; "
        "code = main(['infer', '--text', 'a', '--llm', 'clade']); print(code, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "2 False\n"
    assert "unknown LLM backend 'clade'" in done.stderr


def test_standard_input_over_the_limit_is_refused(cli: Any, capfd: Any, pipe: Callable[[bytes], None]) -> None:
    pipe(b"a" * 100_000)
    assert cli("infer", "--stdin") == 2
    assert_refused(cli, capfd, "standard input has more than 80,005 bytes")


def test_an_output_that_would_overwrite_its_input_is_refused(cli: Any, tmp_path: Path, capfd: Any) -> None:
    (tmp_path / "a.txt").write_text("I am glad.", encoding="utf-8")
    assert cli("infer", "--file", "a.txt", "--out", "a.txt") == 2
    assert_refused(cli, capfd, "--out 'a.txt' is the file that is read.")


@pytest.mark.parametrize(("name", "as_json"), [("r.json", True), ("r.txt", False)])
def test_out_is_written_whole_in_the_form_of_its_name(cli: Any, tmp_path: Path, name: str, as_json: bool) -> None:
    (tmp_path / name).write_text("old", encoding="utf-8")
    assert cli("infer", "--text", "I am glad.", "--out", name) == 0
    assert (tmp_path / name).read_text(encoding="utf-8").startswith("{") is as_json
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == [name]


def test_a_failed_text_leaves_the_old_output_alone(cli: Any, tmp_path: Path, capfd: Any) -> None:
    (tmp_path / "r.json").write_text("old", encoding="utf-8")
    assert cli("infer", "--text", "fail", "--out", "r.json") == 1
    assert (tmp_path / "r.json").read_text(encoding="utf-8") == "old"
    assert "could not read 'fail'. Say it otherwise." in capfd.readouterr().err


def test_a_traceback_is_shown_only_under_debug(cli: Any, capfd: Any) -> None:
    cli("infer", "--text", "fail")
    assert "Traceback" not in capfd.readouterr().err
    assert cli("infer", "--text", "fail", "--debug") == 1
    assert "Traceback" in capfd.readouterr().err


def test_what_memory_did_is_said_on_stderr_when_asked(cli: Any, capfd: Any) -> None:
    assert cli("infer", "--text", "I am glad.", "--json", "--monitor-memory") == 0
    printed = capfd.readouterr()
    assert "2 loads (128 MiB), 0 evictions" in printed.err
    assert json.loads(printed.out)


def assert_refused(cli: Any, capfd: Any, said: str) -> None:
    """One line on stderr, nothing on stdout, no model loaded."""
    printed = capfd.readouterr()
    assert said in printed.err
    assert (printed.err.count("\n"), printed.out, cli.built) == (1, "", [])
