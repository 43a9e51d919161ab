"""Tells whether a browser can show a page on this machine."""

from __future__ import annotations

import os
import sys


def has_screen() -> bool:
    """Return whether a window can be opened; a browser in the terminal has no camera."""
    if sys.platform in ("darwin", "win32"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def browser_name() -> str | None:
    """Return what the system's browser calls itself, or its program; None if there is none."""
    import webbrowser

    try:
        return webbrowser.get().name
    except (webbrowser.Error, AttributeError):
        return None
