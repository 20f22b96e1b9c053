"""`--monitor-memory`: the table, the lines, the summary, the timeline."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from redheart.entrypoints.cli.memory_table import MODULES, MemoryTable, tier_bar
from redheart.events import MEMORY_PRESSURE, MODULE_LOADED, Event
from redheart.memory.budgets import MIB
from redheart.memory.watch.folders import timeline_folder
from redheart.memory.watch.recorded_timeline import read_timeline
from redheart.memory.watch.timeline import stored_timelines
from redheart.types.residency import SwapPriority, Tier, TierReport
from tests.memory.watching import Books


@pytest.fixture
def books() -> Books:
    return Books()


@pytest.fixture
def watched(cli: Any, books: Books) -> Any:
    """The command line on an engine that brings the encoder before it answers."""
    engine = cli.engine
    engine.monitor = books.monitor()
    answer = engine.infer

    async def infer(task: Any) -> Any:
        engine.monitor.first_load()
        books.rss += 45 * MIB
        books.bring("encoder", 0)
        books.decide("load", "encoder", "step 'embed' needs it", 30)
        engine.events.publish(Event(MODULE_LOADED, "encoder", seconds=0.02, bytes=30 * MIB))
        engine.events.publish(Event(MEMORY_PRESSURE, "host", bytes=95 * MIB))
        return await answer(task)

    engine.infer = infer
    return cli


def table(books: Books, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, force_terminal=True, color_system=None, _environ={})
    console.print(MemoryTable(books.monitor()))
    return console.file.getvalue()  # type: ignore[attr-defined,no-any-return]


def test_moves_pressure_and_what_was_the_most_are_lines_where_there_is_no_terminal(watched: Any, capfd: Any) -> None:
    assert watched("infer", "--text", "I am glad.", "--json", "--monitor-memory") == 0
    printed = capfd.readouterr()
    assert "memory: loaded encoder 30.0 MiB in 20 ms" in printed.err
    assert "memory: pressure on host, 95.0 MiB cannot be freed" in printed.err
    assert "peak RSS 45.0 MiB over the 500.0 MiB before the first load: under the budget of 100.0 MiB" in printed.err
    assert "allocator at most 30.0 MiB, weights in it at most 30.0 MiB" in printed.err
    assert json.loads(printed.out)


def test_peak_over_the_budget_is_said_loudly(watched: Any, books: Books, capfd: Any) -> None:
    books.rss = 0
    books.ledger.account.budget = 40 * MIB
    assert watched("infer", "--text", "I am glad.", "--monitor-memory") == 0
    assert "OVER the budget of 40.0 MiB" in " ".join(capfd.readouterr().err.split())


def test_timeline_is_stored_in_the_state_folder(watched: Any, capfd: Any) -> None:
    assert watched("infer", "--text", "I am glad.", "--monitor-memory") == 0
    (path,) = stored_timelines(timeline_folder())
    assert str(path) in "".join(capfd.readouterr().err.split())
    found = read_timeline(path)
    assert [decision.kind for decision in found.decisions] == ["load"]
    assert [span.phase for span in found.spans] == ["red_heart"]


def test_named_timeline_is_stored_there_and_monitors_by_itself(watched: Any, tmp_path: Path) -> None:
    assert watched("infer", "--text", "I am glad.", "--memory-timeline", "run.jsonl") == 0
    assert read_timeline(tmp_path / "run.jsonl").whole
    assert stored_timelines(timeline_folder()) == []


def test_timeline_outlives_a_request_that_fails_and_ctrl_c(watched: Any, cli: Any, tmp_path: Path) -> None:
    assert watched("infer", "--text", "fail", "--memory-timeline", "failed.jsonl") == 1
    assert read_timeline(tmp_path / "failed.jsonl").residents() == {"encoder": ([0], 0)}

    async def stopped(task: Any) -> Any:
        raise KeyboardInterrupt

    cli.engine.infer = stopped
    assert watched("infer", "--text", "a", "--memory-timeline", "stopped.jsonl") == 130
    assert read_timeline(tmp_path / "stopped.jsonl").whole


def test_batch_is_watched_too(watched: Any, write_jsonl: Any, tmp_path: Path, capfd: Any) -> None:
    batch = write_jsonl(tmp_path / "batch.jsonl", {"text": "I am glad."})
    assert watched("infer", "--file", batch, "--out", "out.jsonl", "--memory-timeline", "run.jsonl") == 0
    assert read_timeline(tmp_path / "run.jsonl").whole
    assert "memory: nothing was loaded; the budget is 100.0 MiB" in capfd.readouterr().err


def test_nothing_is_stored_or_said_unless_asked(watched: Any, capfd: Any) -> None:
    assert watched("infer", "--text", "I am glad.") == 0
    assert "memory:" not in capfd.readouterr().err
    assert not timeline_folder().exists()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (".", "--memory-timeline '.' is a folder. Name a file in it."),
        ("no/run.jsonl", "--memory-timeline 'no/run.jsonl': its folder does not exist."),
        ("day.txt", "--memory-timeline 'day.txt' is the file of --file or --out."),
    ],
)
def test_timeline_that_could_not_be_written_is_refused_before_anything_is_built(
    cli: Any, capfd: Any, tmp_path: Path, name: str, said: str
) -> None:
    (tmp_path / "day.txt").write_text("I am glad.", encoding="utf-8")
    assert cli("infer", "--file", "day.txt", "--memory-timeline", name) == 2
    assert said in capfd.readouterr().err
    assert (cli.built, (tmp_path / "day.txt").read_text(encoding="utf-8")) == ([], "I am glad.")


def test_table_shows_tier_residents_uses_and_decisions(books: Books) -> None:
    books.bring("llm", 0)
    books.bring("encoder", 0)
    books.ledger.lease(["encoder"])
    books.ledger.account.set_line("work", 5 * MIB)
    shown = table(books)
    assert "memory: mode medium, policy dynamic_swap, cpu" in shown
    assert "70.0 of 100.0 MiB, 70.0 measured" in shown and "work 5.0 MiB" in shown
    assert re.search(r"llm +1 / 2 +40\.0 of 60\.0 +—", shown)
    assert re.search(r"encoder +1 / 1 +30\.0 +1", shown)


def test_table_shows_the_newest_decisions_with_their_reasons(books: Books) -> None:
    drawn = MemoryTable(books.monitor())
    for number in range(6):
        books.decide("evict", "llm", f"reason {number}", 20)
    console = Console(file=io.StringIO(), width=100)
    console.print(drawn)
    shown = console.file.getvalue()  # type: ignore[attr-defined]
    assert [number for number in range(6) if f"evict llm 20.0 MiB: reason {number}" in shown] == [2, 3, 4, 5]


@pytest.mark.parametrize("width", [40, 60, 100, 200])
def test_table_keeps_within_its_width(books: Books, width: int) -> None:
    books.ledger.account.set_line("external:" + "a long name " * 9, MIB)
    lines = table(books, width).splitlines()
    assert max(map(len, lines)) <= width


def test_many_modules_are_summed_up(books: Books) -> None:
    for number in range(20):
        books.register(f"head.{number}", SwapPriority.SECONDARY, 1)
    assert f"and {23 - MODULES} more" in table(books)


@pytest.mark.parametrize(
    ("filled", "promised", "aside", "shown"),
    [
        (0, 0, 0, "·" * 36),
        (100, 0, 0, "█" * 36),
        (50, 25, 25, "█" * 18 + "▒" * 9 + "░" * 9),
        (90, 0, 90, "█" * 32 + "░" * 4),
    ],
)
def test_bar_is_the_budget_cut_into_its_parts(filled: int, promised: int, aside: int, shown: str) -> None:
    lines = {"others": aside} if aside else {}
    tier = TierReport(tier=Tier.HOST, budget=100, committed=filled, reserved=promised, lines=lines)
    assert tier_bar(tier).plain == shown
