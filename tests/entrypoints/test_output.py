"""Standard output that takes no more: said in one line, once."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

FULL = """
import resource, sys
from redheart.__main__ import main
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
sys.exit(main(sys.argv[1:]))
"""
BENCH = """
import resource, sys
from redheart import __main__
from redheart.entrypoints.cli import bench
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
__main__._run = lambda given, doors: bench._print(["a table"])
sys.exit(__main__.main([]))
"""


def into_a_full_file(code: str, folder: Path, *arguments: str | Path) -> tuple[int, str]:
    """Exit code, and what is said on standard error, of a process whose file may not grow."""
    with (folder / "out").open("wb") as out:
        done = subprocess.run(
            [sys.executable, "-B", "-c", code, *map(str, arguments)],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    return done.returncode, done.stderr


@pytest.mark.parametrize("more", [("--json",), ()])
def test_a_decomposition_that_has_no_room_is_one_line_and_exit_code_2(tmp_path: Path, more: tuple[str, ...]) -> None:
    np.savez(tmp_path / "x.npz", x=np.random.default_rng(0).normal(size=(2, 300)))
    asked = ("surd", tmp_path / "x.npz", "--target", "1", "--bins", "2", *more)
    assert into_a_full_file(FULL, tmp_path, *asked) == (2, SAID)


def test_whatever_is_written_at_once_or_as_a_table_says_the_same(tmp_path: Path) -> None:
    assert into_a_full_file(FULL, tmp_path, "schema") == (2, SAID)
    assert into_a_full_file(BENCH, tmp_path) == (2, SAID)


SAID = "redheart: standard output cannot be written (File too large). Make room, or send it to another place.\n"


def test_a_reader_who_left_is_no_mistake_of_the_user() -> None:
    command = [sys.executable, "-B", "-c", "from redheart.__main__ import main; import sys; sys.exit(main(['schema']))"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert (process.stderr.read(), process.wait()) == ("", 1)
