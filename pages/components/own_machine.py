"""Whether the person sits at the computer that runs the app: only then may a page name or read its folders."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping

import streamlit as st

ENVIRONMENT = "BACKSCOPE_FOLDERS"  # 1: visitors may read folders of this computer, 0: nobody may


def may_read_folders() -> bool:
    """Tell whether folders of this computer may be named and read.

    Yes if the server listens on this computer only and the request came by no proxy; the environment variable
    BACKSCOPE_FOLDERS, 1 or 0, says otherwise.
    """
    asked = os.environ.get(ENVIRONMENT, "")
    if asked:
        return asked == "1"
    return _is_loopback(str(st.get_option("server.address") or "")) and not _came_by_a_proxy()


def _is_loopback(address: str) -> bool:
    if address == "localhost":
        return True
    try:
        return ipaddress.ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False


def _came_by_a_proxy() -> bool:
    sent = _headers()
    return any(name in sent for name in ("X-Forwarded-For", "X-Real-Ip", "Forwarded", "Via"))


def _headers() -> Mapping[str, str]:
    return st.context.headers
