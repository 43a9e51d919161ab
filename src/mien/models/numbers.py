"""Checks numbers that were read from JSON."""

from __future__ import annotations

from math import inf, isfinite


def finite(value: object) -> float:
    """Return a finite number as float.

    Raises
    ------
    ValueError
        If it is something else, such as True.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{value!r} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = inf
    if not isfinite(number):
        raise ValueError(f"{number} is not a number that is finite")
    return number


def whole(value: object) -> int:
    """Return a whole number.

    Raises
    ------
    ValueError
        If it is something else, such as True.
    """
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{value!r} is not a whole number")
    return value
