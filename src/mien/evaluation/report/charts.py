"""Small charts as inline SVG, whose colours are the page's CSS variables."""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Iterator, Sequence

WIDTH = 360
"""Of each chart, about a phone's, so that its text is not made smaller there."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 44, 12, 28, 36
_STEPS = (1, 2, 2.5, 5, 10, 20)

Range = tuple[float, float]


@dataclasses.dataclass(frozen=True)
class Frame:
    """Where values come to lie in a chart."""

    x: Range
    """Values at the left and the right edge."""
    y: Range
    """Values at the lower and the upper edge."""
    height: int = 240
    """Of the whole chart."""

    def across(self, value: float) -> float:
        """Place a value of x."""
        share = (value - self.x[0]) / (self.x[1] - self.x[0])
        return round(_LEFT + share * (WIDTH - _LEFT - _RIGHT), 2)

    def up(self, value: float) -> float:
        """Place a value of y; SVG counts from the top."""
        share = (value - self.y[0]) / (self.y[1] - self.y[0])
        return round(self.height - _BOTTOM - share * (self.height - _TOP - _BOTTOM), 2)


@dataclasses.dataclass(frozen=True)
class Line:
    """One line of a chart."""

    label: str
    """What the legend calls it; without one it is not in the legend."""
    points: Sequence[tuple[float, float]]
    kind: str
    """CSS class that colours it: ``one`` or ``two``."""


@dataclasses.dataclass(frozen=True)
class Mark:
    """A point with what is said of it."""

    x: float
    y: float
    interval: Range | None = None
    """Of y."""
    label: str = ""
    """Written beside it."""
    under: bool = False
    """Whether the label stands lower than the point rather than higher."""


def draw(title: str, description: str, height: int, content: str) -> str:
    """Wrap the content of a chart, with its title on top and a description for who hears it."""
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img"><title>{html.escape(title)}</title>'
        f"<desc>{html.escape(description)}</desc>"
        f'<text class="title" x="4" y="15">{html.escape(title)}</text>{content}</svg>'
    )


def line_chart(
    title: str,
    description: str,
    frame: Frame,
    name: str,
    lines: Sequence[Line],
    marks: Sequence[Mark] = (),
) -> str:
    """Draw lines and marks over a grid.

    Parameters
    ----------
    title, description
        What it shows, and what can be read off it.
    frame
        The range of the axes.
    name
        Of the axis x; the title names y.
    lines, marks
        What is drawn; marks lie on top.
    """
    content = [grid(frame, name), *(_line(frame, line) for line in lines)]
    content += [_mark(frame, mark) for mark in marks]
    content += legend(frame, [(line.label, line.kind) for line in lines if line.label])
    return draw(title, description, frame.height, "".join(content))


def grid(frame: Frame, name: str) -> str:
    """Draw the grid with the numbers of both axes and the name of x."""
    left, right = frame.across(frame.x[0]), frame.across(frame.x[1])
    low = frame.up(frame.y[0])
    parts = [f'<path class="axis" d="M{left} {low}H{right}"/>']
    for value in ticks(*frame.y):
        place = frame.up(value)
        parts.append(f'<path class="grid" d="M{left} {place}H{right}"/>')
        parts.append(f'<text class="end" x="{left - 6}" y="{place + 4}">{value:g}</text>')
    for value in ticks(*frame.x):
        place = frame.across(value)
        parts.append(f'<path class="grid" d="M{place} {low}V{low + 4}"/>')
        parts.append(f'<text class="mid" x="{place}" y="{low + 16}">{value:g}</text>')
    place = frame.height - 4
    parts.append(f'<text class="end soft" x="{right}" y="{place}">{html.escape(name)}</text>')
    return "".join(parts)


def legend(frame: Frame, entries: Sequence[tuple[str, str]]) -> Iterator[str]:
    """Name the lines below the chart, from the left."""
    place = 4.0
    for label, kind in entries:
        row = frame.height - 8
        yield f'<path class="line {kind}" d="M{place} {row}h14"/>'
        yield f'<text class="soft" x="{place + 18}" y="{row + 4}">{html.escape(label)}</text>'
        # A letter of this size is about 6 units wide.
        place += 32 + 6 * len(label)


def ticks(low: float, high: float, most: int = 6) -> list[float]:
    """Choose round numbers from low to high, at most so many."""
    size = 10.0 ** math.floor(math.log10((high - low) / most))
    step = next(size * each for each in _STEPS if (high - low) / (size * each) <= most - 1)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(number * step, 10) for number in range(first, last + 1)]


def _line(frame: Frame, line: Line) -> str:
    places = " ".join(f"{frame.across(x)},{frame.up(y)}" for x, y in line.points)
    # A line of one point would not show.
    if len(line.points) == 1:
        x, y = line.points[0]
        return f'<circle class="dot {line.kind}" cx="{frame.across(x)}" cy="{frame.up(y)}" r="3"/>'
    return f'<polyline class="line {line.kind}" points="{places}"/>'


def _mark(frame: Frame, mark: Mark) -> str:
    x, y = frame.across(mark.x), frame.up(mark.y)
    parts = [f'<circle class="mark" cx="{x}" cy="{y}" r="4"/>']
    if mark.interval:
        low, high = (frame.up(end) for end in mark.interval)
        parts.insert(0, whisker_up(x, low, high))
    if mark.label:
        side = "end" if x > WIDTH / 2 else ""
        step = -8 if side else 8
        row = y + (18 if mark.under else -7)
        label = html.escape(mark.label)
        parts.append(f'<text class="{side}" x="{x + step}" y="{row}">{label}</text>')
    return "".join(parts)


def whisker_up(x: float, low: float, high: float) -> str:
    """Draw an interval from one place to another above it."""
    return f'<path class="whisker" d="M{x} {low}V{high}M{x - 3} {low}h6M{x - 3} {high}h6"/>'


def whisker_across(y: float, low: float, high: float) -> str:
    """Draw an interval from one place to another right of it."""
    return f'<path class="whisker" d="M{low} {y}H{high}M{low} {y - 3}v6M{high} {y - 3}v6"/>'
