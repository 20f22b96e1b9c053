"""The layout, tested: imports only fall, strangers never meet, torch stays where it belongs."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "redheart"
#: Lowest first. Names of one floor never import one another, but for the ground, where types rest on nothing else.
FLOORS = [
    {"types", "errors", "events", "devices", "blocking", "stored_weights", "version"},
    {"config", "registry", "calculus"},
    {"memory", "situation", "encoders", "nn", "circuit", "experience", "llm", "pipeline"},
    {"phases", "orchestrator", "results", "training"},
    {"assembly"},
    {"entrypoints", "benchmarks"},
    {"", "__main__"},  # the package root exports lazily; __main__ is the door
]
LEVEL = {name: level for level, names in enumerate(FLOORS) for name in names}
TORCH_HOMES = (
    "devices.py",
    "memory/",
    "encoders/",
    "nn/",
    "llm/local.py",
    "llm/causal_",
    "training/",
    "benchmarks/inference/",
    "benchmarks/memory/",
    "benchmarks/training/",
)
HEAVY = ("torch", "transformers", "lancedb", "kiwipiepy", "pyarrow", "numpy", "redheart.assembly")


class Arrow(NamedTuple):
    """One import: from a module to a module, at a line; `at_run_time` is false under TYPE_CHECKING."""

    source: str
    target: str
    line: int
    at_run_time: bool


def modules(package: Path) -> dict[str, Path]:
    """Dotted name -> file, packages by their folder's name."""
    files = {}
    for path in sorted(package.rglob("*.py")):
        parts = [package.name, *path.relative_to(package).with_suffix("").parts]
        files[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return files


def arrows(package: Path) -> Iterator[Arrow]:
    """Every import of every file: plain, relative, inside functions, type-only."""
    known = modules(package)
    for source, path in known.items():
        tree = ast.parse(path.read_text(encoding="utf-8"))
        type_only = {id(node) for block in ast.walk(tree) if _is_type_checking(block) for node in ast.walk(block)}
        for node in ast.walk(tree):
            for target in _targets(node, source, path, known):
                yield Arrow(source, target, getattr(node, "lineno", 0), id(node) not in type_only)


def _is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and ast.unparse(node.test) in ("TYPE_CHECKING", "typing.TYPE_CHECKING")


def _targets(node: ast.AST, source: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            home = source.split(".") if path.name == "__init__.py" else source.split(".")[:-1]
            base = ".".join([*home[: len(home) - node.level + 1], *([base] if base else [])])
        for alias in node.names:
            inner = f"{base}.{alias.name}"
            # The version is a plain constant of the root, which imports nothing itself.
            if not (base == "redheart" and alias.name == "__version__"):
                yield inner if inner in known else base


def room(module: str) -> str:
    """redheart.nn.heads.emotion -> nn; the root is ''."""
    return [*module.split("."), ""][1]


def wrong_way_imports(package: Path) -> list[str]:
    """Arrows that do not fall, or that touch a room without a floor."""
    wrong = []
    for arrow in arrows(package):
        if arrow.target.split(".")[0] != package.name:
            continue
        source, target = room(arrow.source), room(arrow.target)
        if source not in LEVEL or target not in LEVEL:
            wrong.append(f"{arrow.source}:{arrow.line} '{source}' or '{target}' has no floor")
        elif source != target and LEVEL[target] >= LEVEL[source] and not _on_the_ground(source, target):
            wrong.append(f"{arrow.source}:{arrow.line} -> {arrow.target}")
    return wrong


def _on_the_ground(source: str, target: str) -> bool:
    """Inside the lowest floor arrows may run; circles are found by `circles`."""
    return LEVEL[source] == LEVEL[target] == 0


def circles(package: Path) -> list[str]:
    """Files that import one another, however far round."""
    known = modules(package)
    below: dict[str, set[str]] = {module: set() for module in known}
    for arrow in arrows(package):
        if arrow.target in known:
            below[arrow.source].add(arrow.target)
    done: set[str] = set()
    found: list[str] = []

    def visit(module: str, trail: tuple[str, ...]) -> None:
        if module in trail:
            found.append(" -> ".join([*trail[trail.index(module) :], module]))
        elif module not in done:
            for target in sorted(below[module] - {module}):
                visit(target, (*trail, module))
            done.add(module)

    for module in known:
        visit(module, ())
    return found


def test_every_import_falls_to_a_lower_floor() -> None:
    assert wrong_way_imports(PACKAGE) == []


def test_no_files_import_one_another() -> None:
    assert circles(PACKAGE) == []


def test_torch_is_imported_only_where_it_belongs() -> None:
    strays = [
        f"{arrow.source}:{arrow.line}"
        for arrow in arrows(PACKAGE)
        if arrow.target.split(".")[0] == "torch" and arrow.at_run_time and not _may_use_torch(arrow.source)
    ]
    assert strays == []


def _may_use_torch(module: str) -> bool:
    return modules(PACKAGE)[module].relative_to(PACKAGE).as_posix().startswith(TORCH_HOMES)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("types/a.py", "from redheart.config import schema"),
        ("circuit/a.py", "import redheart.experience.store"),
        ("nn/heads/a.py", "from ...assembly import build"),
        ("llm/a.py", "from redheart import pipeline"),
        ("memory/a.py", "if TYPE_CHECKING:\n    from redheart.nn import model"),
        ("situation/a.py", "def f():\n    from redheart.entrypoints import render"),
        ("attic/a.py", "import redheart.types"),
    ],
)
def test_a_wrong_import_is_found_in_whatever_form(tmp_path: Path, file: str, line: str) -> None:
    package = tmp_path / "redheart"
    for name in ("types/b", "config/schema", "experience/store", "pipeline/b", "nn/model", "entrypoints/render"):
        write(package / f"{name}.py")
    write(package / "assembly.py")
    write(package / file, line)
    assert len(wrong_way_imports(package)) == 1


def test_a_circle_inside_a_room_is_found(tmp_path: Path) -> None:
    package = tmp_path / "redheart"
    write(package / "nn" / "a.py", "from redheart.nn import b")
    write(package / "nn" / "b.py", "from .a import c")
    assert circles(package) == ["redheart.nn.a -> redheart.nn.b -> redheart.nn.a"]


def write(path: Path, content: str = "") -> None:
    """A module, in folders that are packages."""
    path.parent.mkdir(parents=True, exist_ok=True)
    for folder in (path.parent, path.parent.parent):
        (folder / "__init__.py").touch()
    path.write_text(content, encoding="utf-8")


def test_the_command_line_is_imported_without_anything_heavy() -> None:
    code = (
        "import sys; from redheart.__main__ import main; "
        "assert main(['infer', '--help']) == 0; "
        f"loaded = [name for name in {HEAVY!r} if name in sys.modules]; "
        "sys.exit(' '.join(loaded) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_package_root_exports_without_importing() -> None:
    code = (
        "import sys, redheart; "
        "sys.exit(' '.join(n for n in sys.modules if n.startswith('redheart.') and n != 'redheart.version') or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def complaint_of(code: str) -> str:
    """What a fresh interpreter says on standard error."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False).stderr
