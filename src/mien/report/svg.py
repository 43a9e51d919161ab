"""Small charts as inline SVG, whose colours are the page's CSS variables."""

from __future__ import annotations

import dataclasses
import html
import math
from collections.abc import Iterator, Sequence

from mien.classes import NAMES
from mien.evaluation.results import Bin, Matrix, Robustness
from mien.report.html import count

_DARK = 0.55
"""Share of the full colour from which on letters are drawn in the paper's colour."""


def shade(share: float) -> str:
    """Give the class and style of a cell, from paper at 0 to the full colour at 1."""
    held = min(max(share, 0.0), 1.0)
    kind = ' class="deep"' if held >= _DARK else ""
    return f'{kind} style="--share:{100 * held:.1f}%"'


def confusion_map(matrix: Matrix, missed: Sequence[int]) -> str:
    """Show what each true class was taken for: the share of its row in percent, and the count.

    Parameters
    ----------
    matrix
        7 rows of the true classes, 7 columns of what was said.
    missed
        Faces of each class that were not found; a column of its own where there are any.
    """
    headings, rows = [*NAMES], [[*row] for row in matrix]
    if any(missed):
        headings.append("not found")
        rows = [[*row, lost] for row, lost in zip(rows, missed, strict=True)]
    body = "".join(
        f'<tr><th scope="row">{name}</th>{_confused(row)}<td class="sum">{count(sum(row))}</td>'
        "</tr>\n"
        for name, row in zip(NAMES, rows, strict=True)
    )
    return _map("true, down; said, across", [*headings, "faces"], body)


def _confused(row: Sequence[int]) -> str:
    total = sum(row) or 1
    return "".join(
        f'<td{shade(cell / total)} title="{cell:,} of {total:,}">'
        f'<data value="{cell}">{100 * cell / total:.0f}</data></td>'
        for cell in row
    )


def corruption_map(found: Robustness) -> str:
    """Show accuracy in percent by corruption and severity, the mildest corruption on top.

    The full colour stands for the accuracy on clean faces, the paper for chance.
    """
    order = sorted(found.corruptions.items(), key=lambda entry: -entry[1].mean_accuracy)
    body = "".join(
        f'<tr><th scope="row">{html.escape(name.replace("_", " "))}</th>'
        + _spoilt(found.clean.accuracy, found.clean.accuracy, found.clean.interval)
        + "".join(
            _spoilt(cell.accuracy, found.clean.accuracy, cell.interval)
            for cell in (each.severities[severity] for severity in found.severities)
        )
        + _spoilt(each.mean_accuracy, found.clean.accuracy, None, "sum")
        + "</tr>\n"
        for name, each in order
    )
    headings = ["clean", *map(str, found.severities), "mean"]
    return _map("corruption, down; severity, across", headings, body)


def _spoilt(
    accuracy: float, clean: float, interval: tuple[float, float] | None, kind: str = ""
) -> str:
    chance = 1 / len(NAMES)
    share = (accuracy - chance) / max(clean - chance, 1e-9)
    said = "" if interval is None else f' title="{interval[0]:.3f} to {interval[1]:.3f}"'
    if kind:
        return f'<td class="{kind}"{said}>{_hundredths(accuracy)}</td>'
    return f"<td{shade(share)}{said}>{_hundredths(accuracy)}</td>"


def _hundredths(share: float) -> str:
    return f'<data value="{share!r}">{100 * share:.1f}</data>'


def _map(corner: str, headings: Sequence[str], body: str) -> str:
    head = "".join(f'<th scope="col"><span>{html.escape(each)}</span></th>' for each in headings)
    return (
        f'<div class="wide" tabindex="0"><table class="heat"><caption class="soft">{corner}'
        f"</caption><thead><tr><td></td>{head}</tr></thead>\n<tbody>{body}</tbody></table></div>"
    )


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


_ROW = 24
_BARS_TOP, _BARS_BOTTOM = 28, 22
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
    height = _BARS_TOP + _ROW * len(entries) + _BARS_BOTTOM
    low = height - _BARS_BOTTOM
    content = []
    for value in ticks(0, 1):
        place = bar_place(value)
        content.append(f'<path class="grid" d="M{place} {_TOP}V{low}"/>')
        content.append(f'<text class="mid" x="{place}" y="{low + 15}">{value:g}</text>')
    content += [_bar(entry, _BARS_TOP + _ROW * row + _ROW / 2) for row, entry in enumerate(entries)]
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
