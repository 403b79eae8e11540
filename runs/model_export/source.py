"""Python source put together from pieces: the definitions that are needed, with the imports that those need."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path

PARTS = Path(__file__).resolve().parent / "parts"


@cache
def _tree(part: str) -> tuple[str, ast.Module]:
    text = (PARTS / f"{part}.py").read_text(encoding="utf-8")
    return text, ast.parse(text)


def definitions(part: str) -> dict[str, ast.stmt]:
    """Return what a file of `parts` defines, by name, in its order."""
    return {name: statement for statement in _tree(part)[1].body if (name := _name(statement))}


def _name(statement: ast.stmt) -> str:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return statement.name
    if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
        return statement.targets[0].id
    return ""


def pieces(part: str, wanted: Collection[str]) -> str:
    """Return the source of the wanted definitions of a file of `parts`, and of all that they call in it."""
    known = definitions(part)
    needed: set[str] = set()
    waiting = list(wanted)
    while waiting:
        name = waiting.pop()
        if name in known and name not in needed:
            needed.add(name)
            waiting.extend(_mentioned(known[name]))
    text = _tree(part)[0]
    return "\n\n\n".join(ast.get_source_segment(text, known[name]) or "" for name in known if name in needed)


def mentioned(source: str) -> set[str]:
    """Return every name that occurs in some source."""
    return _mentioned(ast.parse(source))


def _mentioned(tree: ast.AST) -> set[str]:
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def script(docstring: str, blocks: Iterable[str], parts: Iterable[str], imports: Iterable[str] = ()) -> str:
    """Return a whole script.

    Parameters
    ----------
    docstring : str
        What it is.
    blocks : iterable of str
        Source, in order.
    parts : iterable of str
        The files of `parts` from which blocks come: their imports are taken over where a block uses them.
    imports : iterable of str
        More lines that import something.
    """
    constants, definitions = _apart(blocks)
    body = "\n\n\n".join(definitions)
    used = mentioned("\n".join([*constants, body]))
    bound: dict[str, set[str]] = {line: set() for line in imports}
    for part in parts:
        for start, names in _imports(part, used):
            bound.setdefault(start, set()).update(names)
    lines = [f"{start} {', '.join(sorted(names))}" if names else start for start, names in bound.items()]
    ordered = sorted(lines, key=lambda line: (line.startswith("from"), line))
    standard = [line for line in ordered if not _is_installed(line)]
    installed = [line for line in ordered if _is_installed(line)]
    head = [group for group in (standard, installed, constants) if group]
    return "\n\n".join([f'"""{docstring.strip()}\n"""', *("\n".join(group) for group in head)]) + f"\n\n\n{body}\n"


def _apart(blocks: Iterable[str]) -> tuple[list[str], list[str]]:
    """Return the constants of all blocks, each once, and everything else."""
    constants: list[str] = []
    others: list[str] = []
    for block in blocks:
        for statement in ast.parse(block).body:
            source = ast.get_source_segment(block, statement) or ""
            kept = constants if isinstance(statement, ast.Assign) else others
            if kept is others or source not in kept:
                kept.append(source)
    return constants, others


def _imports(part: str, used: set[str]) -> list[tuple[str, list[str]]]:
    """Return the imports that bind a name in `used`: ("import math", []), ("from io import", ["StringIO"])."""
    found: list[tuple[str, list[str]]] = []
    for statement in _tree(part)[1].body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            names = [_alias(a) for a in statement.names if (a.asname or a.name.split(".")[0]) in used]
            if isinstance(statement, ast.Import):
                found += [(f"import {name}", []) for name in names]
            elif names:
                found.append((f"from {statement.module} import", names))
    return found


def _alias(alias: ast.alias) -> str:
    return f"{alias.name} as {alias.asname}" if alias.asname else alias.name


def _is_installed(line: str) -> bool:
    return line.split()[1].split(".")[0] in {"numpy", "torch", "onnxruntime"}
