"""Times as the clock of the person who looks shows them; the store keeps them in UTC."""

from __future__ import annotations

import datetime
import zoneinfo

import streamlit as st


def zone() -> datetime.tzinfo | None:
    """Return the time zone of the browser; None, that of this machine, where it is not known."""
    name = st.context.timezone
    try:
        return zoneinfo.ZoneInfo(name) if isinstance(name, str) and name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None


def moment(created: str | float) -> str:
    """Return an ISO time with its zone, or seconds since 1970, as `25 Nov, 17:16:03`; "" if it is none."""
    try:
        if isinstance(created, str):
            when = datetime.datetime.fromisoformat(created)
        else:
            when = datetime.datetime.fromtimestamp(created, datetime.UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    local = when.astimezone(zone())
    return f"{local.day} {local:%b, %H:%M:%S}"
