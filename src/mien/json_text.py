"""Parses JSON that others wrote."""

from __future__ import annotations

import json
from typing import Any

_SURROGATE = r"\ud"
"""Begins the escape of a surrogate, one half of a sign in UTF-16."""


def from_json(text: str) -> Any:
    r"""Parse JSON, and refuse a ``\ud800`` without its other half.

    Python takes it, but a text with it can be neither printed nor written as UTF-8.

    Raises
    ------
    ValueError
        If the text is not JSON, or has half a sign.
    RecursionError
        If it is nested too deep.
    """
    value = json.loads(text)
    if _SURROGATE in text.lower():
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise ValueError("it has half of a sign, a surrogate without its other half") from error
    return value
