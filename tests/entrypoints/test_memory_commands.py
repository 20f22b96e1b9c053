"""`redheart memory`: plan, timeline, explain."""

import builtins
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redheart.config.schema import Settings
from redheart.entrypoints.memory_plan import planned_modules, planned_steps
from redheart.events import PHASE_FINISHED, PHASE_STARTED, Event
from redheart.memory.budgets import MIB
from redheart.memory.plan import Cycle, ResidencyPlan, Step, solve
from redheart.memory.states import Piece
from redheart.memory.watch.folders import timeline_folder
from redheart.memory.watch.timeline import recording
from tests.memory.watching import Books

PNG = b"\x89PNG"


def cycle() -> Cycle:
    """60 MiB of LLM in chunks of 10, beside 40 MiB of readers: 100 do not hold both."""
    chunks = {"llm": (10 * MIB,) * 6, "encoder": (30 * MIB,), "body": (10 * MIB,), "spare": (5 * MIB,)}
    steps = (
        Step("llm_initial", frozenset({"llm"}), 5 * MIB),
        Step("embed", frozenset({"encoder"}), 10 * MIB),
        Step("read", frozenset({"body"})),
        Step("llm_final", frozenset({"llm"}), 5 * MIB),
    )
    return Cycle(steps, chunks, frozenset({"body"}))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Settings]:
    """The settings that plans were asked for; plans are of the cycle above, for the host's budget."""
    seen: list[Settings] = []

    def plan_of(settings: Settings) -> ResidencyPlan:
        seen.append(settings)
        return solve(cycle(), int(settings.memory.host_budget_mib * MIB))

    monkeypatch.setattr("redheart.entrypoints.cli.memory.plan_of", plan_of)
    return seen


@pytest.fixture
def stored() -> Callable[..., Path]:
    """Stores a timeline in which 'encoder' pushes out a part of 'llm'."""

    def store(path: Path | None = None) -> Path:
        books = Books()
        with recording(books.monitor(), path, timeline_folder()) as timeline:
            timeline.tell(Event(PHASE_STARTED, "embed"))
            books.bring("llm", 0, 1)
            books.decide("load", "llm", "wanted", 60, room_after=40 * MIB)
            timeline.sample()
            books.ledger.evict([Piece("llm", 1)])
            books.decide("evict", "llm", "it is needed last", 20)
            books.bring("encoder", 0)
            books.decide("load", "encoder", "wanted", 30, room_after=10 * MIB)
            timeline.tell(Event(PHASE_FINISHED, "embed"))
        return timeline.path

    return store


# -- plan ------------------------------------------------------------------------------------------------------------


def test_plan_prints_each_step_its_traffic_and_that_it_fits(cli: Any, capfd: Any, asked: list[Settings]) -> None:
    assert cli("memory", "plan", "--mode", "medium", "--budget-mib", "100") == 0
    said = capfd.readouterr().out
    assert (
        "mode medium, policy dynamic_swap (auto would choose dynamic_swap), budget 100.0 MiB. Nothing is loaded."
        in said
    )
    assert [line.split()[0] for line in said.splitlines()[3:7]] == ["llm_initial", "embed", "read", "llm_final"]
    assert "stay all the time: body 10.0" in said
    assert "It fits: at most 100.0 of 100.0 MiB are filled" in said


def test_plan_as_json_adds_up(cli: Any, capfd: Any, asked: list[Settings]) -> None:
    assert cli("memory", "plan", "--mode", "medium", "--budget-mib", "100", "--json") == 0
    said = json.loads(capfd.readouterr().out)
    assert said["bytes_per_request"] == sum(step["brought"] for step in said["steps"]) >= said["bound_bytes"]
    assert said["peak"] == max(step["peak"] for step in said["steps"]) <= said["budget"]
    for step in said["steps"]:
        assert step["already"] + step["brought"] + step["kept"] + step["work"] == step["peak"]


def test_roomy_budget_moves_nothing_and_auto_chooses_direct(cli: Any, capfd: Any, asked: list[Settings]) -> None:
    assert cli("memory", "plan", "--mode", "ultra") == 0
    said = capfd.readouterr().out
    assert "auto would choose direct" in said
    assert "A request brings in 0.0 MiB once warm; no plan brings in less than 0.0, which is reached." in said


def test_step_that_cannot_fit_is_refused_with_both_sizes(cli: Any, capfd: Any, asked: list[Settings]) -> None:
    assert cli("memory", "plan", "--mode", "medium", "--budget-mib", "60") == 2
    printed = capfd.readouterr()
    assert (printed.out, printed.err.count("\n")) == ("", 1)
    assert "step 'llm_initial' needs 75.0 MiB at once" in printed.err and "60.0 MiB may be filled" in printed.err


def test_flags_of_plan_reach_the_settings(cli: Any, asked: list[Settings]) -> None:
    overrides = ("--set", "surd.max_units=4", "--device", "cpu", "--llm", "scripted")
    assert cli("memory", "plan", "--budget-mib", "200", *overrides) == 0
    (settings,) = asked
    assert (settings.memory.mode, settings.llm.backend, settings.surd.max_units) == ("light", "scripted", 4)
    assert settings.memory.host_budget_mib == settings.memory.device_budget_mib == 200


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--mode", "larg"], "unknown memory mode 'larg'"),
        (["--llm", "scriptd"], "unknown LLM backend 'scriptd'"),
        (["--budget-mib", "-1"], "Input should be greater than 0 (got '-1.0')"),
        (["--mode", "ultra", "--plot", "plan.gif"], "--plot 'plan.gif': no picture format"),
        (["--mode", "ultra", "--plot", "no/plan.png"], "--plot 'no/plan.png' cannot be written (No such file"),
    ],
)
def test_mistake_is_one_line_with_exit_code_2(
    cli: Any, capfd: Any, asked: list[Settings], arguments: list[str], said: str
) -> None:
    assert cli("memory", "plan", *arguments) == 2
    printed = capfd.readouterr()
    assert said in printed.err
    assert (printed.err.count("\n"), printed.out) == (1, "")


def test_bars_of_a_step_add_up_to_what_the_plan_says() -> None:
    plan = solve(cycle(), 100 * MIB)
    steps = planned_steps(plan)
    assert tuple(step.peak for step in steps) == plan.peak
    assert tuple(step.brought for step in steps) == plan.bytes_in
    assert all(step.weights == plan.cycle.size(step.modules) for step in steps)


def test_module_that_no_step_needs_is_not_shown() -> None:
    modules = {module.name: module for module in planned_modules(solve(cycle(), 100 * MIB))}
    assert "spare" not in modules
    assert modules["body"].stays and not modules["llm"].stays
    assert modules["llm"].needed == (True, False, False, True)


def test_plan_is_drawn(cli: Any, asked: list[Settings], tmp_path: Path) -> None:
    assert cli("memory", "plan", "--mode", "medium", "--budget-mib", "100", "--plot", "plan.png") == 0
    assert (tmp_path / "plan.png").read_bytes().startswith(PNG)


def test_picture_without_matplotlib_is_refused_with_the_line_that_installs_it(
    cli: Any, capfd: Any, asked: list[Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    genuine = builtins.__import__

    def without(name: str, *more: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return genuine(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert cli("memory", "plan", "--mode", "ultra", "--plot", "plan.png") == 2
    assert "pip install 'redheart[plot]'" in capfd.readouterr().err


# -- timeline, explain -----------------------------------------------------------------------------------------------


def test_newest_timeline_is_told_in_words(cli: Any, capfd: Any, stored: Callable[..., Path]) -> None:
    stored()
    newest = stored()
    assert cli("memory", "timeline") == 0
    said = capfd.readouterr().out
    assert f"timeline '{newest}'" in said
    assert "host: 70.0 of 100.0 MiB held at the end, 70.0 at most" in said
    assert "decisions: 2 load (90.0 MiB), 1 evict (20.0 MiB)" in said


def test_timeline_is_drawn(cli: Any, stored: Callable[..., Path], tmp_path: Path) -> None:
    path = stored(tmp_path / "run.jsonl")
    assert cli("memory", "timeline", path, "--plot", "run.svg") == 0
    drawn = (tmp_path / "run.svg").read_text(encoding="utf-8")
    assert drawn.startswith("<?xml") and len(drawn) > 10_000


def test_eviction_is_explained_from_the_newest_timeline(cli: Any, capfd: Any, stored: Callable[..., Path]) -> None:
    stored()
    assert cli("memory", "explain", "llm") == 0
    assert capfd.readouterr().out == (
        "'llm' is in memory in part: 1 of 2 chunks are in, 40.0 MiB of 60.0 MiB. 20.0 MiB of it were evicted during "
        "step 'embed': it is needed last; 'encoder' needed the room. 10.0 MiB more in memory.host_budget_mib, or its "
        "name in memory.resident, would have kept it.\n"
    )


def test_unknown_module_is_refused_with_those_of_the_timeline(
    cli: Any, capfd: Any, stored: Callable[..., Path], tmp_path: Path
) -> None:
    assert cli("memory", "explain", "lm", "--timeline", stored(tmp_path / "run.jsonl")) == 2
    assert "unknown module 'lm'. Registered: llm, encoder, body." in capfd.readouterr().err


@pytest.mark.parametrize("command", [["timeline"], ["explain", "llm"]])
def test_without_a_stored_timeline_it_is_said_how_to_record_one(cli: Any, capfd: Any, command: list[str]) -> None:
    assert cli("memory", *command) == 2
    said = capfd.readouterr().err
    assert "no timeline is stored in" in said and "redheart infer --monitor-memory" in said


def test_file_that_is_no_timeline_is_refused(cli: Any, capfd: Any, tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_bytes(b"\xff\n")
    assert cli("memory", "timeline", "x.jsonl") == 2
    assert cli("memory", "timeline", "nowhere.jsonl") == 2
    said = capfd.readouterr().err
    assert "it is not UTF-8" in said and "'nowhere.jsonl' cannot be read (No such file or directory)" in said


def test_explaining_imports_neither_torch_nor_matplotlib(stored: Callable[..., Path], tmp_path: Path) -> None:
    script = (
        "import sys; from redheart.__main__ import main; "
        f"code = main(['memory', 'explain', 'llm', '--timeline', {str(stored(tmp_path / 'run.jsonl'))!r}]); "
        "sys.exit(code or ' '.join({'torch', 'matplotlib'} & sys.modules.keys()) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
