"""Names of users in figures: Plotly reads tags in every text, so what is none of our few tags is shown as it stands."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

_NOT_OURS = re.compile(r"<(?!(?:br|/?b|/?sup|/?extra)>)")
_MEANT = "&lt;"  # Plotly writes it as <


def with_plain_names(value: object) -> object:
    """Return a trace or a layout in which every text is safe; `meta`, which Plotly does not draw, stays as it is.

    A link in the name of a class would otherwise become one. What remains are the tags that the figures use themselves:
    line break, bold, superscript and the end of a hover text.
    """
    if isinstance(value, str):
        return _NOT_OURS.sub(_MEANT, value) if "<" in value else value
    if isinstance(value, Mapping):
        return {key: item if key == "meta" else with_plain_names(item) for key, item in value.items()}
    if isinstance(value, np.ndarray):
        return with_plain_names(value.tolist()) if value.dtype.kind in "OU" else value
    if isinstance(value, list | tuple) and not (value and isinstance(value[0], int | float)):
        return [with_plain_names(item) for item in value]
    return value


def name_as_written(text: object) -> object:
    """Return a text as it was before `with_plain_names`, for tables."""
    return text.replace(_MEANT, "<") if isinstance(text, str) else text
