"""The page's own charts, as inline SVG whose colours are the page's."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping, Sequence

from mien.classes import NAMES
from mien.report.svg import WIDTH, Bar, bars, draw, ticks, whisker_across
from mien.study.ablations import Point
from mien.study.results import Study

_NAMES, _VALUES, _TOP, _ROW = 92, 52, 28, 24
_KINDS = ("one", "two", "third", "third")


def compared(study: Study) -> str:
    """Draw each network's test peaks, reported and measured."""
    entries = []
    for each in study.models:
        entries.append(Bar(each.name, each.peak_test, each.peak_interval))
        if each.reported and each.reported.test is not None:
            entries.append(Bar("reported", each.reported.test, kind="two"))
    said = "; ".join(f"{bar.name} {bar.value:.3f}" for bar in entries)
    return bars("Peak test accuracy, with 95% intervals", said, entries)


def counts(by_split: Mapping[str, Mapping[str, int]]) -> str:
    """Draw the faces of each class as one bar, a part a split."""
    totals = [sum(split[name] for split in by_split.values()) for name in NAMES]
    most = max(totals) or 1
    room = WIDTH - _NAMES - _VALUES
    parts = []
    for row, (name, total) in enumerate(zip(NAMES, totals, strict=True)):
        top, left = _TOP + _ROW * row, float(_NAMES)
        parts.append(f'<text class="end" x="{_NAMES - 6}" y="{top + 16}">{name}</text>')
        for kind, (split, values) in zip(_KINDS, by_split.items(), strict=False):
            wide = round(room * values[name] / most, 2)
            parts.append(
                f'<rect class="bar {kind}" x="{left}" y="{top + 5}" width="{wide}" height="14">'
                f"<title>{split}: {values[name]:,}</title></rect>"
            )
            left = round(left + wide, 2)
        parts.append(f'<text x="{left + 5}" y="{top + 16}">{total:,}</text>')
    foot = _TOP + _ROW * len(NAMES) + 20
    parts += _legend(list(by_split), foot)
    said = "; ".join(f"{name} {total:,}" for name, total in zip(NAMES, totals, strict=True))
    return draw("Faces by class and split", said, foot + 10, "".join(parts))


def _legend(labels: Sequence[str], row: float) -> Iterator[str]:
    place = 4.0
    for kind, label in zip(_KINDS, labels, strict=False):
        yield f'<rect class="bar {kind}" x="{place}" y="{row - 9}" width="12" height="10"/>'
        yield f'<text class="soft" x="{place + 17}" y="{row}">{html.escape(label)}</text>'
        place += 34 + 6.5 * len(label)


def dots(title: str, entries: Sequence[tuple[str, Point]]) -> str:
    """Draw each value's accuracies as dots, and their mean with its interval."""
    points = [point for _, point in entries]
    seen = [each for point in points for each in point.accuracies]
    ends = [end for point in points for end in point.interval or ()]
    low, high = min([*seen, *ends]), max([*seen, *ends])
    air = 0.06 * (high - low) or 0.01
    low, high = low - air, high + air

    def across(value: float) -> float:
        return round(_NAMES + (value - low) / (high - low) * (WIDTH - _NAMES - _VALUES), 2)

    foot = _TOP + _ROW * len(points)
    parts = []
    for value in ticks(low, high, 5):
        place = across(value)
        parts.append(f'<path class="grid" d="M{place} {_TOP}V{foot}"/>')
        parts.append(f'<text class="mid" x="{place}" y="{foot + 15}">{value:g}</text>')
    for row, (label, point) in enumerate(entries):
        parts += _dotted(label, point, _TOP + _ROW * (row + 0.5), across)
    said = "; ".join(f"{label} {point.mean:.3f}" for label, point in entries)
    return draw(title, said, foot + 22, "".join(parts))


def _dotted(
    label: str, point: Point, middle: float, across: Callable[[float], float]
) -> Iterator[str]:
    yield f'<text class="end" x="{_NAMES - 6}" y="{middle + 4}">{label}</text>'
    if point.interval:
        yield whisker_across(middle, *(across(end) for end in point.interval))
    for each in point.accuracies:
        yield f'<circle class="dot two" cx="{across(each)}" cy="{middle}" r="2.5"/>'
    yield f'<circle class="mark" cx="{across(point.mean)}" cy="{middle}" r="4"/>'
    yield f'<text class="end" x="{WIDTH - 4}" y="{middle + 4}">{point.mean:.3f}</text>'
