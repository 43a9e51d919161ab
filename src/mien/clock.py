"""Times in a clip, as users write and read them: seconds, m:ss or h:mm:ss."""

from __future__ import annotations

import re

from mien.errors import SettingsError

_CLOCK = re.compile(
    # A number with more digits is no time in a clip, but maybe one of a clock in milliseconds.
    r"(?:(\d{1,10}):)?(?:(\d{1,10}):)?(\d{1,10}(?:\.\d*)?|\.\d+)", re.ASCII
)


def parse_range(text: str, setting: str = "exclude") -> tuple[float, float]:
    """Read a range such as ``"0:10-0:12"`` or ``"10-12.5"``: begin and end in seconds.

    Raises
    ------
    SettingsError
        If it is not a range, or ends before it begins.
    """
    begin, dash, end = text.partition("-")
    times = parse_time(begin), parse_time(end)
    if dash and times[0] is not None and times[1] is not None and times[0] < times[1]:
        return times[0], times[1]
    raise SettingsError(
        f"Expected a range of time such as 0:10-0:12, got {text[:40]!r}.",
        "Write begin and end, in seconds or as m:ss, with a hyphen between.",
        setting,
    )


def parse_time(text: str) -> float | None:
    """Read seconds, ``m:ss.fff`` or ``h:mm:ss.fff`` with a decimal point; None if it is neither."""
    match = _CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    first, second, seconds = match.groups()
    hours, minutes = (first, second) if second is not None else (None, first)
    if minutes is not None and (float(seconds) >= 60 or (hours is not None and int(minutes) >= 60)):
        return None
    return int(hours or 0) * 3600 + int(minutes or 0) * 60 + float(seconds)


def to_microsecond(seconds: float) -> float:
    """Round a time to what tables and summaries hold.

    The clocks of containers are coarser: mostly 1/90000 s or 1 ms.
    """
    return round(seconds, 6)


def clock(seconds: float, decimals: int | None = None) -> str:
    """Write a time as ``"0:07.5"``, ``"1:02:03"`` or, before the beginning, ``"-0:00.5"``.

    Parameters
    ----------
    seconds
        The time.
    decimals
        How many decimals the seconds have; if None, up to three, as many as are needed.
    """
    digits = 3 if decimals is None else decimals
    units = round(seconds * 10**digits)
    sign = "-" if units < 0 else ""
    whole, fraction = divmod(abs(units), 10**digits)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    ending = f"{rest:02}" + (f".{fraction:0{digits}}" if digits else "")
    if decimals is None:
        ending = ending.rstrip("0").rstrip(".") if fraction else f"{rest:02}"
    return f"{sign}{hours}:{minutes:02}:{ending}" if hours else f"{sign}{minutes}:{ending}"
