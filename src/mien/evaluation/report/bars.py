"""Charts of bars: scores by name, and how often confidence is right."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Sequence

from mien.evaluation.report.charts import (
    WIDTH,
    Frame,
    draw,
    grid,
    ticks,
    whisker_across,
    whisker_up,
)
from mien.evaluation.report.schema import Bin

_ROW = 24
_TOP, _BOTTOM = 28, 22
_NAMES = 112
"""Room for the names of bars, left of them."""
_VALUES = 44
"""Room for their values, right of them."""
_LONGEST = 16
_COUNTS = 40
"""Height of the counts of confidence, over the diagram's upper edge."""


@dataclasses.dataclass(frozen=True)
class Bar:
    """One bar."""

    name: str
    value: float
    """0 to 1."""
    interval: tuple[float, float] | None = None
    kind: str = "one"
    """CSS class that colours it."""


def bar_place(value: float) -> float:
    """Place a value from 0 to 1 in a chart of bars."""
    return round(_NAMES + value * (WIDTH - _NAMES - _VALUES), 2)


def bars(title: str, description: str, entries: Sequence[Bar]) -> str:
    """Draw a bar a row, from 0 to 1, with its interval and its value."""
    height = _TOP + _ROW * len(entries) + _BOTTOM
    low = height - _BOTTOM
    content = []
    for value in ticks(0, 1):
        place = bar_place(value)
        content.append(f'<path class="grid" d="M{place} {_TOP}V{low}"/>')
        content.append(f'<text class="mid" x="{place}" y="{low + 15}">{value:g}</text>')
    content += [_bar(entry, _TOP + _ROW * row + _ROW / 2) for row, entry in enumerate(entries)]
    return draw(title, description, height, "".join(content))


def _bar(entry: Bar, middle: float) -> str:
    start, end = bar_place(0), bar_place(entry.value)
    name = entry.name if len(entry.name) <= _LONGEST else entry.name[: _LONGEST - 1] + "…"
    parts = [
        f'<text class="end" x="{start - 6}" y="{middle + 4}">{html.escape(name)}</text>',
        f'<rect class="bar {entry.kind}" x="{start}" y="{middle - 7}"'
        f' width="{round(end - start, 2)}" height="14"/>',
        f'<text class="end" x="{WIDTH - 4}" y="{middle + 4}">{entry.value:.3f}</text>',
    ]
    if entry.interval:
        parts.append(whisker_across(middle, *(bar_place(each) for each in entry.interval)))
    return "".join(parts)


RELIABILITY = Frame((0, 1), (0, 1), 320)
"""The range of a reliability diagram."""


def reliability(title: str, description: str, bins: Sequence[Bin]) -> str:
    """Draw how often each bin's faces are read right, and in grey how many they are.

    A perfectly calibrated network's points lie on the diagonal (Guo et al. 2017).
    """
    frame = RELIABILITY
    most = max((each.count for each in bins), default=0) or 1
    content = [grid(frame, "confidence")]
    content += [_counted(each, most) for each in bins if each.count]
    start, end = (f"{frame.across(value)} {frame.up(value)}" for value in (0, 1))
    content.append(f'<path class="ideal" d="M{start}L{end}"/>')
    content += [_binned(each) for each in bins if each.count]
    return draw(title, description, frame.height, "".join(content))


def _counted(each: Bin, most: int) -> str:
    """Draw how many faces are in a bin, as a low bar at the foot of the diagram."""
    left, right = RELIABILITY.across(each.low), RELIABILITY.across(each.high)
    height = round(_COUNTS * each.count / most, 2)
    top = round(RELIABILITY.up(0) - height, 2)
    return (
        f'<rect class="count" x="{left + 1}" y="{top}" width="{round(right - left - 2, 2)}"'
        f' height="{height}"><title>{each.count:,} faces</title></rect>'
    )


def _binned(each: Bin) -> str:
    """Draw a bin's accuracy at its mean confidence, with its interval."""
    if each.confidence is None or each.accuracy is None:
        return ""
    x, y = RELIABILITY.across(each.confidence), RELIABILITY.up(each.accuracy)
    low, high = (RELIABILITY.up(end) for end in each.interval)
    said = f"confidence {each.confidence:.3f}: {each.accuracy:.3f} of {each.count:,} right"
    return (
        whisker_up(x, low, high)
        + f'<circle class="dot one" cx="{x}" cy="{y}" r="4"><title>{said}</title></circle>'
    )
