"""A figure at several moments, packed small: what is the same at all of them once, what changes as bare numbers.

The browser draws the figure once and then swaps the numbers (pages/components/live_chart.js). Heights and colours are
sent with 16 bits, of which the eye sees about ten; equal arrays are sent once. Start at `packed`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from diagnostics.figures.growing import growths, without_shown
from diagnostics.figures.theme import as_json

FEWEST = 12  # numbers; fewer stand in the text as they are
COARSE = ("y", "z")  # what is sent with 16 bits
ROOM = 0.05  # of the range, above and below everything that is drawn

Path = tuple[str | int, ...]


def packed(figures: Sequence[Mapping[str, Any]], steps: Sequence[float]) -> str:
    """Return one figure and how it changes, as the text that the browser reads; its vertical axis stays as it is.

    Parameters
    ----------
    figures : sequence of mapping
        The figure at each of the moments, of `diagnostics.figures.theme.themed_arrays`; one alone does not change.
    steps : sequence of float
        The moments, ascending: steps of a training, or the places of another slider.
    """
    shown = [{"data": figure["data"], "layout": _without_words(figure["layout"])} for figure in figures]
    if len(shown) > 1:
        _fix_vertical_axis(shown)
    packer = _Packer(logarithmic=shown[0]["layout"].get("yaxis", {}).get("type") == "log")
    base = packer.common(shown, ())
    return as_json(
        {
            "figure": base,
            "arrays": packer.arrays,
            "steps": [int(step) if float(step).is_integer() else float(step) for step in steps],
            "changes": packer.changes,
        }
    )


def packed_growing(
    figure: Mapping[str, Any],
    steps: Sequence[int],
    rows: Mapping[str, np.ndarray],
    *,
    words: Mapping[Path, Sequence[str]] | None = None,
) -> str:
    """Return a figure whose points are seen from one step on and until another, packed likewise.

    Parameters
    ----------
    figure : mapping
        Of `diagnostics.figures.theme.themed_arrays`; which traces grow is said in `diagnostics.figures.growing`.
    steps : sequence of int
        The moments, ascending.
    rows : mapping of str to array (n,)
        "path" and "step" of each row; a trace with `meta["rows"]` has the number of a row last in its `customdata`.
    words : mapping of path to texts, optional
        One for each of the moments.
    """
    packer = _Packer(logarithmic=False)
    shown = {"data": [without_shown(trace) for trace in figure["data"]], "layout": _without_words(figure["layout"])}
    base = packer.common([shown], ())
    for growth in growths(figure["data"]):
        steps_of = {"from": growth.since, "until": growth.until}
        limits = {name: packer.numbers(np.asarray(numbers, np.float32)) for name, numbers in steps_of.items()}
        for name, column in growth.columns.items():
            at = {"path": ["data", growth.trace, name], "array": packer.numbers(np.asarray(column, np.float32))}
            packer.changes.append({**at, **limits})
    for path, texts in (words or {}).items():
        packer.changes.append({"path": list(path), "values": list(texts)})
    told = {name: np.asarray(values).tolist() for name, values in rows.items()}
    return _text(base, packer, steps, rows=told)


def packed_rows(
    figure: Mapping[str, Any],
    changing: Mapping[Path, Sequence[np.ndarray]],
    words: Mapping[Path, Sequence[str]],
    *,
    steps: Sequence[int] = (),
) -> str:
    """Return a figure that is drawn anew for each row of something, packed likewise.

    Parameters
    ----------
    figure : mapping
        As it is for one of the rows, of `diagnostics.figures.theme.themed_arrays`.
    changing : mapping of path to arrays
        The numbers of each row, (m,) or (m, k), sent with 8 bits.
    words : mapping of path to texts
        One for each row.
    steps : sequence of int
        The moments, ascending; the numbers of the rows if not given.
    """
    packer = _Packer(logarithmic=False)
    base = packer.common([{"data": figure["data"], "layout": _without_words(figure["layout"])}], ())
    n = 0
    for path, arrays in changing.items():
        n = len(arrays)
        entry = _coarse(np.concatenate([np.ravel(array) for array in arrays]).astype(np.float32), bits=8)
        packer.arrays.append(entry)
        change: dict[str, object] = {"path": list(path), "array": len(packer.arrays) - 1}
        change["lengths"] = [int(np.size(array)) for array in arrays]
        if arrays[0].ndim == 2:
            change["columns"] = int(arrays[0].shape[1])
        packer.changes.append(change)
    for path, texts in words.items():
        n = len(texts)
        packer.changes.append({"path": list(path), "values": list(texts)})
    return _text(base, packer, steps or range(n))


def _text(base: object, packer: _Packer, steps: Sequence[int], **more: object) -> str:
    sent = {"figure": base, "arrays": packer.arrays, "steps": [int(step) for step in steps], "changes": packer.changes}
    return as_json({**sent, **more})


def _without_words(layout: Mapping[str, Any]) -> dict[str, Any]:
    """What the page writes around the figure need not be sent with it."""
    return {key: value for key, value in layout.items() if key != "meta"}


class _Packer:
    """Gathers the arrays of a figure and what changes; `common` gives what does not."""

    def __init__(self, *, logarithmic: bool) -> None:
        self.logarithmic = logarithmic
        self.arrays: list[dict[str, object]] = []
        self.changes: list[dict[str, object]] = []
        self._known: dict[tuple[str, bytes], int] = {}

    def common(self, nodes: Sequence[Any], path: Path) -> Any:
        """Return the first of the nodes with its arrays replaced by their numbers, and note where the others differ."""
        first = nodes[0]
        if all(_is_numbers(node) for node in nodes):
            if all(_same(first, node) for node in nodes[1:]):
                return {"~": self._kept([first], path)} if first.size >= FEWEST else first.tolist()
            if all(node.ndim == 1 for node in nodes):
                self._note(path, array=self._kept(nodes, path), lengths=[len(node) for node in nodes])
                return None
            if all(node.ndim == 2 and node.shape == first.shape for node in nodes):
                sizes, n_columns = [node.size for node in nodes], int(first.shape[1])
                self._note(path, array=self._kept(nodes, path), lengths=sizes, columns=n_columns)
                return None
        if isinstance(first, dict) and all(isinstance(node, dict) and node.keys() == first.keys() for node in nodes):
            return {key: self.common([node[key] for node in nodes], (*path, key)) for key in first}
        if _is_parts(first) and all(_is_parts(node) and len(node) == len(first) for node in nodes):
            return [self.common([node[i] for node in nodes], (*path, i)) for i in range(len(first))]
        if any(not _same(first, node) for node in nodes[1:]):
            self._note(path, values=[_plain(node) for node in nodes])
        return _plain(first)

    def _note(self, path: Path, **what: object) -> None:
        self.changes.append({"path": list(path), **what})

    def _kept(self, nodes: Sequence[Any], path: Path) -> int:
        """Return the number of the array that holds the nodes one after another."""
        values = np.concatenate([np.ravel(node) for node in nodes]).astype(np.float32)
        coarse = path[-1] in COARSE
        entry = _coarse(values, logarithmic=self.logarithmic and path[-1] == "y") if coarse else _exact(values)
        if len(nodes) == 1 and np.ndim(nodes[0]) == 2:
            entry["columns"] = int(nodes[0].shape[1])
        return self._entered(entry)

    def numbers(self, values: np.ndarray) -> int:
        """Return the number of the array that holds these, exactly."""
        return self._entered(_exact(values))

    def _entered(self, entry: dict[str, object]) -> int:
        key = (str({name: part for name, part in entry.items() if name != "b"}), str(entry["b"]).encode())
        if key not in self._known:
            self._known[key] = len(self.arrays)
            self.arrays.append(entry)
        return self._known[key]


def _exact(values: np.ndarray) -> dict[str, object]:
    return {"t": "f4", "b": base64.b64encode(values.astype("<f4").tobytes()).decode("ascii")}


def _coarse(values: np.ndarray, *, logarithmic: bool = False, bits: int = 16) -> dict[str, object]:
    """Return numbers as levels between the least and the largest; of a logarithmic axis, of their logarithms."""
    missing = 2**bits - 1
    numbers = values.astype(np.float64)
    if logarithmic:
        numbers = np.log(np.where(numbers > 0, numbers, np.nan))
    there = np.isfinite(numbers)
    low, high = (float(numbers[there].min()), float(numbers[there].max())) if there.any() else (0.0, 0.0)
    kind = "<u2" if bits == 16 else "u1"
    levels = np.full(len(numbers), missing, kind)
    span = high - low or 1.0
    levels[there] = np.rint((numbers[there] - low) / span * (missing - 1)).astype(kind)
    text = base64.b64encode(levels.tobytes()).decode("ascii")
    return {"t": kind[-2:], "low": low, "unit": span / (missing - 1), "log": logarithmic, "b": text}


def _fix_vertical_axis(figures: Sequence[Mapping[str, Any]]) -> None:
    """Give all figures the same vertical range, unless they have one."""
    entry = figures[0]["layout"].get("yaxis", {})
    if "range" in entry or entry.get("type") == "category":
        return
    rows = [np.asarray(trace["y"], np.float64) for figure in figures for trace in figure["data"] if "y" in trace]
    values = np.concatenate(rows) if rows else np.empty(0)
    if entry.get("type") == "log":
        values = np.log10(np.where(values > 0, values, np.nan))
    values = values[np.isfinite(values)]
    if not len(values):
        return
    low, high = float(values.min()), float(values.max())
    room = ROOM * (high - low or 1.0)
    low = 0.0 if entry.get("rangemode") == "tozero" and low >= 0 else low - room
    for figure in figures:
        figure["layout"]["yaxis"] = {**figure["layout"]["yaxis"], "range": [low, high + room]}


def _is_numbers(node: object) -> bool:
    return isinstance(node, np.ndarray) and node.dtype.kind in "fiub"


def _is_parts(node: object) -> bool:
    return isinstance(node, (list, tuple)) and len(node) > 0 and all(isinstance(part, dict) for part in node)


def _plain(node: Any) -> Any:
    return node.tolist() if isinstance(node, np.ndarray) else node


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        a, b = np.asarray(one), np.asarray(other)
        if a.shape != b.shape or a.dtype != b.dtype:
            return False
        return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    return bool(one == other)
