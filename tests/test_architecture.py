"""The floors of the house: what may import what, read from the source and not from what happens to be loaded."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FLOORS = ("datasets", "models", "diagnostics", "runs", "pages")
MAY_IMPORT = {
    "models": {"models"},
    "datasets": {"datasets"},
    "diagnostics": {"diagnostics", "models"},
    "runs": {"runs", "diagnostics", "models", "datasets"},
    "pages": {"pages", "runs", "diagnostics", "models", "datasets"},
    "app": {"pages", "runs", "diagnostics", "models", "datasets"},
}


def source_files() -> list[Path]:
    """Every Python file of the house, without tests and benchmarks."""
    return [ROOT / "app.py", *(path for floor in FLOORS for path in sorted((ROOT / floor).rglob("*.py")))]


def floor_of(path: Path) -> str:
    """The floor on which a file stands; `app` for app.py."""
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


@cache
def parsed(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def imports(path: Path, *, for_types: bool = False) -> tuple[tuple[str, int, bool], ...]:
    """Return (module, line, at_top) of every import of a file; with those of type-checking blocks if asked for."""
    return tuple(_imports(path, for_types=for_types))


def _imports(path: Path, *, for_types: bool) -> Iterator[tuple[str, int, bool]]:
    tree = parsed(path)
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    inside = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
    }
    package = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for node in ast.walk(tree):
        if id(node) in typing_only and not for_types:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) not in inside
        elif isinstance(node, ast.ImportFrom):
            parts = package.split(".")
            base = ".".join(parts[: len(parts) - node.level]) + "." if node.level else ""
            module = base + (node.module or "")
            for name in {_source_of(module, alias.name) for alias in node.names}:
                yield name, node.lineno, id(node) not in inside


def _source_of(module: str, name: str) -> str:
    """The file that `from module import name` reads, if `name` is one; else the module."""
    return f"{module}.{name}" if ROOT.joinpath(*module.split("."), f"{name}.py").is_file() else module


def where(path: Path, line: int) -> str:
    """File and line, as an editor opens them."""
    return f"{path.relative_to(ROOT)}:{line}"


def test_imports_run_downwards_only() -> None:
    wrong = [
        f"{where(path, line)} imports {module}"
        for path in source_files()
        for module, line, _ in imports(path)
        if module.split(".")[0] in FLOORS and module.split(".")[0] not in MAY_IMPORT[floor_of(path)]
    ]
    assert not wrong, "\n".join(wrong)


def test_the_engine_needs_numpy_and_the_standard_library_only() -> None:
    allowed = {"models", "numpy", *sys.stdlib_module_names}
    wrong = [
        f"{where(path, line)} imports {module}"
        for path in source_files()
        if floor_of(path) == "models"
        for module, line, _ in imports(path)
        if module.split(".")[0] not in allowed
    ]
    assert not wrong, "\n".join(wrong)


def test_streamlit_is_imported_by_app_and_pages_only() -> None:
    wrong = [
        f"{where(path, line)} imports {module}"
        for path in source_files()
        if floor_of(path) not in {"app", "pages"}
        for module, line, _ in imports(path)
        if module.split(".")[0] == "streamlit"
    ]
    assert not wrong, "\n".join(wrong)


def test_plotly_is_imported_where_figures_are_drawn_or_exported_only() -> None:
    wrong = [
        f"{where(path, line)} imports {module}"
        for path in source_files()
        for module, line, _ in imports(path)
        if module.split(".")[0] == "plotly"
        and "diagnostics/figures" not in path.as_posix()
        and path != ROOT / "runs" / "figure_export.py"
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_imported_with_a_star() -> None:
    wrong = [
        where(path, node.lineno)
        for path in source_files()
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    ]
    assert not wrong, "\n".join(wrong)


def test_scikit_learn_and_scipy_are_imported_inside_functions_only() -> None:
    exceptions = {ROOT / "runs" / "estimators.py"}
    wrong = [
        f"{where(path, line)} imports {module}"
        for path in source_files()
        if path not in exceptions
        for module, line, at_top in imports(path)
        if at_top and module.split(".")[0] in {"sklearn", "scipy"}
    ]
    assert not wrong, "\n".join(wrong)


def test_nothing_is_unpickled_evaluated_or_executed() -> None:
    banned = {"eval", "exec", "__import__"}
    wrong = []
    for path in source_files():
        tree = parsed(path)
        wrong += [
            f"{where(path, node.lineno)} calls {node.func.id}"
            for node in ast.walk(tree)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in banned
        ]
        wrong += [
            f"{where(path, line)} imports {module}"
            for module, line, _ in imports(path)
            if module.split(".")[0] in {"pickle", "joblib", "dill", "cloudpickle", "marshal", "shelve"}
        ]
        wrong += [
            f"{where(path, node.value.lineno)} allows pickles"
            for node in ast.walk(tree)
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False"
        ]
    assert not wrong, "\n".join(wrong)


def graph() -> dict[Path, set[Path]]:
    """Which file imports which within the house: at its top, in a function, or for its types alone."""
    files = set(source_files())
    result: dict[Path, set[Path]] = {path: set() for path in files}
    for path in files:
        for module, _, _ in imports(path, for_types=True):
            target = ROOT.joinpath(*module.split("."))
            for candidate in (target.with_suffix(".py"), target / "__init__.py"):
                if candidate in files and candidate != path:
                    result[path].add(candidate)
    return result


def test_no_circle_of_imports_among_files() -> None:
    edges, done, open_ = graph(), set[Path](), list[Path]()

    def visit(path: Path) -> None:
        assert path not in open_, " -> ".join(str(p.relative_to(ROOT)) for p in [*open_[open_.index(path) :], path])
        if path in done:
            return
        open_.append(path)
        for target in sorted(edges[path]):
            visit(target)
        open_.pop()
        done.add(path)

    for path in sorted(edges):
        visit(path)


@pytest.mark.parametrize("path", source_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_in_a_room(path: Path) -> None:
    limit = 80 if path.parent == ROOT / "pages" or path == ROOT / "app.py" else 300
    n_lines = len(path.read_text(encoding="utf-8").splitlines())
    assert n_lines <= limit, f"{path.relative_to(ROOT)} has {n_lines} lines, the limit is {limit}: split it by reader"
