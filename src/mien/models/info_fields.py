"""Checks the fields of a network's JSON file, which a person may have edited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from mien.errors import NetError
from mien.models.answers import AGAIN, LABELS
from mien.models.numbers import finite, whole


def check_types(fields: Mapping[str, Any], path: Path) -> None:
    """Refuse fields of a wrong type; those that are missing are not checked.

    Raises
    ------
    NetError
        If there is one.
    """
    for name, (words, fits) in _FIELDS.items():
        if name not in fields:
            continue
        try:
            right = fits(fields[name])
        except (TypeError, ValueError, OverflowError):
            right = False
        if not right:
            raise NetError(
                f"Expected {words} as {name!r} in {path}, got {str(fields[name])[:60]!r}.", AGAIN
            )


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_count(value: Any) -> bool:
    return whole(value) >= 0


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _are_classes(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(entry, dict) and all(map(_is_text, entry.values())) for entry in value
    )


def _are_seeds(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_count, value))


def _are_thresholds(value: Any) -> bool:
    return all(
        0 < float(level) < 1 and 0 <= finite(threshold) <= 1
        for level, threshold in dict.items(value)
    )


_FIELDS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "name": ("text", _is_text),
    "architecture": ("text", _is_text),
    "description": ("text", _is_text),
    "parameters": ("a count", _is_count),
    "macs": ("a count", _is_count),
    "classes": ("a list of classes, each with a name, an emoji and a colour", _are_classes),
    "input": ("an object", _is_object),
    "temperature": ("a number above 0", lambda value: finite(value) > 0),
    "data": ("an object", _is_object),
    "recipe": ("an object", _is_object),
    "seeds": ("a list of whole numbers", _are_seeds),
    "selection": ("text", _is_text),
    "scores": (
        "an object with an object for each split",
        lambda value: all(map(_is_object, dict.values(value))),
    ),
    "conformal": ("thresholds from 0 to 1, each by a coverage such as 0.90", _are_thresholds),
    "robustness": ("an object or null", lambda value: value is None or _is_object(value)),
    "members": (
        "an object with the SHA-256 of each member",
        lambda value: all(map(_is_text, dict.values(value))),
    ),
    "sha256": ("text", _is_text),
    "size": ("a count", _is_count),
    "licence": ("text", _is_text),
    "intended_use": ("text", _is_text),
    "weights_sha256": ("text or null", lambda value: value is None or _is_text(value)),
    "neutral": ("an object or null", lambda value: value is None or _is_object(value)),
    "labels": ("mixed, fer2013 or null", lambda value: value is None or value in LABELS),
    "mixing": ("an object or null", lambda value: value is None or _is_object(value)),
    "label_answer": ("an object or null", lambda value: value is None or _is_object(value)),
}
"""What the JSON must hold in each field, in words and as a check."""
