import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

Write = Callable[..., Path]


@pytest.fixture
def mixed(tmp_path: Path, write_jsonl: Write) -> Path:
    return write_jsonl(
        tmp_path / "in.jsonl",
        "{broken",
        {"text": "one"},
        "",
        {"text": "please fail"},
        {"txt": "three"},
        {"text": "four", "language": "en", "options": ["a", "b"], "id": 7},
    )


def answers(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().split(b"\n")[:-1]]


def test_every_line_is_answered_in_order_and_bad_ones_are_named_by_number(
    cli: Any, tmp_path: Path, mixed: Path
) -> None:
    assert cli("infer", "--file", mixed, "--out", "out.jsonl") == 2
    found = answers(tmp_path / "out.jsonl")
    assert [answer.get("line", answer.get("text")) for answer in found] == [1, "one", 4, 5, "four"]
    assert found[0]["failure"] == {
        "phase": "input",
        "kind": "InputError",
        "reason": "the line is not JSON: key must be a string at line 1 column 2. Write one JSON object a line.",
        "exit_code": 2,
    }
    assert found[2]["failure"]["phase"] == "red_heart"
    assert cli.engine.asked[-1].options == ("a", "b")


def test_a_batch_without_failures_exits_0_on_stdout(cli: Any, tmp_path: Path, write_jsonl: Write, capfd: Any) -> None:
    file = write_jsonl(tmp_path / "in.ndjson", {"text": "one"}, {"text": "two"})
    assert cli("infer", "--file", file) == 0
    printed = capfd.readouterr()
    assert [json.loads(line)["text"] for line in printed.out.splitlines()] == ["one", "two"]
    assert "2 of 2 lines answered, 0 failed." in printed.err


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('{"text": ""}', "the text is empty or white space"),
        ('{"text": 3}', "'text': Input should be a valid string (got '3')"),
        ("[1]", "Input should be an object"),
        ('{"language": "en"}', "the line has no 'text'"),
        ('{"text": "a", "langauge": "en"}', "unknown key 'langauge'. Did you mean 'language'?"),
        ('{"text": "a", "language": "fr"}', "'language': Input should be 'auto', 'ko' or 'en' (got 'fr')"),
        ('{"text": "a\\u0000"}', "the text has a NUL character"),
        ('{"text": "\\ud800"}', "the line is not JSON"),
        ("[" * 5000, "the line is not JSON"),
        (json.dumps({"text": "a" * 20_001}), "the text has 20,001 characters"),
        (json.dumps({"text": "a", "options": ["b"] * 13}), "13 options were given, '12' are the most"),
        ("x" * 1_400_000, "far longer than a text may be"),
    ],
)
def test_a_line_that_is_no_request_fails_alone(
    cli: Any, tmp_path: Path, write_jsonl: Write, line: str, reason: str
) -> None:
    file = write_jsonl(tmp_path / "in.jsonl", {"text": "before"}, line, {"text": "after"})
    assert cli("infer", "--file", file, "--out", "out.jsonl") == 2
    before, failed, after = answers(tmp_path / "out.jsonl")
    assert (before["text"], failed["line"], after["text"]) == ("before", 2, "after")
    assert reason in failed["failure"]["reason"]


def test_a_line_of_other_bytes_than_utf8_fails_alone_with_the_offset(cli: Any, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(b'\xef\xbb\xbf{"text": "one"}\r\n{"text": "\xff"}\n{"text": "no newline"}')
    assert cli("infer", "--file", "in.jsonl", "--out", "out.jsonl") == 2
    first, second, third = answers(tmp_path / "out.jsonl")
    assert (first["text"], third["text"]) == ("one", "no newline")
    assert "byte '0xff' at offset 10" in second["failure"]["reason"]


def test_ctrl_c_leaves_whole_lines_and_a_rerun_goes_on_from_there(
    cli: Any, tmp_path: Path, write_jsonl: Write, capfd: Any
) -> None:
    file = write_jsonl(tmp_path / "in.jsonl", *({"text": f"text {i}"} for i in range(9)))
    cli.engine.stop_after = 4
    assert cli("infer", "--file", file, "--out", "out.jsonl") == 130
    assert [answer["text"] for answer in answers(tmp_path / "out.jsonl")] == [f"text {i}" for i in range(4)]
    assert "4 of 9 lines are whole, in 'out.jsonl'. Run the same command again to go on." in capfd.readouterr().err
    cli.engine.stop_after = None
    assert cli("infer", "--file", file, "--out", "out.jsonl") == 0
    assert [answer["text"] for answer in answers(tmp_path / "out.jsonl")] == [f"text {i}" for i in range(9)]
    assert [task.text for task in cli.engine.asked] == [f"text {i}" for i in range(9)]


@pytest.mark.parametrize("torn", [b'{"schema_version": "1.0", "te', b'{"broken"\n'])
def test_a_last_line_that_was_cut_short_is_answered_again(cli: Any, tmp_path: Path, mixed: Path, torn: bytes) -> None:
    cli("infer", "--file", mixed, "--out", "whole.jsonl")
    whole = (tmp_path / "whole.jsonl").read_bytes()
    (tmp_path / "out.jsonl").write_bytes(b"".join(whole.splitlines(keepends=True)[:3]) + torn)
    assert cli("infer", "--file", mixed, "--out", "out.jsonl") == 2
    assert (tmp_path / "out.jsonl").read_bytes() == whole


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(min_value=0, max_value=1 << 20))
def test_wherever_a_run_was_cut_the_rerun_completes_the_same_bytes(
    cli: Any, tmp_path: Path, mixed: Path, cut: int
) -> None:
    if not (tmp_path / "whole.jsonl").exists():
        cli("infer", "--file", mixed, "--out", "whole.jsonl")
    whole = (tmp_path / "whole.jsonl").read_bytes()
    (tmp_path / "out.jsonl").write_bytes(whole[: cut % (len(whole) + 1)])
    assert cli("infer", "--file", mixed, "--out", "out.jsonl") == 2
    assert (tmp_path / "out.jsonl").read_bytes() == whole


def test_a_finished_batch_is_not_run_again_and_still_tells_of_its_failures(
    cli: Any, tmp_path: Path, mixed: Path
) -> None:
    cli.engine.well = True
    cli("infer", "--file", mixed, "--out", "out.jsonl")
    before, built = (tmp_path / "out.jsonl").read_bytes(), len(cli.built)
    assert cli("infer", "--file", mixed, "--out", "out.jsonl") == 2
    assert ((tmp_path / "out.jsonl").read_bytes(), len(cli.built)) == (before, built)


def test_failures_that_the_input_is_not_to_blame_for_are_answered_again_in_their_place(
    cli: Any, tmp_path: Path, mixed: Path
) -> None:
    cli("infer", "--file", mixed, "--out", "out.jsonl")
    before = (tmp_path / "out.jsonl").read_bytes().splitlines()
    cli.engine.well, cli.engine.asked = True, []
    assert cli("infer", "--file", mixed, "--out", "out.jsonl") == 2
    after = (tmp_path / "out.jsonl").read_bytes().splitlines()
    assert [task.text for task in cli.engine.asked] == ["please fail"]
    assert json.loads(after[2])["text"] == "please fail"
    assert (after[:2], after[3:]) == (before[:2], before[3:])
    assert not list(tmp_path.glob(".*"))


def test_ctrl_c_while_failures_are_answered_again_loses_no_line(
    cli: Any, tmp_path: Path, write_jsonl: Write, capfd: Any
) -> None:
    texts = ["one", "fail a", "two", "fail b", "three"]
    file = write_jsonl(tmp_path / "in.jsonl", *({"text": text} for text in texts))
    cli("infer", "--file", file, "--out", "out.jsonl")
    cli.engine.well, cli.engine.asked, cli.engine.stop_after = True, [], 1
    assert cli("infer", "--file", file, "--out", "out.jsonl") == 130
    assert [answer.get("text", answer.get("line")) for answer in answers(tmp_path / "out.jsonl")] == [
        *texts[:3],
        4,
        "three",
    ]
    cli.engine.stop_after = None
    assert cli("infer", "--file", file, "--out", "out.jsonl") == 0
    assert [answer["text"] for answer in answers(tmp_path / "out.jsonl")] == texts


def test_what_a_killed_run_had_answered_again_is_not_lost(cli: Any, tmp_path: Path, write_jsonl: Write) -> None:
    file = write_jsonl(tmp_path / "in.jsonl", {"text": "fail a"}, {"text": "fail b"}, {"text": "one"})
    cli("infer", "--file", file, "--out", "out.jsonl")
    early = (tmp_path / "out.jsonl").read_bytes()
    cli.engine.well = True
    cli("infer", "--file", file, "--out", "whole.jsonl")
    whole = (tmp_path / "whole.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / ".out.jsonl.mended").write_bytes(whole[0] + whole[1][:50])
    cli.engine.asked = []
    assert cli("infer", "--file", file, "--out", "out.jsonl") == 0
    assert [task.text for task in cli.engine.asked] == ["fail b"]
    assert (tmp_path / "out.jsonl").read_bytes().splitlines()[2] == early.splitlines()[2]


def test_a_line_that_was_mended_in_the_input_is_answered(cli: Any, tmp_path: Path, write_jsonl: Write) -> None:
    cli("infer", "--file", write_jsonl(tmp_path / "in.jsonl", "{broken", {"text": "two"}), "--out", "out.jsonl")
    cli.engine.asked = []
    file = write_jsonl(tmp_path / "in.jsonl", {"text": "one"}, {"text": "two"})
    assert cli("infer", "--file", file, "--out", "out.jsonl") == 0
    assert [task.text for task in cli.engine.asked] == ["one"]
    assert [answer["text"] for answer in answers(tmp_path / "out.jsonl")] == ["one", "two"]


def test_a_text_that_the_rules_refuse_is_kept_as_long_as_they_refuse_it(
    cli: Any, tmp_path: Path, write_jsonl: Write
) -> None:
    reason = "there are no letters in '123', so it has no language. Write in Korean or English, or name the language "
    reason += "with --language ko or --language en."
    failure = {"phase": "llm_initial", "kind": "InputError", "reason": reason, "exit_code": 2}
    write_jsonl(tmp_path / "out.jsonl", {"line": 1, "failure": failure})
    assert cli("infer", "--file", write_jsonl(tmp_path / "in.jsonl", {"text": "123"}), "--out", "out.jsonl") == 2
    assert cli.engine.asked == []
    assert cli("infer", "--file", write_jsonl(tmp_path / "in.jsonl", {"text": "one"}), "--out", "out.jsonl") == 0
    assert [task.text for task in cli.engine.asked] == ["one"]


@pytest.mark.parametrize(
    ("line", "flags", "said"),
    [
        ({"options": ["a"]}, (), "line 1 of 'out.jsonl' was answered with options '[]', not '['a']'."),
        ({"language": "ko"}, (), "was answered with --language 'en', not 'ko'."),
        ({}, ("--language", "ko"), "was answered with --language 'en', not 'ko'."),
        ({}, ("--llm", "scripted"), "was answered with --llm 'none', not 'scripted'."),
        ({}, ("--set", "encoder.precision=bfloat16"), "answered with encoder.precision 'float32', not 'bfloat16'."),
    ],
)
def test_an_output_that_was_asked_otherwise_is_refused_and_left_as_it_is(
    cli: Any, tmp_path: Path, write_jsonl: Write, capfd: Any, line: Any, flags: Any, said: str
) -> None:
    cli("infer", "--file", write_jsonl(tmp_path / "a.jsonl", {"text": "one"}), "--out", "out.jsonl")
    before = (tmp_path / "out.jsonl").read_bytes()
    capfd.readouterr()
    again = write_jsonl(tmp_path / "b.jsonl", {"text": "one", **line}, {"text": "two"})
    assert cli("infer", "--file", again, "--out", "out.jsonl", *flags) == 2
    assert said in capfd.readouterr().err
    assert (tmp_path / "out.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([{"text": "another"}, {"text": "two"}], "line 1 of 'out.jsonl' is no answer to input line 1."),
        (["{broken", {"text": "two"}], "line 1 of 'out.jsonl' is no answer to input line 1."),
        ([{"text": "one"}], "'out.jsonl' has more lines than the input asks for."),
    ],
)
def test_an_output_of_another_input_is_refused_and_left_as_it_is(
    cli: Any, tmp_path: Path, write_jsonl: Write, capfd: Any, lines: list[Any], said: str
) -> None:
    cli("infer", "--file", write_jsonl(tmp_path / "a.jsonl", {"text": "one"}, {"text": "two"}), "--out", "out.jsonl")
    before = (tmp_path / "out.jsonl").read_bytes()
    capfd.readouterr()
    assert cli("infer", "--file", write_jsonl(tmp_path / "b.jsonl", *lines), "--out", "out.jsonl") == 2
    assert said in capfd.readouterr().err
    assert (tmp_path / "out.jsonl").read_bytes() == before


def test_an_output_begun_with_another_checkpoint_is_not_gone_on_with(
    cli: Any, tmp_path: Path, write_jsonl: Write, capfd: Any
) -> None:
    cli("infer", "--file", write_jsonl(tmp_path / "in.jsonl", {"text": "one"}), "--out", "out.jsonl")
    before = (tmp_path / "out.jsonl").read_bytes()
    cli.engine.checkpoint = "another" * 4
    longer = write_jsonl(tmp_path / "in.jsonl", {"text": "one"}, {"text": "two"})
    assert cli("infer", "--file", longer, "--out", "out.jsonl") == 2
    assert "was begun with checkpoint 'c0ffeec0ffee', this one is 'anotheranoth'" in capfd.readouterr().err
    assert (tmp_path / "out.jsonl").read_bytes() == before


def test_a_foreign_file_is_never_taken_for_an_output(cli: Any, tmp_path: Path, mixed: Path) -> None:
    (tmp_path / "diary.txt").write_text("my diary\nsecond line\n", encoding="utf-8")
    assert cli("infer", "--file", mixed, "--out", "diary.txt") == 2
    assert (tmp_path / "diary.txt").read_text(encoding="utf-8") == "my diary\nsecond line\n"
