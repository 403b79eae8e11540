"""The fields of a form, drawn from the tables of `models`: numbers, switches and choices that survive a page change."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

import streamlit as st

if TYPE_CHECKING:
    from models.fields import Choice, Field

Option = TypeVar("Option")


def field(item: Field | Choice, key: str, label: str = "") -> object:
    """Draw one setting of a table and return what is set; its explanation and range stand behind a question mark."""
    from models.fields import Choice

    label = label or item.name.replace("_", " ").capitalize()
    if isinstance(item, Choice):
        return choice(label, key, item.options, item.explanation, first=item.default)
    if item.boolean:
        return st.toggle(
            label, key=first_value(f"form/{key}", bool(item.default)), help=item.explanation, persist_state="session"
        )
    if item.integer:
        return whole(label, key, int(item.low), int(item.high), item.explanation, int(item.default))
    return real(label, key, float(item.low), float(item.high), item.explanation, float(item.default))


def whole(label: str, key: str, low: int, high: int, explanation: str, default: int = 1) -> int:
    """Draw a whole number."""
    return int(
        st.number_input(
            label,
            low,
            high,
            step=1,
            key=first_value(f"form/{key}", default),
            persist_state="session",
            help=f"{explanation} From {low} to {high}.",
        )
    )


def real(label: str, key: str, low: float, high: float, explanation: str, default: float = 0.0) -> float:
    """Draw a number; its buttons move it by one in its first digit."""
    step = 10.0 ** math.floor(math.log10(default)) if default > 0 else 1e-4
    return float(
        st.number_input(
            label,
            low,
            high,
            step=step,
            format="%.6g",
            key=first_value(f"form/{key}", default),
            persist_state="session",
            help=f"{explanation} From {low:g} to {high:g}.",
        )
    )


def choice(
    label: str,
    key: str,
    options: Sequence[Option],
    explanation: str,
    shown: Callable[[object], str] = str,
    first: Option | None = None,
) -> Option:
    """Draw a choice; one that is no longer on offer (another task, say) falls back to the first."""
    full = first_value(f"form/{key}", options[0] if first is None else first)
    if st.session_state[full] not in options:
        st.session_state[full] = options[0]
    return st.selectbox(label, options, key=full, help=explanation or None, format_func=shown, persist_state="session")


def first_value(key: str, value: object) -> str:
    """Give a widget its first value through the session, and return its key."""
    if key not in st.session_state:
        st.session_state[key] = value
    return key
