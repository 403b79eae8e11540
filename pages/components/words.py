"""Words: text made safe for Markdown, numbers and times as people read them, and the terms of the field explained."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import streamlit as st

from pages.components.terms import TERMS

if TYPE_CHECKING:
    from runs.store import Entry

_LINK = re.compile(r"https?:|www(?=\.)|(?=@)", re.IGNORECASE)  # what becomes a link even where its signs are escaped
_JOINER = "\u2060"  # is not seen
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$:&@/])")


def plain(text: str) -> str:
    """Return `text` such that Markdown shows it as it stands: no image is fetched, no link is made."""
    return _MARKDOWN.sub(r"\\\1", _LINK.sub(f"\\g<0>{_JOINER}", text.replace("\n", " ")))


def number(value: float, digits: int = 3) -> str:
    """Return a number with `digits` significant digits, a thin space between thousands, and a true minus sign."""
    if not math.isfinite(value):
        return "–" if math.isnan(value) else ("∞" if value > 0 else "−∞")
    if value == 0:
        return "0"
    size = abs(value)
    text = f"{value:.{digits - 1}e}" if size < 1e-3 or size >= 1e7 else _fixed(value, digits)
    return text.replace("-", "−")


def _fixed(value: float, digits: int) -> str:
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    return f"{value:,.{decimals}f}".replace(",", "\u202f")


def with_spread(mean: float, spread: float) -> str:
    """Return `mean ± standard deviation` over seeds with as many decimals as the spread deserves."""
    if not math.isfinite(spread) or spread == 0:
        return number(mean)
    decimals = max(0, 1 - math.floor(math.log10(abs(spread))))
    return f"{mean:.{min(decimals, 6)}f} ± {spread:.{min(decimals, 6)}f}".replace("-", "−")


def diverged(entry: Entry) -> str:
    """Return how many seeds of a run were lost because their numbers grew beyond all bounds; nothing if none was."""
    lost, n = len(entry.diverged), len(entry.experiment.seeds)
    if not lost:
        return ""
    return "diverged" if lost == n else f"{lost} of {n} seeds diverged"


def duration(seconds: float) -> str:
    """Return a time as people say it: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if not math.isfinite(seconds):
        return "–"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def duration_range(low: float, high: float) -> str:
    """Return a range of times as people say it: `10 to 30 s`, `2 to 6 min`, `40 s to 2 min`."""
    (least, unit), (most, larger) = _rounded_time(low), _rounded_time(high)
    if least == most and unit == larger:
        return f"{least} {unit}"
    return f"{least} to {most} {unit}" if unit == larger else f"{least} {unit} to {most} {larger}"


def _rounded_time(seconds: float) -> tuple[str, str]:
    """A time in its unit: whole seconds below ten, tens below a minute and a half, whole minutes, half hours."""
    if seconds < 9.5:
        return f"{max(round(seconds), 1)}", "s"
    if seconds < 95 and round(seconds, -1) != 60:
        return f"{round(seconds, -1):.0f}", "s"
    if seconds < 5400:
        return f"{round(seconds / 60)}", "min"
    return f"{round(2 * seconds / 3600) / 2:g}", "h"


def file_size(n_bytes: int) -> str:
    """Return `12 kB`, `3.4 MB`."""
    size, unit = (n_bytes / 1e3, "kB") if n_bytes < 1e6 else (n_bytes / 1e6, "MB")
    return f"{number(size, 2 if size < 100 else 3)} {unit}"


def plural(count: int, noun: str) -> str:
    """Return `1 run`, `2 runs`, `1 200 rows`."""
    text = f"{count:,}".replace(",", "\u202f")
    return f"{text} {noun}" if count == 1 else f"{text} {noun}s"


def explain(term: str, key: str | None = None) -> None:
    """Draw a small "?" that opens two sentences on a term, its formula and its source; nothing for an unknown term.

    Parameters
    ----------
    term : str
        A key of `TERMS`.
    key : str, optional
        Needed where the same term is explained twice on a page.
    """
    entry = TERMS.get(term)
    if entry is None:
        return
    opened = st.popover("?", type="tertiary", key=key or f"term/{term}", on_change="rerun")
    if opened.open:
        with opened:
            st.markdown(f"**{term}**  \n{entry.sentences}")
            if entry.formula:
                st.latex(entry.formula)
            st.caption(plain(entry.source))
