"""Words: text made safe for Markdown, numbers and times as people read them, and the terms of the field explained."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

import streamlit as st

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


def plural(count: int, noun: str) -> str:
    """Return `1 run`, `2 runs`, `1 200 rows`."""
    text = f"{count:,}".replace(",", "\u202f")
    return f"{text} {noun}" if count == 1 else f"{text} {noun}s"


@dataclass(frozen=True)
class Term:
    """A term of the field: two sentences, a formula (LaTeX, may be empty) and the source."""

    sentences: str
    formula: str
    source: str


TERMS = {
    "pre-activation": Term(
        "What a neuron computes before its nonlinearity: a weighted sum of its inputs plus a bias. "
        "Far from zero, tanh and sigmoid are flat there, and the neuron is saturated.",
        r"z = W^\top x + b",
        "Glorot & Bengio 2010, section 2",
    ),
    "saturation": Term(
        "A neuron is saturated when its output lies close to an asymptote of its nonlinearity. "
        "The slope is then nearly zero, so almost no gradient passes and the neuron learns slowly or not at all.",
        r"|f(z) - a| < \varepsilon,\quad f'(z) \approx 0",
        "Glorot & Bengio 2010, section 3",
    ),
    "back-propagated gradient": Term(
        "How the loss of one example changes when a neuron's pre-activation changes. "
        "If it shrinks from layer to layer on the way back, the lower layers receive no signal.",
        r"\partial \ell_i / \partial z",
        "Glorot & Bengio 2010, section 4.2",
    ),
    "update ratio": Term(
        "The size of one update of a layer's weights, divided by the size of the weights. "
        "Around one thousandth is healthy: much more is unstable, much less is standing still.",
        r"\lVert \Delta W \rVert \,/\, \lVert W \rVert",
        "Karpathy, CS231n notes, section Babysitting the learning process",
    ),
    "seed": Term(
        "The number from which a network's initial weights and batch orders are drawn. "
        "Several seeds trained side by side show which differences are chance: the band is their standard deviation.",
        "",
        "Bouthillier et al. 2021, Accounting for variance in machine learning benchmarks",
    ),
    "validation": Term(
        "Rows kept out of training, on which the network is measured while it learns. "
        "When the training loss falls and the validation loss rises, the network learns the rows by heart.",
        "",
        "Goodfellow, Bengio & Courville 2016, section 5.3",
    ),
    "trajectory": Term(
        "The outputs of the network on a fixed set of rows at one step, taken as one point in function space. "
        "Its path, projected to two dimensions, shows which function the network is becoming.",
        r"f_t = (f(x_1;\theta_t), \ldots, f(x_P;\theta_t))",
        "Erhan et al. 2010, section 6.3",
    ),
}


def explain(term: str) -> None:
    """Draw a small "?" that opens two sentences on a term, its formula and its source.

    Raises
    ------
    KeyError
        If the term is not in `TERMS`.
    """
    entry = TERMS[term]
    with st.popover("?", type="tertiary", help=f"What is {term}?"):
        st.markdown(f"**{term}**  \n{entry.sentences}")
        if entry.formula:
            st.latex(entry.formula)
        st.caption(plain(entry.source))
