"""Where values come to lie in charts."""

import re
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mien.classes import NAMES
from mien.evaluation.results import Bin, Robustness
from mien.report.svg import (
    RELIABILITY,
    Bar,
    Frame,
    Line,
    Mark,
    bar_place,
    bars,
    confusion_map,
    corruption_map,
    line_chart,
    reliability,
    shade,
    ticks,
)


def values(html: str) -> list[float]:
    return [float(each) for each in re.findall(r'<data value="([^"]+)"', html)]


def test_a_cell_s_colour_is_its_share() -> None:
    assert shade(0.25) == ' style="--share:25.0%"'
    assert shade(0.75) == ' class="deep" style="--share:75.0%"'
    assert shade(-1) == ' style="--share:0.0%"'
    assert shade(2) == ' class="deep" style="--share:100.0%"'


def test_confusion_shows_counts_and_percents_of_its_rows() -> None:
    matrix = tuple(
        tuple(6 if row == column else int(column == 0) for column in range(7)) for row in range(7)
    )
    html = confusion_map(matrix, [0] * 7)
    rows = [[*row, sum(row)] for row in matrix]
    assert values(html) == [cell for row in rows for cell in row]
    # 6 of 7 and 1 of 7, but 6 of 6 in the first row.
    assert re.findall(r">(\d+)</data></td>", html)[:8] == ["100", *["0"] * 6, "6"]
    assert html.count(">86</data>") == 6
    assert html.count(">14</data>") == 6
    assert "not found" not in html


def test_faces_that_were_not_found_have_a_column() -> None:
    matrix = tuple(tuple(0 for _ in range(7)) for _ in range(7))
    html = confusion_map(matrix, [3, *[0] * 6])
    assert "not found" in html
    # A class without a face has no share, and is no error.
    assert values(html)[:9] == [0, 0, 0, 0, 0, 0, 0, 3, 3]


def robustness(**accuracies: tuple[float, float]) -> Robustness:
    def cell(accuracy: float) -> dict[str, object]:
        return {"accuracy": accuracy, "interval": (accuracy, accuracy), "macro_f1": accuracy}

    corruptions = {
        name: {
            "mean_accuracy": sum(by_level) / 2,
            "severities": {"1": cell(by_level[0]), "5": cell(by_level[1])},
        }
        for name, by_level in accuracies.items()
    }
    return Robustness.model_validate(
        {
            "net": "a",
            "n": 10,
            "seed": 0,
            "severities": [1, 5],
            "clean": cell(0.9),
            "corruptions": corruptions,
            "mean_corruption_accuracy": 0.5,
            "mean_corruption_macro_f1": 0.5,
        }
    )


def test_corruptions_are_ordered_from_mild_to_bad() -> None:
    html = corruption_map(robustness(blur=(0.5, 1 / 7), low_light=(0.9, 0.6)))
    assert values(html) == [0.9, 0.9, 0.6, 0.75, 0.9, 0.5, 1 / 7, (0.5 + 1 / 7) / 2]
    assert re.findall(r'<th scope="row">([^<]+)', html) == ["low light", "blur"]
    # Chance is the paper's colour, the clean accuracy the full one.
    assert '--share:0.0%" title="0.143 to 0.143"' in html
    assert html.count("--share:100.0%") == 3
    assert len(NAMES) == 7


FRAME = Frame((0, 10), (0, 1), 240)


def drawn(svg: str) -> ElementTree.Element:
    """Parse a chart, which must be well-formed XML."""
    return ElementTree.fromstring(svg)


def kinds(svg: str, kind: str) -> list[ElementTree.Element]:
    return [each for each in drawn(svg).iter() if each.get("class") == kind]


def test_a_frame_places_its_edges_and_its_middle() -> None:
    # 360 wide less 44 left and 12 right; 240 high less 28 above and 36 below.
    assert [FRAME.across(value) for value in (0, 5, 10)] == [44, 196, 348]
    assert [FRAME.up(value) for value in (0, 0.5, 1)] == [204, 116, 28]


def test_a_line_goes_through_its_points() -> None:
    lines = [Line("one", [(0, 0), (5, 0.5), (10, 1)], "one")]
    (line,) = kinds(line_chart("A < B", "falls", FRAME, "epoch", lines), "line one")[:1]
    assert line.get("points") == "44.0,204.0 196.0,116.0 348.0,28.0"


def test_a_line_of_one_point_is_a_dot() -> None:
    chart = line_chart("a", "b", FRAME, "epoch", [Line("one", [(5, 0.5)], "one")])
    (dot,) = kinds(chart, "dot one")
    assert (dot.get("cx"), dot.get("cy")) == ("196.0", "116.0")


def test_a_mark_has_its_interval_and_its_label() -> None:
    mark = Mark(10, 0.5, (0.25, 1.0), "best: 10")
    chart = line_chart("a", "b", FRAME, "epoch", [], [mark])
    (point,) = kinds(chart, "mark")
    assert (point.get("cx"), point.get("cy")) == ("348.0", "116.0")
    (whisker,) = kinds(chart, "whisker")
    assert (whisker.get("d") or "").startswith("M348.0 160.0V28.0")
    (label,) = (each for each in drawn(chart).iter() if each.text == "best: 10")
    # Right of the middle it stands left of the point, so that it is not cut off.
    assert (label.get("class"), label.get("x"), label.get("y")) == ("end", "340.0", "109.0")


def test_a_chart_says_what_it_shows() -> None:
    chart = drawn(line_chart("A < B", "it falls & falls", FRAME, "epoch", []))
    assert chart.get("role") == "img"
    assert [each.text for each in chart[:2]] == ["A < B", "it falls & falls"]


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0, 1, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (1, 40, [10, 20, 30, 40]),
        (0.28, 0.75, [0.3, 0.4, 0.5, 0.6, 0.7]),
        (1, 2, [1, 1.2, 1.4, 1.6, 1.8, 2]),
        (0, 0.33, [0, 0.1, 0.2, 0.3]),
    ],
)
def test_ticks_are_round(low: float, high: float, expected: list[float]) -> None:
    assert ticks(low, high) == expected


@settings(deadline=None)
@given(st.floats(-100, 100), st.floats(1e-6, 1e6))
def test_ticks_are_few_and_inside(low: float, size: float) -> None:
    found = ticks(low, low + size)
    assert 2 <= len(found) <= 6
    assert found == sorted(set(found))
    assert all(low - 1e-6 * size <= tick <= low + size * (1 + 1e-6) for tick in found)


def test_a_bar_is_as_long_as_its_value() -> None:
    chart = bars("a", "b", [Bar("x", 0.25, (0.2, 0.5)), Bar("y & z", 1.0)])
    found = kinds(chart, "bar one")
    full = bar_place(1) - bar_place(0)
    assert [float(bar.get("width") or 0) for bar in found] == [full / 4, full]
    assert {float(bar.get("x") or 0) for bar in found} == {bar_place(0)}
    (whisker,) = kinds(chart, "whisker")
    ends = re.match(r"M([\d.]+) [\d.]+H([\d.]+)", whisker.get("d") or "")
    assert ends is not None
    assert [float(end) for end in ends.groups()] == [bar_place(0.2), bar_place(0.5)]
    assert {"0.250", "1.000", "x", "y & z"} <= {each.text for each in drawn(chart).iter()}


def test_a_long_name_is_cut() -> None:
    texts = [each.text for each in drawn(bars("a", "b", [Bar("n" * 40, 0.5)])).iter()]
    assert "n" * 15 + "…" in texts


def test_reliability_places_bins_by_confidence_and_accuracy() -> None:
    bins = [
        Bin(low=0.4, high=0.6, count=10, confidence=0.5, accuracy=0.25, interval=(0.1, 0.4)),
        Bin(low=0.6, high=0.8, count=0, confidence=None, accuracy=None, interval=(0, 1)),
        Bin(low=0.8, high=1.0, count=40, confidence=0.9, accuracy=1.0, interval=(0.9, 1)),
    ]
    chart = reliability("a", "b", bins)
    places = [(dot.get("cx"), dot.get("cy")) for dot in kinds(chart, "dot one")]
    wanted = [(0.5, 0.25), (0.9, 1.0)]
    assert places == [(str(RELIABILITY.across(x)), str(RELIABILITY.up(y))) for x, y in wanted]
    heights = [float(count.get("height") or 0) for count in kinds(chart, "count")]
    assert heights == [10, 40]
    # The diagonal, where confidence and accuracy are equal.
    (ideal,) = kinds(chart, "ideal")
    assert ideal.get("d") == "M44.0 284.0L348.0 28.0"
